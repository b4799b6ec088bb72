"""A ledger, a clock, and a citizen of whom every table holds something."""

import pytest
from cryptography.fernet import Fernet

from tests.bot.rights.filled import Citizen, fill
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture(scope="session")
def key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def citizen(database, clock: MovingClock, key: str) -> Citizen:  # type: ignore[no-untyped-def]
    return fill(database, "cit-one", clock(), key)
