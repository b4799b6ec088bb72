"""A kept HTTP/1.1 connection that costs next to nothing, so that the client takes little from the processor that is measured."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:\s*chunked", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection:\s*close", re.IGNORECASE)


class ConnectionLostError(Exception):
    """The server closed, or said something that is not HTTP."""


def whole_answer(begun: bytes) -> tuple[int, bytes] | None:
    """Status and body where the answer is whole; None where more must come. Raises ``ValueError`` for what is not HTTP."""
    end = begun.find(b"\r\n\r\n")
    if end < 0:
        return None
    status = _STATUS.match(begun)
    if status is None:
        raise ValueError("not HTTP")
    if _CHUNKED.search(begun, 0, end):
        body = _chunks(begun, end + 4)
        return None if body is None else (int(status[1]), body)
    length = _LENGTH.search(begun, 0, end)
    whole = end + 4 + (int(length[1]) if length else 0)
    return (int(status[1]), begun[end + 4 : whole]) if len(begun) >= whole else None


def _chunks(begun: bytes, at: int) -> bytes | None:
    found = bytearray()
    while (line := begun.find(b"\r\n", at)) >= 0:
        size = int(begun[at:line].split(b";")[0], 16)
        at = line + 2 + size + 2
        if len(begun) < at:
            return None
        if size == 0:
            return bytes(found)
        found += begun[line + 2 : at - 2]
    return None


class _Connection(asyncio.Protocol):
    """One connection: an answer at a time."""

    def __init__(self) -> None:
        self._begun = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self.open = True

    def connection_made(self, transport: Any) -> None:  # uvloop's is no asyncio.Transport
        self.transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._waiting = asyncio.get_running_loop().create_future()
        if self.open:
            self.transport.write(request)
        else:
            self._fail("ConnectionResetError")
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._begun += data
        try:
            answer = whole_answer(self._begun)
        except ValueError as error:
            self._fail(type(error).__name__)
            self.transport.abort()
            return
        if answer is not None:
            self.open = self.open and not _CLOSES.search(self._begun, 0, self._begun.find(b"\r\n\r\n"))
            self._begun = b""
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        self._fail(type(error).__name__ if error else "IncompleteReadError")

    def _fail(self, why: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionLostError(why))


class OneLine:
    """Posts over one connection, opened when needed. One request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._connection: _Connection | None = None
        self._heads: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body. Raises ``ConnectionLostError``."""
        connection = self._connection
        if connection is None or not connection.open:
            connection = self._connection = await self._opened()
        return await connection.ask(f"{self._head(path, headers)}{len(body)}\r\n\r\n".encode() + body)

    def _head(self, path: str, headers: Mapping[str, str]) -> str:
        key = path, tuple(headers.items())
        if key not in self._heads:
            head = [f"POST {path} HTTP/1.1", f"Host: {self._host}:{self._port}", "Content-Type: application/json"]
            self._heads[key] = "\r\n".join([*head, *(f"{name}: {value}" for name, value in key[1]), "Content-Length: "])
        return self._heads[key]

    async def _opened(self) -> _Connection:
        try:
            _, connection = await asyncio.get_running_loop().create_connection(_Connection, self._host, self._port)
        except OSError as error:
            raise ConnectionLostError(type(error).__name__) from error
        return connection

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.transport.abort()
            self._connection = None
