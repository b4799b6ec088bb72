"""Posts to a webhook on kept connections, for little: what a simulator spends is taken from what it measures."""

import aiohttp
import httpx
import yarl

_RESTS_AT_MOST = 4.0
"""Seconds. The gateway closes a connection that rested for five."""


class KeptPosts(httpx.AsyncBaseTransport):
    """A transport for ``httpx.AsyncClient`` that opens as many connections as there are posts at once. Posts over plain HTTP
    without limits of time (the deliveries have their own) are carried by aiohttp, all else by httpx."""

    def __init__(self) -> None:
        self._other = httpx.AsyncHTTPTransport(trust_env=False, limits=httpx.Limits(max_connections=None))
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end. Raises httpx's errors."""
        if not _is_plain_post(request):
            return await self._other.handle_async_request(request)
        try:
            return await self._answer(request)
        except aiohttp.ClientConnectorError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(type(error).__name__, request=request) from error

    async def aclose(self) -> None:
        """Closes the connections that rest."""
        if self._session is not None:
            await self._session.close()
        await self._other.aclose()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_RESTS_AT_MOST)
            jar, untimed = aiohttp.DummyCookieJar(), aiohttp.ClientTimeout()
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=untimed, auto_decompress=False)
        headers = [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw]
        url = yarl.URL(str(request.url), encoded=True)
        asked = self._session.post(
            url, headers=headers, data=request.content, allow_redirects=False, skip_auto_headers=("Content-Type",)
        )
        async with asked as answer:
            body = await answer.read()
            return httpx.Response(answer.status, headers=answer.raw_headers, content=body, request=request)


def _is_plain_post(request: httpx.Request) -> bool:
    limited = any(seconds is not None for seconds in request.extensions.get("timeout", {}).values())
    plain = request.method == "POST" and request.url.scheme == "http" and isinstance(request.stream, httpx.ByteStream)
    return plain and not limited
