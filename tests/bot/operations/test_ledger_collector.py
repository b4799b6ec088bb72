"""The ledger's figures: what waits, how long, and what is told where the ledger is away or behind."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from bot.accounts.audit import OPERATOR, record_audit
from bot.operations.ledger_collector import BACKUP_STAMP, LedgerCollector
from bot.storage.channel_models import ChannelAccount, ChannelToken
from bot.storage.database import Database, open_database, writing
from bot.storage.evidence_models import ScheduledTurn
from bot.storage.models import Conversation, Handoff, Heartbeat, Inbound, Outbound

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class Scrape:
    """A registry with the ledger's collector, on a clock that stands until it is moved."""

    def __init__(self, database: Database, var_dir: Path) -> None:
        self.seconds = 0.0
        self.registry = CollectorRegistry()
        self.registry.register(LedgerCollector(database, var_dir, lambda: NOW, lambda: self.seconds))

    def value(self, name: str, **labels: str) -> float | None:
        """A figure as Prometheus gets it; None where it is not told."""
        return self.registry.get_sample_value(f"motcua_{name}", labels)


@pytest.fixture
def scrape(database: Database, tmp_path: Path) -> Scrape:
    return Scrape(database, tmp_path)


def _message(number: int, age: timedelta, outcome: str | None) -> Inbound:
    return Inbound(
        conversation_id="c1",
        channel="zalo",
        account="oa",
        event_id=f"e{number}",
        seq=number,
        received_at=NOW - age,
        outcome=outcome,
    )


def _line(number: int, state: str, age: timedelta) -> Outbound:
    return Outbound(
        conversation_id="c1", author="bot", message={}, state=state, idempotency_key=f"k{number}", created_at=NOW - age
    )


@pytest.fixture
def busy(database: Database) -> None:
    with writing(database.sessions) as session:
        session.add(Conversation(id="c1", channel="zalo", account="oa", external_id="u", opened_at=NOW))
        session.flush()
        for number, (seconds, outcome) in enumerate([(500, "answered"), (90, None), (20, None)], start=1):
            session.add(_message(number, timedelta(seconds=seconds), outcome))
        states = [("pending", 40), ("pending", 10), ("dead", 3600), ("dead", 90_000), ("ambiguous", 60), ("sent", 5)]
        session.add_all(_line(number, state, timedelta(seconds=age)) for number, (state, age) in enumerate(states))
        session.add(
            Handoff(
                conversation_id="c1",
                reason="asked",
                summary={},
                opened_at=NOW - timedelta(hours=2),
                waiting_since=NOW - timedelta(minutes=50),
            )
        )
        session.add(ChannelAccount(channel="zalo", account="oa", state="needs_attention", reason="token", quota_left=7))
        session.add(
            ChannelToken(
                channel="zalo",
                account="oa",
                access=b"",
                refresh=b"",
                access_expires_at=NOW,
                obtained_at=NOW,
                refresh_issued_at=NOW - timedelta(days=80),
                consent_needed=False,
            )
        )
        for name, kind, age in [("w1", "worker", 3), ("w2", "worker", 300), ("t1", "trainer", 45)]:
            session.add(Heartbeat(name=name, kind=kind, beat_at=NOW - timedelta(seconds=age)))
        session.add(ScheduledTurn(name="usage", taken_at=NOW, done_at=NOW - timedelta(hours=3)))
        session.add(ScheduledTurn(name="never", taken_at=NOW, done_at=None))


@pytest.mark.usefixtures("busy")
def test_what_waits_is_told_with_its_age(scrape: Scrape) -> None:
    assert scrape.value("ledger_up") == 1
    assert scrape.value("migrations_at_head") == 1
    assert scrape.value("inbound_oldest_unanswered_seconds") == 90
    assert scrape.value("inbound_unanswered") == 2
    assert (scrape.value("outbound_pending"), scrape.value("outbound_oldest_pending_seconds")) == (2, 40)
    assert scrape.value("outbound_unsent_last_day", state="dead") == 1
    assert scrape.value("outbound_unsent_last_day", state="ambiguous") == 1
    assert (scrape.value("handoffs_waiting"), scrape.value("handoff_longest_wait_seconds")) == (1, 3000)
    assert (scrape.value("database_bytes") or 0) > 10_000


@pytest.mark.usefixtures("busy")
def test_channels_processes_and_tasks_are_told(scrape: Scrape) -> None:
    assert scrape.value("channel_account_ok", channel="zalo") == 0
    assert scrape.value("channel_token_days_left", channel="zalo") == 10
    assert scrape.value("channel_quota_left", channel="zalo") == 7
    assert scrape.value("processes_alive", kind="worker") == 1
    assert (scrape.value("processes_alive", kind="trainer"), scrape.value("heartbeat_age_seconds", kind="trainer")) == (0, 45)
    assert scrape.value("scheduled_task_age_seconds", task="usage") == 3 * 3600
    assert scrape.value("scheduled_task_age_seconds", task="never") is None


def test_an_idle_ledger_says_zero(scrape: Scrape) -> None:
    assert scrape.value("inbound_oldest_unanswered_seconds") == 0
    assert scrape.value("handoff_longest_wait_seconds") == 0
    assert scrape.value("retention_run_age_seconds") is None


def test_a_storm_of_scrapes_reads_the_ledger_every_five_seconds(scrape: Scrape, database: Database) -> None:
    assert scrape.value("inbound_unanswered") == 0
    with writing(database.sessions) as session:
        session.add(Conversation(id="c1", channel="zalo", account="oa", external_id="u", opened_at=NOW))
        session.flush()
        session.add(_message(1, timedelta(seconds=1), None))
    scrape.seconds = 4.9
    assert scrape.value("inbound_unanswered") == 0
    scrape.seconds = 5.0
    assert scrape.value("inbound_unanswered") == 1


def test_a_ledger_that_is_away_is_said_so_and_nothing_is_made_up(tmp_path: Path) -> None:
    scrape = Scrape(open_database("sqlite:////nowhere/at/all.sqlite3"), tmp_path)
    assert scrape.value("ledger_up") == 0
    assert scrape.value("inbound_oldest_unanswered_seconds") is None
    assert (scrape.value("disk_free_bytes") or 0) > 0


def test_a_ledger_behind_this_release_is_said_so(scrape: Scrape, database: Database) -> None:
    with writing(database.sessions) as session:
        head = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert (scrape.value("ledger_up"), scrape.value("migrations_at_head")) == (1, 0)
    assert scrape.value("inbound_unanswered") is None
    with writing(database.sessions) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})


def test_a_backup_is_known_by_the_audit_log_or_by_a_stamp(scrape: Scrape, database: Database, tmp_path: Path) -> None:
    assert scrape.value("backup_age_seconds") is None
    with writing(database.sessions) as session:
        record_audit(session, OPERATOR, "backup.created", "backup:one", {}, now=NOW - timedelta(hours=30))
    scrape.seconds = 60
    assert scrape.value("backup_age_seconds") == 30 * 3600
    stamp = tmp_path / BACKUP_STAMP
    stamp.touch()
    made = (NOW - timedelta(hours=2)).timestamp()
    os.utime(stamp, (made, made))
    scrape.seconds = 120
    assert scrape.value("backup_age_seconds") == 2 * 3600
