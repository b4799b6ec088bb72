"""Serves an ASGI app until SIGTERM or SIGINT, and finishes the requests in hand: for the gateway and the console."""

import signal
import socket
import sys
from typing import Any

import uvicorn

from bot.handover import inherited_listener, tell_ready
from bot.heap import settle_heap

# Open event streams are told to end at once; a request in hand gets this long.
_DRAIN_SECONDS = 10


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            settle_heap()
            tell_ready()


def serve(app: Any, host: str, port: int) -> None:
    """Serves at this address, or on the socket that the supervisor holds. A stop that was asked for ends with status 0."""
    # The server raises the signal again once it has drained; a stop that was asked for is a success.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    server = _Server(config)
    listener = inherited_listener()
    server.run(sockets=None if listener is None else [listener])
    if not server.started:
        sys.exit(3)
