"""The ledger's fixtures, and a look at a private port."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from prometheus_client import CollectorRegistry

from bot.metrics.pulse import Pulse
from bot.metrics.readiness import Readiness
from bot.metrics.server import Probes, make_server, serving
from tests.databases import database, database_url

__all__ = ["database", "database_url", "port"]

OpenPort = Callable[[Pulse, Callable[[], Readiness], CollectorRegistry], httpx.Client]


@pytest.fixture
def port() -> Iterator[OpenPort]:
    """Opens a private port and gives a client of it."""
    with ExitStack() as stack:

        def open_port(pulse: Pulse, ready: Callable[[], Readiness], registry: CollectorRegistry) -> httpx.Client:
            server = make_server(Probes(pulse, ready, registry), "127.0.0.1", 0)
            stack.enter_context(serving(server))
            address = f"http://127.0.0.1:{server.server_address[1]}"
            return stack.enter_context(httpx.Client(base_url=address, trust_env=False))

        yield open_port
