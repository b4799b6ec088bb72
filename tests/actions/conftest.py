"""A ledger and the portal's simulator for the tests of the action server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.database import Database, open_database
from tests.bot.portal.conftest import portal, simulator
from tests.databases import database, database_url, one_ledger

__all__ = ["database", "database_url", "portal", "simulator"]


@pytest.fixture
def small_ledger(tmp_path: Path) -> Iterator[Database]:
    """A ledger on SQLite alone: for talks in which the database plays no part of its own."""
    ledger = open_database(one_ledger(tmp_path / "small.sqlite3"))
    yield ledger
    ledger.engine.dispose()
