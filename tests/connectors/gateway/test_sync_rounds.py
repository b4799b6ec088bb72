"""The comparison by night, and the one that somebody asks for."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.storage.database import Database, writing
from bot.sync_monitor.checks import CheckView, SyncCheck, ask_check, last_checks
from bot.sync_monitor.comparing import SimpleRecord
from connectors.gateway.scheduled import ScheduledRounds
from connectors.gateway.sync_rounds import sync_tasks

EVENING = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)


def went_round(database: Database, now: datetime) -> list[CheckView]:
    def portal() -> Iterable[SimpleRecord]:
        return [SimpleRecord("r", "U", "Xã A", "2", None, None, None, now)]

    tasks = sync_tasks(SyncCheck(database.sessions, lambda: now), portal)
    ScheduledRounds(database.sessions, tasks, clock=lambda: now).go_round()
    with database.sessions() as session:
        return last_checks(session, 10)


def test_the_whole_list_is_compared_once_a_night(database: Database) -> None:
    assert went_round(database, EVENING) == []
    (check,) = went_round(database, NIGHT)
    assert (check.kind, check.complete, check.counts["missing_here"]) == ("scheduled", True, 1)
    assert len(went_round(database, NIGHT + timedelta(minutes=20))) == 1
    assert len(went_round(database, NIGHT + timedelta(days=1))) == 2


def test_who_asks_gets_it_at_once_and_only_once(database: Database) -> None:
    with writing(database.sessions) as session:
        assert ask_check(session, "chu", EVENING)
        assert not ask_check(session, "lan", EVENING)
    (check,) = went_round(database, EVENING)
    assert (check.kind, check.complete, check.waiting) == ("asked", True, False)
    assert len(went_round(database, EVENING + timedelta(minutes=5))) == 1
    with writing(database.sessions) as session:
        assert ask_check(session, "chu", EVENING)
