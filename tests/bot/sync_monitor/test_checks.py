"""Comparisons kept in the ledger: differences open, stay, and are over."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.accounts.scope import ALL_AGENCIES, AgencyScope
from bot.portal.errors import Unavailable
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier, RegisterRun
from bot.sync_monitor.checks import DifferenceFilter, SyncCheck, differences, last_checks, read_age, tell_if_late
from bot.sync_monitor.comparing import SimpleRecord
from tests.moving_clock import MovingClock

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def dossier(name: str, **changes: Any) -> RegisteredDossier:
    values: dict[str, Any] = {
        "record_id": name, "source_system": "bn", "procedure_code": "1.001193", "unit_code": "U1", "unit_name": "Phường Kinh Bắc",
        "agency": "kinh-bac", "channel": "online", "status_code": "2", "received_at": NOW, "supplements": [], "fee_due": False,
        "paid_online": False, "as_of": NOW, "first_seen_at": NOW, "seen_at": NOW,
    }  # fmt: skip
    return RegisteredDossier(**(values | changes))


def listed(name: str, status: str = "2") -> SimpleRecord:
    return SimpleRecord(name, "U1", "Phường Kinh Bắc", status, NOW, None, None, NOW)


@pytest.fixture
def check(database: Database) -> SyncCheck:
    with writing(database.sessions) as session:
        session.add_all([dossier("a"), dossier("b"), dossier("old", missing_since=NOW)])
    return SyncCheck(database.sessions, MovingClock())


def open_ones(database: Database, **wanted: str) -> list[tuple[str, str]]:
    with database.sessions() as session:
        found = differences(session, DifferenceFilter(**wanted), ALL_AGENCIES, 100)
        return [(one.record_id, one.kind) for one in found]


def test_a_difference_opens_stays_and_is_over(check: SyncCheck, database: Database) -> None:
    check.run(lambda: [listed("a", "4"), listed("b"), listed("c")])
    assert set(open_ones(database)) == {("a", "status_differs"), ("c", "missing_here")}
    check.run(lambda: [listed("a", "3"), listed("b")])
    assert open_ones(database) == [("a", "status_differs")]
    assert open_ones(database, state="resolved") == [("c", "missing_here")]
    with database.sessions() as session:
        (row,) = differences(session, DifferenceFilter(), ALL_AGENCIES, 10)
        newest, first = last_checks(session, 10)
    assert row.theirs == {"status_code": "3"}, "what the newest comparison saw"
    assert (first.rate, newest.rate) == (2 / 3, 1 / 2)
    assert newest.by_unit == {"U1": {"name": "Phường Kinh Bắc", "compared": 2, "differing": 1}}
    check.run(lambda: [listed("a", "4"), listed("b")])
    check.run(lambda: [listed("a"), listed("b")])
    check.run(lambda: [listed("a", "4"), listed("b")])
    assert open_ones(database) == [("a", "status_differs")], "what comes back is a new difference"


def test_a_list_that_breaks_off_concludes_nothing(check: SyncCheck, database: Database) -> None:
    check.run(lambda: [listed("a", "4"), listed("b")])

    def broken() -> Iterator[SimpleRecord]:
        yield listed("a")
        raise Unavailable

    check.run(broken)
    assert open_ones(database) == [("a", "status_differs")]
    with database.sessions() as session:
        newest = last_checks(session, 1)[0]
    assert (newest.complete, newest.rate, newest.detail) == (False, None, "Unavailable")


def test_filters_and_the_scope_of_an_account(check: SyncCheck, database: Database) -> None:
    check.run(lambda: [listed("a", "4"), listed("c")])
    assert open_ones(database, kind="missing_here") == [("c", "missing_here")]
    assert len(open_ones(database, kind="faults")) == 3
    assert open_ones(database, unit="Đáp Cầu") == []
    assert open_ones(database, unit="%") == [], "a sign of the database's is a letter here"
    assert len(open_ones(database, unit="Kinh")) == 3
    with database.sessions() as session:
        mine = differences(session, DifferenceFilter(), AgencyScope.of(["kinh-bac"]), 10)
        nobodys = differences(session, DifferenceFilter(), AgencyScope(), 10)
    assert {one.record_id for one in mine} == {"a", "b"}, "a record that only the portal has belongs to no agency of ours yet"
    assert nobodys == []


def test_a_late_reading_is_an_alarm_and_none_at_all_is_not(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    assert tell_if_late(database.sessions, NOW) is False
    with writing(database.sessions) as session:
        session.add(RegisterRun(kind="whole", started_at=NOW - timedelta(hours=30), complete=True))
        session.add(RegisterRun(kind="whole", started_at=NOW - timedelta(hours=1), complete=False))
    assert tell_if_late(database.sessions, NOW) is True
    assert [record.message for record in caplog.records] == ["alarm.register_late"]
    with database.sessions() as session:
        assert read_age(session, NOW) == timedelta(hours=30)
    assert tell_if_late(database.sessions, NOW - timedelta(hours=5)) is False
