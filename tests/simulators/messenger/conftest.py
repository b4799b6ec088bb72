"""The running stand-in and the webhook receiver."""

from collections.abc import Iterator

import pytest

from tests.simulators.messenger.harness import NOON, Messenger, Receiver, receiving, running_messenger


@pytest.fixture(scope="module")
def served() -> Iterator[Messenger]:
    with running_messenger() as running:
        yield running


@pytest.fixture
def messenger(served: Messenger) -> Messenger:
    served.order("/reset")
    served.sim.page.webhook.url = None
    served.order("/clock", {"now": NOON})
    return served


@pytest.fixture
def hook(messenger: Messenger) -> Iterator[Receiver]:
    with receiving() as receiver:
        messenger.order("/webhook", {"url": receiver.url})
        yield receiver
        receiver.gate.set()
        messenger.order("/reset")
