"""The nightly count: from two o'clock in Vietnam on, once a night, with the agencies of the shipped catalogue."""

from datetime import date
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.settings import Settings
from bot.storage.database import Database
from connectors.gateway.scheduled import ScheduledRounds
from connectors.gateway.scheduled_tasks import scheduled_tasks
from tests.bot.usage.made_up import at, cells, form, put
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        var_dir=tmp_path,
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
    )


def test_it_counts_once_a_night(database: Database, settings: Settings) -> None:
    put(database, form(at(11, 3), outcome="sent"))
    clock = MovingClock(at(11, 5, 0, 30))
    tasks = [one for one in scheduled_tasks(settings, database.sessions, clock) if one.name == "usage_count"]
    rounds = ScheduledRounds(database.sessions, tasks, clock=clock)
    assert rounds.go_round() == [], "before two o'clock the last day is not in the daily counts"
    clock.move(minutes=95)
    assert rounds.go_round() == ["usage_count"]
    assert {key[:3]: n for key, n in cells(database, date(2026, 11, 1)).items()} == {
        ("started", "1.001193", "tthcc-xa"): 1,
        ("finished", "1.001193", "tthcc-xa"): 1,
    }
    clock.move(minutes=60 * 10)
    assert rounds.go_round() == []
    clock.move(minutes=60 * 14)
    assert rounds.go_round() == ["usage_count"]
