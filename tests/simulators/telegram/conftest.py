"""The simulator on loopback, a webhook, and a citizen who has started the bot."""

from collections.abc import AsyncIterator

import pytest

from tests.simulators.messaging.receiver import Receiver, receiving
from tests.simulators.telegram.harness import Citizen, Telegram, running_telegram


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Without sending limits; the tests of the limits switch them on."""
    async with running_telegram() as running:
        yield running


@pytest.fixture
async def citizen(telegram: Telegram) -> Citizen:
    """Has started the bot (nobody took the update)."""
    made = await telegram.citizen()
    await made.act("start")
    await telegram.api("getUpdates", offset=2**40)
    return made
