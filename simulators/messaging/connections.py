"""Cutting the TCP connection of a request, which an ASGI application cannot do by itself."""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_Ends = tuple[Any, Any]
_OPEN: dict[_Ends, asyncio.Transport] = {}


class CuttableConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, known by its two ends while it is open."""

    _ends: _Ends | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Notes the connection."""
        super().connection_made(transport)
        self._ends = (self.server, self.client)
        _OPEN[self._ends] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        if self._ends is not None:
            _OPEN.pop(self._ends, None)
        super().connection_lost(exc)


async def cut_connection(scope: Scope) -> None:
    """Resets the connection of this request: nothing more is written. Raises ``RuntimeError`` outside ``serving``."""
    transport = _OPEN.get((scope["server"], scope["client"]))
    if transport is None:
        raise RuntimeError("only a connection served by simulators.messaging.serving can be cut")
    connection = transport.get_extra_info("socket")
    # With no time to linger, closing sends RST, not FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # uvicorn answers 500 for a request without answer unless it has seen that the connection is gone.
    while (scope["server"], scope["client"]) in _OPEN:
        await asyncio.sleep(0)
