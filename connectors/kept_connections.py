"""Calls of a platform on kept connections that cost a third of what httpx's own way costs: aiohttp carries them.

A transport for ``httpx.AsyncClient``, with httpx's limits of time and its errors. The senders' promise hangs on the errors:
what is raised before a connection stands says that nothing was sent, all others that nobody knows (docs/decisions/0009).
"""

from collections.abc import Mapping

import aiohttp
import httpx
import yarl

_LONGEST_BODY = 64 * 1024
_NEVER_REPEATED = "POST"
"""aiohttp sends other methods again on a connection that had ended meanwhile."""


class KeptConnections(httpx.AsyncBaseTransport):
    """At most ``most`` connections at once; one that rested longer than ``kept_seconds`` is not used again. Uploads, long bodies
    and all but POST go httpx's own way."""

    def __init__(self, *, most: int = 50, kept_seconds: float = 5.0) -> None:
        self._tls = httpx.create_ssl_context()
        limits = httpx.Limits(max_connections=most, keepalive_expiry=kept_seconds)
        self._other = httpx.AsyncHTTPTransport(verify=self._tls, limits=limits)
        self._most, self._kept_seconds = most, kept_seconds
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end. Raises httpx's errors: ``ConnectError`` and ``ConnectTimeout`` (none made, or
        none free, in time) where nothing was sent, ``ReadTimeout``, ``ReadError`` and ``RemoteProtocolError`` afterwards."""
        if not _is_plain(request):
            return await self._other.handle_async_request(request)
        headers = _headers(request)
        try:
            return await self._answer(request, headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            kind = httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError
            raise kind(type(error).__name__, request=request) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
            raise httpx.RemoteProtocolError(type(error).__name__, request=request) from error
        except aiohttp.ClientError as error:
            raise httpx.ReadError(type(error).__name__, request=request) from error

    async def aclose(self) -> None:
        """Closes the connections that rest."""
        if self._session is not None:
            await self._session.close()
        await self._other.aclose()

    async def _answer(self, request: httpx.Request, headers: list[tuple[str, str]]) -> httpx.Response:
        asked = self._open_session().post(
            yarl.URL(str(request.url), encoded=True),
            headers=headers,
            data=request.content,
            allow_redirects=False,
            skip_auto_headers=("Content-Type",),
            timeout=_limits(request.extensions.get("timeout", {})),
        )
        async with asked as answer:
            body = await answer.read()
            return httpx.Response(answer.status, headers=answer.raw_headers, content=body, request=request)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._most, keepalive_timeout=self._kept_seconds, ssl=self._tls)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar, auto_decompress=False)
        return self._session


def _is_plain(request: httpx.Request) -> bool:
    return (
        request.method == _NEVER_REPEATED
        and request.url.scheme in ("http", "https")
        and isinstance(request.stream, httpx.ByteStream)
        and len(request.content) <= _LONGEST_BODY
    )


def _headers(request: httpx.Request) -> list[tuple[str, str]]:
    if any(sign in name + value for name, value in request.headers.raw for sign in (b"\r", b"\n", b"\0")):
        raise httpx.LocalProtocolError("a header holds the end of a line", request=request)
    return [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw]


def _limits(told: Mapping[str, float | None]) -> aiohttp.ClientTimeout:
    """httpx's limits in aiohttp's words: whoever waits for a free connection has the time of ``pool`` until it stands."""
    return aiohttp.ClientTimeout(
        total=None, connect=told.get("pool"), sock_connect=told.get("connect"), sock_read=told.get("read")
    )
