"""A ledger and a clock."""

import pytest
from cryptography.fernet import Fernet

from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture(scope="session")
def key() -> str:
    return Fernet.generate_key().decode()
