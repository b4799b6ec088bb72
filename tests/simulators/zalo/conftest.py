"""The running stand-in and the webhook receiver."""

from collections.abc import Iterator

import pytest

from tests.simulators.zalo.harness import Receiver, Zalo, receiving, running_zalo


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running_zalo() as running:
        yield running


@pytest.fixture
def hook(zalo: Zalo) -> Iterator[Receiver]:
    with receiving() as receiver:
        zalo.register(receiver)
        yield receiver
        receiver.gate.set()
        zalo.order("/reset")
