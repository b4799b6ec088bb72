"""The whole product – Rasa with the trained model, action server, portal simulator, worker, gateway – started once for this
folder (``scope="package"``) and stopped with it."""

import os
from collections.abc import Callable, Iterator

import httpx
import pytest

from bot.settings import Settings
from motcua.doctor import gateway_url
from motcua.processes import local_url
from motcua.stack import load_settings, private_stack
from motcua.webchat_client import WebchatClient
from tests.trace_collector import TraceCollector, collecting


@pytest.fixture(scope="package")
def collector() -> Iterator[TraceCollector]:
    """Takes the spans of all processes of the product."""
    with collecting() as running:
        yield running


@pytest.fixture(scope="package")
def product(collector: TraceCollector) -> Iterator[Settings]:
    before = dict(os.environ)
    os.environ.update(collector.environment)
    try:
        # It completes the environment with this machine's secrets, which are not for the tests that follow.
        # Whatever the hour of the run, there are officers.
        with private_stack(load_settings().model_copy(update={"team_hours": "always"}), lambda _: None) as settings:
            yield settings
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def new_client(product: Settings) -> Iterator[Callable[[], WebchatClient]]:
    """Opens a new conversation."""
    clients: list[WebchatClient] = []

    def open_client() -> WebchatClient:
        clients.append(WebchatClient(gateway_url(product)))
        return clients[-1]

    yield open_client
    for client in clients:
        client.close()


@pytest.fixture(scope="package")
def dossiers(product: Settings) -> list[dict[str, str]]:
    """The demo dossiers of the portal simulator."""
    answer = httpx.get(local_url(product.portal_port, "/_control/examples"), timeout=5, trust_env=False)
    answer.raise_for_status()
    examples: list[dict[str, str]] = answer.json()
    return examples
