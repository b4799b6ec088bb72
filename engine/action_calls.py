"""Calls of the action server over kept connections, and a quick look at what comes back.

Stock Rasa makes an HTTP session and a connection for each call. Here a connection is kept for the next call, as long as it is
fresh; answers are parsed by the parser that the server of the engine uses.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp
from httptools import HttpParserError, HttpResponseParser
from rasa.utils.endpoints import ClientResponseError

FRESH_SECONDS = 2.0
"""So long a connection is kept unused: shorter than any server keeps it, so that it does not close while a call is on its way."""

_Answer = tuple[int, str, str, bytes]
_SIMPLE_EVENTS = frozenset({"reset_slots", "followup", "pause", "resume", "restart", "undo", "rewind", "active_loop"})
_PLAIN_ARGUMENTS = frozenset({"json", "method", "timeout", "compress", "headers"})


def plainly_valid(reply: Any) -> bool:
    """Whether the reply surely fits Rasa's schema of replies: the events that actions send, in their usual form. False says
    nothing; the schema decides then."""
    if not isinstance(reply, dict):
        return False
    events, responses = reply.get("events", []), reply.get("responses", [])
    if not isinstance(events, list) or not isinstance(responses, list):
        return False
    return all(isinstance(one, dict) for one in responses) and all(_is_plain_event(one) for one in events)


def _is_plain_event(event: Any) -> bool:
    if not isinstance(event, dict) or type(event.get("timestamp")) not in (type(None), int, float):
        return False
    if not isinstance(event.get("metadata"), dict | None):
        return False
    kind = event.get("event")
    if kind == "slot":
        return isinstance(event.get("name"), str) and "value" in event
    return isinstance(kind, str) and kind in _SIMPLE_EVENTS


def is_plain(endpoint: Any, call: Mapping[str, Any]) -> bool:
    """Whether this call of an endpoint is one that ``Connections`` makes: JSON by POST over HTTP, without credentials in the
    address, parameters or compression. Rasa's own code makes all others."""
    if call.get("method") != "post" or call.get("compress") or not {"json", "timeout"} <= set(call) <= _PLAIN_ARGUMENTS:
        return False
    if endpoint.params or endpoint.basic_auth or endpoint.token or endpoint.cafile:
        return False
    place = urlsplit(endpoint.url or "")
    return place.scheme == "http" and bool(place.hostname) and "@" not in place.netloc


class _Lost(aiohttp.ClientConnectionError):
    """The connection ended before the answer. ``silent``: not a byte of the answer had come."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__("the action server closed the connection")
        self.silent = silent


class _Connection(asyncio.Protocol):
    """One connection: a call at a time."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._transport: Any = None
        self._waiting: asyncio.Future[_Answer] | None = None
        self._begin()
        self.unused_since = 0.0
        self.usable = True

    def _begin(self) -> None:
        self._reason, self._kind, self._silent = b"", b"", True
        self._told_its_length = self._told_its_head = False
        self._parts: list[bytes] = []

    async def ask(self, request: bytes) -> _Answer:
        """Status, reason, content type and body of the answer. Raises ``_Lost``."""
        self._begin()
        self._waiting = asyncio.get_running_loop().create_future()
        if not self.usable:
            raise _Lost(silent=True)
        self._transport.write(request)
        try:
            return await self._waiting
        except BaseException:
            self.close()  # what still comes belongs to no call
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        """Ends the connection."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: Any) -> None:
        """Called by the event loop."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._silent = False
        if self._waiting is None:
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._fail()
            self.close()

    def eof_received(self) -> None:
        """Called by the event loop."""
        self.usable = False

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        self.usable = False
        if error is None and self._told_its_head and not self._told_its_length:
            self.on_message_complete()  # an answer that ends with its connection
        self._fail()

    def _fail(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(_Lost(silent=self._silent))

    def on_status(self, status: bytes) -> None:
        """Called by the parser."""
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        name = name.lower()
        if name == b"content-type":
            self._kind = value
        self._told_its_length |= name in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._told_its_head = True

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.usable = self.usable and self._parser.should_keep_alive()
        if self._waiting is not None and not self._waiting.done():
            told = self._reason.decode("latin-1"), self._kind.decode("latin-1"), b"".join(self._parts)
            self._waiting.set_result((self._parser.get_status_code(), *told))


class Connections:
    """Kept connections, by address. For one event loop."""

    def __init__(self) -> None:
        self._unused: dict[tuple[str, int], list[_Connection]] = defaultdict(list)

    async def ask(self, url: str, content: Any, headers: Mapping[str, str], timeout_seconds: float) -> Any:
        """The JSON that the server answers; None where it answers something else.

        Raises what Rasa's own request raises: ``ClientResponseError`` for a status of 400 or more, ``aiohttp.ClientError`` where
        there is no answer, ``TimeoutError``, ``ValueError`` for broken JSON. A call whose kept connection closed without a byte
        of an answer is made once more on a new one: the server had ended it meanwhile.
        """
        place = urlsplit(url)
        address = place.hostname or "", place.port or 80
        request = _request(place, content, headers)
        async with asyncio.timeout(timeout_seconds):
            connection = self._fresh(address)
            if connection is not None:
                try:
                    return _content(*await self._asked(address, connection, request))
                except _Lost as lost:
                    if not lost.silent:
                        raise
            return _content(*await self._asked(address, await _opened(address), request))

    def _fresh(self, address: tuple[str, int]) -> _Connection | None:
        """The connection that was used last, where it is still good."""
        unused, oldest = self._unused[address], time.monotonic() - FRESH_SECONDS
        while unused:
            connection = unused.pop()
            if connection.usable and connection.unused_since >= oldest:
                return connection
            connection.close()
        return None

    async def _asked(self, address: tuple[str, int], connection: _Connection, request: bytes) -> _Answer:
        answer = await connection.ask(request)
        if connection.usable:
            connection.unused_since = time.monotonic()
            self._unused[address].append(connection)
        else:
            connection.close()
        return answer


async def _opened(address: tuple[str, int]) -> _Connection:
    try:
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, *address)
    except OSError as error:
        raise aiohttp.ClientConnectionError(f"the action server is away ({type(error).__name__})") from error
    return connection


def _request(place: SplitResult, content: Any, headers: Mapping[str, str]) -> bytes:
    body = json.dumps(content).encode()
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    fields = {"Host": place.netloc, "Content-Type": "application/json", **headers, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    if head.count("\n") != len(fields):
        raise aiohttp.ClientError("a header of a call holds a line break")
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _content(status: int, reason: str, kind: str, body: bytes) -> Any:
    if status >= 400:
        raise ClientResponseError(status, reason, body)
    return json.loads(body) if "json" in kind.lower() and body.strip() else None
