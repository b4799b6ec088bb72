"""The audit log: one chain, written with the act or not at all, and no change goes unseen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from bot.accounts.audit import SYSTEM, Actor, AuditFilter, AuditHeadMissingError, audit_entries, record_audit, verify_chain
from bot.storage.database import Database, writing
from tests.moving_clock import MovingClock

LAN = Actor("a" * 32, "lan")


def write(database: Database, count: int, clock: MovingClock | None = None, act: str = "account.changed") -> None:
    clock = clock or MovingClock()
    for number in range(count):
        with writing(database.sessions) as session:
            record_audit(session, LAN, act, f"account:{number}", {"tên": "Bùi Thị Lan", "số": number}, now=clock())


def change_behind_the_log(session: Session, change: str) -> None:
    """What somebody does who may alter tables."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_entry_no_update"))
        session.execute(text("DROP TRIGGER audit_entry_no_delete"))
        session.execute(text(change))
        return
    session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_only_grows"))
    session.execute(text(change))
    session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_only_grows"))


def test_an_untouched_log_is_whole(database: Database) -> None:
    write(database, 5)
    with database.sessions() as session:
        report = verify_chain(session)
    assert (report.entries, report.head_number, report.fault) == (5, 5, None)


def test_an_empty_log_is_whole(database: Database) -> None:
    with database.sessions() as session:
        assert verify_chain(session).fault is None


@pytest.mark.parametrize(
    ("change", "broken_at", "fault"),
    [
        ("UPDATE audit_entry SET details = '{}' WHERE number = 3", 3, "altered"),
        ("UPDATE audit_entry SET actor_login = 'minh' WHERE number = 1", 1, "altered"),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE number = 5", 5, "altered"),
        ("DELETE FROM audit_entry WHERE number = 2", 2, "missing"),
        ("DELETE FROM audit_entry WHERE number = 5", 5, "missing"),
        ("DELETE FROM audit_entry", 1, "missing"),
        ("UPDATE audit_head SET number = 4", 5, "head"),
        ("UPDATE audit_head SET hash = 'x'", 6, "head"),
        ("UPDATE audit_head SET number = 4, hash = (SELECT hash FROM audit_entry WHERE number = 4)", 5, "head"),
        ("DELETE FROM audit_head", 1, "head"),
    ],
)
def test_every_change_is_found(database: Database, change: str, broken_at: int, fault: str) -> None:
    write(database, 5)
    with writing(database.sessions) as session:
        change_behind_the_log(session, change)
    with database.sessions() as session:
        report = verify_chain(session)
    assert (report.broken_at, report.fault) == (broken_at, fault)


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET act = 'nothing'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_changes(database: Database, change: str) -> None:
    write(database, 2)
    with pytest.raises(DatabaseError, match="only grows"), writing(database.sessions) as session:
        session.execute(text(change))
    with database.sessions() as session:
        assert verify_chain(session).entries == 2


def test_an_act_that_fails_leaves_no_entry(database: Database) -> None:
    def fail_after_recording() -> None:
        with writing(database.sessions) as session:
            record_audit(session, LAN, "account.blocked", "account:x", now=MovingClock()())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_recording()
    write(database, 1)
    with database.sessions() as session:
        assert [entry.act for entry in audit_entries(session, AuditFilter())] == ["account.changed"]
        assert verify_chain(session).fault is None


def test_many_writers_at_once_make_one_chain(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write(database, 5), range(8)))
    with database.sessions() as session:
        report = verify_chain(session)
    assert (report.entries, report.fault) == (40, None)


def test_a_head_read_earlier_in_the_transaction_is_read_again(database: Database) -> None:
    write(database, 1)
    with writing(database.sessions) as session:
        for number in range(3):
            record_audit(session, SYSTEM, "session.refused", f"account:{number}", now=MovingClock()())
    with database.sessions() as session:
        assert verify_chain(session).entries == 4


def test_without_its_head_nothing_more_is_recorded(database: Database) -> None:
    write(database, 2)
    with writing(database.sessions) as session:
        session.execute(text("DELETE FROM audit_head"))
    with pytest.raises(AuditHeadMissingError):
        write(database, 1)


Looked = Callable[..., list[int]]


@pytest.fixture
def looked(database: Database) -> Looked:
    def look(limit: int | None = None, **wanted: object) -> list[int]:
        with database.sessions() as session:
            return [entry.number for entry in audit_entries(session, AuditFilter(**wanted), limit)]  # type: ignore[arg-type]

    return look


def test_entries_are_found_by_actor_act_and_time(database: Database, looked: Looked) -> None:
    clock = MovingClock()
    write(database, 2, clock)
    clock.move(days=1)
    write(database, 1, clock, act="session.opened")
    assert looked() == [3, 2, 1]
    assert looked(act="account") == [2, 1]
    assert looked(act="account.changed") == [2, 1]
    assert looked(act="acc") == []
    assert looked(act="%") == []
    assert looked(actor="lan", since=clock() - timedelta(hours=1)) == [3]
    assert looked(before=clock()) == [2, 1]
    assert looked(actor="minh") == []
    assert looked(1, below=3) == [2]
