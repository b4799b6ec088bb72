"""Tasks by the clock are done once, however many workers there are."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from bot.storage.database import Database
from bot.storage.evidence_models import ScheduledTurn
from connectors.gateway.scheduled import ScheduledRounds, ScheduledTask, take_turn

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_of_two_workers_one_does_the_task_and_again_only_after_its_time(database: Database) -> None:
    assert take_turn(database.sessions, "count", HOUR, NOW)
    assert not take_turn(database.sessions, "count", HOUR, NOW + timedelta(minutes=59))
    assert take_turn(database.sessions, "count", HOUR, NOW + HOUR)


def test_a_turn_taken_by_a_clock_that_went_ahead_blocks_nobody(database: Database) -> None:
    assert take_turn(database.sessions, "count", HOUR, NOW + timedelta(days=300))
    assert take_turn(database.sessions, "count", HOUR, NOW)


def test_what_is_due_is_done_and_noted_and_what_waits_for_its_hour_is_not(database: Database) -> None:
    done: list[str] = []
    tasks = [
        ScheduledTask("now", HOUR, lambda _now: done.append("now")),
        ScheduledTask("later", HOUR, lambda _now: done.append("later"), due=lambda now: now.hour >= 9),
    ]
    rounds = ScheduledRounds(database.sessions, tasks, clock=lambda: NOW)
    assert rounds.go_round() == ["now"]
    assert rounds.go_round() == []
    assert done == ["now"]
    with database.sessions() as session:
        turn = session.get(ScheduledTurn, "now")
        assert turn is not None
        assert turn.done_at == NOW
        assert session.get(ScheduledTurn, "later") is None


def test_a_database_that_is_away_ends_neither_the_rounds_nor_the_other_tasks(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_now: datetime) -> None:
        raise OperationalError("select", {}, Exception("away"))

    tasks = [ScheduledTask("first", HOUR, fails), ScheduledTask("second", HOUR, lambda _now: None)]
    assert ScheduledRounds(database.sessions, tasks, clock=lambda: NOW).go_round() == ["second"]
    assert "scheduled_task.database_away" in caplog.text
