"""Calls over HTTP/1.1 on connections that are kept, with the parser of the gateway's server: a fraction of the processor time of
httpx's own way.

A transport for ``httpx.AsyncClient``, with its limits of time and its errors. What is no plain call (an upload, a long body)
goes httpx's own way. Nothing is ever repeated here: whether a call without an answer may be made again is its caller's to know.
"""

import asyncio
import select
from collections.abc import Mapping
from typing import Any

import httptools
import httpx

_LONGEST_BODY = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_PLAIN = frozenset({"GET", "POST", "DELETE"})
_Origin = tuple[str, str, int]


class KeptConnections(httpx.AsyncBaseTransport):
    """At most ``most`` connections at once; one that rested longer than ``kept_seconds`` is not used again."""

    def __init__(self, *, most: int = 50, kept_seconds: float = 5.0) -> None:
        self._tls = httpx.create_ssl_context()
        self._tls.set_alpn_protocols(["http/1.1"])
        limits = httpx.Limits(max_connections=most, keepalive_expiry=kept_seconds)
        self._other = httpx.AsyncHTTPTransport(verify=self._tls, limits=limits)
        self._hands, self._kept_seconds = asyncio.Semaphore(most), kept_seconds
        self._resting: dict[_Origin, list[_Connection]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end. Raises httpx's errors: ``ConnectError``, ``ConnectTimeout`` and ``PoolTimeout`` where
        nothing was sent."""
        if not _is_plain(request):
            return await self._other.handle_async_request(request)
        head, times = _head(request), request.extensions.get("timeout", {})
        try:
            async with asyncio.timeout(times.get("pool")):
                await self._hands.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("all connections are in use", request=request) from error
        try:
            connection = self._rested(_origin(request)) or await self._opened(request, times)
            answer = await connection.exchange(request, head, times.get("read"))
            if connection.may_rest:
                self._resting.setdefault(_origin(request), []).append(connection)
            else:
                connection.cut()
            return answer
        finally:
            self._hands.release()

    async def aclose(self) -> None:
        """Closes the connections that rest."""
        for connection in [one for rest in self._resting.values() for one in rest]:
            connection.cut()
        self._resting.clear()
        await self._other.aclose()

    def _rested(self, origin: _Origin) -> "_Connection | None":
        """The connection that was used last, if it is still good. The older ones of an origin go when their time has passed."""
        rest = self._resting.get(origin, [])
        oldest = asyncio.get_running_loop().time() - self._kept_seconds
        while rest and (rest[0].rests_since < oldest or rest[0].is_lost):
            rest.pop(0).cut()
        while rest:
            connection = rest.pop()
            if connection.is_quiet():
                return connection
            connection.cut()
        return None

    async def _opened(self, request: httpx.Request, times: Mapping[str, float | None]) -> "_Connection":
        scheme, host, port = _origin(request)
        tls = self._tls if scheme == "https" else None
        try:
            async with asyncio.timeout(times.get("connect")):
                _, made = await asyncio.get_running_loop().create_connection(_Connection, host, port, ssl=tls)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("the connection took too long", request=request) from error
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(str(error), request=request) from error
        return made


class _Connection(asyncio.Protocol):
    """One connection; also what the parser tells its findings to."""

    def __init__(self) -> None:
        self.is_lost, self.may_rest, self.rests_since = False, False, 0.0
        self._transport: Any = None
        self._parser: Any = None
        self._answer: asyncio.Future[None] | None = None
        self._limit: asyncio.Timeout | None = None
        self._seconds = 0.0
        self._begin()

    def _begin(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._told, self._head_read, self._waits_for_end = 0, False, False

    async def exchange(self, request: httpx.Request, head: bytes, seconds: float | None) -> httpx.Response:
        """Sends the request and reads its answer; ``seconds`` without a byte are too many. Whatever goes wrong cuts the
        connection."""
        loop = asyncio.get_running_loop()
        self._begin()
        self.may_rest, self._parser, self._answer = False, httptools.HttpResponseParser(self), loop.create_future()
        try:
            self._transport.write(head + request.content)
            await self._awaited(self._answer, seconds)
        except TimeoutError as error:
            self.cut()
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except httpx.HTTPError as error:
            self.cut()
            error.request = request
            raise
        except BaseException:
            self.cut()
            raise
        self.rests_since = loop.time()
        status = self._parser.get_status_code()
        return httpx.Response(status, headers=self._headers, content=b"".join(self._body), request=request)

    async def _awaited(self, answer: "asyncio.Future[None]", seconds: float | None) -> None:
        if seconds is None:
            await answer
            return
        async with asyncio.timeout(seconds) as limit:
            self._limit, self._seconds = limit, seconds
            try:
                await answer
            finally:
                self._limit = None

    def is_quiet(self) -> bool:
        """Whether nothing came while it rested, an end least of all."""
        if self.is_lost or self._transport.is_closing():
            return False
        looked = select.poll()
        looked.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not looked.poll(0)

    def cut(self) -> None:
        """Ends it at once."""
        self.is_lost, self.may_rest = True, False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Part of an answer, or what nobody asked for."""
        if self._answer is None or self._answer.done():
            self.cut()
            return
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + self._seconds)
        self._told += 0 if self._head_read else len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(httpx.RemoteProtocolError(f"no HTTP answer: {type(error).__name__}"))
        if not self._head_read and self._told > _LONGEST_HEAD:
            self._fail(httpx.RemoteProtocolError("the answer's head is too long"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side ended it; an answer without a length ends so."""
        self.is_lost = True
        if self._answer is None or self._answer.done():
            return
        if exc is None and self._head_read and self._waits_for_end:
            self._answer.set_result(None)
        elif exc is None:
            self._fail(httpx.RemoteProtocolError("the server closed the connection without a whole answer"))
        else:
            self._fail(httpx.ReadError(type(exc).__name__))

    def _fail(self, error: httpx.HTTPError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the answer."""
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Its head is read."""
        self._head_read = True
        names = {name.lower() for name, _ in self._headers}
        self._waits_for_end = not names & {b"content-length", b"transfer-encoding"}

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """It is whole, unless it was only an interim answer (1xx)."""
        if self._parser.get_status_code() < 200:
            self._begin()
        elif self._answer is not None and not self._answer.done():
            self.may_rest = self._parser.should_keep_alive() and not self.is_lost
            self._answer.set_result(None)


def _is_plain(request: httpx.Request) -> bool:
    body = request.stream
    return (
        request.method in _PLAIN
        and request.url.scheme in ("http", "https")
        and isinstance(body, httpx.ByteStream)
        and len(request.content) <= _LONGEST_BODY
    )


def _origin(request: httpx.Request) -> _Origin:
    url = request.url
    return url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)


def _head(request: httpx.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise httpx.LocalProtocolError("a header holds the end of a line", request=request)
    return head + b"\r\n\r\n"
