"""A kept HTTP/1.1 connection that costs next to nothing, so that the client takes little from the processor that is measured."""

import asyncio
from collections.abc import Mapping

_LINE_END = b"\r\n"


class ConnectionLostError(Exception):
    """The server closed, or said something that is not HTTP."""


class OneLine:
    """Posts over one connection, opened when needed. One request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body. Raises ``ConnectionLostError``."""
        head = [f"POST {path} HTTP/1.1", f"Host: {self._host}:{self._port}", "Content-Type: application/json"]
        head += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
        try:
            reader, writer = self._streams or await self._opened()
            writer.write("\r\n".join(head).encode() + 2 * _LINE_END + body)
            return await self._answer(reader)
        except (OSError, asyncio.IncompleteReadError, ValueError, IndexError) as error:
            self.close()
            raise ConnectionLostError(type(error).__name__) from error

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._streams = await asyncio.open_connection(self._host, self._port)
        return self._streams

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(2 * _LINE_END)).split(_LINE_END)
        status = int(head[0].split(b" ", 2)[1])
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in head[1:])}
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            body = await _chunks(reader)
        else:
            body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
        if fields.get(b"connection", b"").lower() == b"close":
            self.close()
        return status, body

    def close(self) -> None:
        """Closes the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        found += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return bytes(found)
