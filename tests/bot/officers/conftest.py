"""The ledger on each database, with the shipped teams, on a Monday at nine."""

import pytest
from cryptography.fernet import Fernet

from bot.conversations.private_values import PrivateValues
from bot.officers.teams import Teams, load_teams
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database
from tests.bot.officers.office import MONDAY_NINE, Office
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]


@pytest.fixture(scope="session")
def teams() -> Teams:
    return load_teams(PROJECT_ROOT / "data")


@pytest.fixture
def office(database: Database, teams: Teams) -> Office:
    clock = MovingClock(MONDAY_NINE)
    return Office(database, clock, teams, PrivateValues(database.sessions, Fernet.generate_key().decode(), clock))
