"""Asynchronous tests run on asyncio."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.simulators.messaging.receiver import Receiver, receiving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield http


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running
