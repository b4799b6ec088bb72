"""Posts to a webhook on kept connections, for next to nothing: what a simulator spends is taken from what it measures.

A transport for ``httpx.AsyncClient``, written anew rather than shared with the product, so that no fault of the one hides the
other's. Posts over plain HTTP without limits of time (the deliveries have their own) go this way; all else goes httpx's.
"""

import asyncio
from typing import Any

import httptools
import httpx

_RESTS_AT_MOST = 4.0
"""Seconds. The gateway closes a connection that rested for five."""


class KeptPosts(httpx.AsyncBaseTransport):
    """Opens as many connections as there are posts at once, and keeps them."""

    def __init__(self) -> None:
        self._other = httpx.AsyncHTTPTransport(trust_env=False, limits=httpx.Limits(max_connections=None))
        self._resting: dict[tuple[str, int], list[_Posting]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end. Raises httpx's errors."""
        limited = any(seconds is not None for seconds in request.extensions.get("timeout", {}).values())
        if (
            limited
            or request.method != "POST"
            or request.url.scheme != "http"
            or not isinstance(request.stream, httpx.ByteStream)
        ):
            return await self._other.handle_async_request(request)
        place = (request.url.host, request.url.port or 80)
        posting = self._rested(place)
        if posting is None:
            try:
                _, posting = await asyncio.get_running_loop().create_connection(_Posting, *place)
            except OSError as error:
                raise httpx.ConnectError(str(error), request=request) from error
        answer = await posting.post(request)
        if posting.is_open:
            self._resting.setdefault(place, []).append(posting)
        return answer

    async def aclose(self) -> None:
        """Closes the connections that rest."""
        for posting in [one for resting in self._resting.values() for one in resting]:
            posting.cut()
        self._resting.clear()
        await self._other.aclose()

    def _rested(self, place: tuple[str, int]) -> "_Posting | None":
        resting, now = self._resting.get(place, []), asyncio.get_running_loop().time()
        while resting:
            posting = resting.pop()
            if posting.is_open and now - posting.rests_since < _RESTS_AT_MOST:
                return posting
            posting.cut()
        return None


def _goes_this_way(request: httpx.Request) -> bool:
    limited = any(seconds is not None for seconds in request.extensions.get("timeout", {}).values())
    plain = request.method == "POST" and request.url.scheme == "http" and isinstance(request.stream, httpx.ByteStream)
    return plain and not limited


class _Posting(asyncio.Protocol):
    """One connection; also what the parser tells its findings to."""

    def __init__(self) -> None:
        self.is_open, self.rests_since = True, 0.0
        self._transport: Any = None
        self._parser: Any = None
        self._done: asyncio.Future[None] | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []

    async def post(self, request: httpx.Request) -> httpx.Response:
        """One exchange. A connection of which anything else is left than a whole answer is cut."""
        loop = asyncio.get_running_loop()
        self._headers, self._body, self._done = [], [], loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        lines = [b"POST %s HTTP/1.1" % request.url.raw_path, *(b"%s: %s" % header for header in request.headers.raw)]
        self._transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + request.content)
        try:
            await self._done
        except BaseException:
            self.cut()
            raise
        self.rests_since = loop.time()
        if not self._parser.should_keep_alive():
            self.cut()
        return httpx.Response(
            self._parser.get_status_code(), headers=self._headers, content=b"".join(self._body), request=request
        )

    def cut(self) -> None:
        """Ends it at once."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Part of an answer, or what nobody asked for."""
        if self._done is None or self._done.done():
            self.cut()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(httpx.RemoteProtocolError(f"no HTTP answer: {type(error).__name__}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side ended it."""
        self.is_open = False
        self._fail(httpx.ReadError(type(exc).__name__) if exc else httpx.RemoteProtocolError("no whole answer"))

    def _fail(self, error: httpx.HTTPError) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the answer."""
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """It is whole."""
        if self._done is not None and not self._done.done():
            self._done.set_result(None)
