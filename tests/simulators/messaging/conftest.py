"""Asynchronous tests run on asyncio."""

from collections.abc import AsyncIterator

import httpx
import pytest

from simulators.messaging.posting import KeptPosts
from tests.simulators.messaging.receiver import Receiver, receiving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=KeptPosts()) as http:
        yield http


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running
