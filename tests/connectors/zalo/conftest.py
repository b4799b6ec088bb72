"""Async tests run on asyncio, as the product does; a small Zalo with a consent given."""

import pytest

from bot.storage.database import Database
from tests.connectors.zalo.channels import Bench, bench
from tests.connectors.zalo.fake_zalo import FakeZalo


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def zalo() -> FakeZalo:
    return FakeZalo()


@pytest.fixture
def consented(database: Database, zalo: FakeZalo) -> Bench:
    ready = bench(database, zalo)
    ready.consent()
    return ready
