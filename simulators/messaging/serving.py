"""Serves a simulator: the platform's API on one loopback port, the control plane on another, in one process."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import uvicorn
import uvloop
from starlette.types import ASGIApp

from simulators.messaging.connections import CuttableConnection

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Served:
    """Where the two ports are: URLs without a slash at the end."""

    api_url: str
    control_url: str


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the caller: two servers share this process."""
        yield


@asynccontextmanager
async def serving(api: ASGIApp, control: ASGIApp, api_port: int = 0, control_port: int = 0) -> AsyncIterator[Served]:
    """Both applications on loopback until the block ends; port 0 takes a free one. ``OSError`` where a port is taken."""
    with _listening(api_port) as api_socket, _listening(control_port) as control_socket:
        servers = [_server(api), _server(control)]
        tasks = [
            asyncio.create_task(server.serve(sockets=[where]))
            for server, where in zip(servers, (api_socket, control_socket), strict=True)
        ]
        try:
            while not all(server.started for server in servers):
                for task in tasks:
                    if task.done():
                        task.result()
                        raise RuntimeError("a server of the simulator ended while it started")
                await asyncio.sleep(0.005)
            yield Served(_url(api_socket), _url(control_socket))
        finally:
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*tasks)


def serve_until_stopped(
    platform: AbstractAsyncContextManager[object], api: ASGIApp, control: ASGIApp, api_port: int, control_port: int
) -> None:
    """Serves until SIGINT or SIGTERM; ``platform`` is open meanwhile."""
    # It stands on the cores of what it measures: the fast loop and parser take half of what Python's own take.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_stopped(platform, api, control, api_port, control_port))


async def _serve_until_stopped(
    platform: AbstractAsyncContextManager[object], api: ASGIApp, control: ASGIApp, api_port: int, control_port: int
) -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with platform, serving(api, control, api_port, control_port):
        await stopped.wait()


def _server(app: ASGIApp) -> _Server:
    # No access log: a bot's token is part of its addresses.
    config = uvicorn.Config(
        app,
        http=CuttableConnection,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return _Server(config)


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"
