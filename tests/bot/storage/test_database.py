"""The two databases behave the same where the ledger depends on it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot.storage.database import Database, create_database_engine, database_url, writing
from bot.storage.models import Conversation, Heartbeat, Inbound

MOMENT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)


def test_moments_come_back_in_utc_whatever_zone_they_had(database: Database) -> None:
    with writing(database.sessions) as session:
        session.add(Heartbeat(name="a", kind="worker", beat_at=MOMENT.astimezone(timezone(timedelta(hours=7)))))
    with database.sessions() as session:
        found = session.scalars(select(Heartbeat.beat_at).where(Heartbeat.beat_at <= MOMENT)).one()
    assert (found, found.tzinfo) == (MOMENT, UTC)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), writing(database.sessions) as session:
        session.add(Heartbeat(name="a", kind="worker", beat_at=MOMENT.replace(tzinfo=None)))


def test_a_row_of_an_unknown_conversation_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), writing(database.sessions) as session:
        session.add(
            Inbound(conversation_id="nobody", channel="w", account="w", event_id="1", seq=1, text="a", received_at=MOMENT)
        )


def test_an_outcome_that_is_not_in_the_contract_is_refused(database: Database) -> None:
    with writing(database.sessions) as session:
        session.add(Conversation(id="c", channel="w", account="w", external_id="c", opened_at=MOMENT))
    with pytest.raises(IntegrityError), writing(database.sessions) as session:
        session.add(
            Inbound(conversation_id="c", channel="w", account="w", event_id="1", seq=1, received_at=MOMENT, outcome="forgotten")
        )


def test_many_writers_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    with writing(database.sessions) as session:
        session.add(Conversation(id="c", channel="w", account="w", external_id="c", opened_at=MOMENT))

    def count_up(_number: int) -> None:
        with writing(database.sessions) as session:
            session.get_one(Conversation, "c", with_for_update=True).last_seq += 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_up, range(80)))
    with database.sessions() as session:
        assert session.get_one(Conversation, "c").last_seq == 80


def test_errors_do_not_show_the_values_of_a_statement(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, writing(database.sessions) as session:
        session.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": "0912345678"})
    assert "0912345678" not in str(caught.value)


@pytest.mark.parametrize("given", ["postgres://a@b/c", "postgresql://a@b/c"])
def test_short_addresses_mean_the_driver_that_we_ship(given: str) -> None:
    assert database_url(given).drivername == "postgresql+psycopg"


def test_other_databases_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql"):
        database_url("mysql://a@b/c")


@pytest.mark.parametrize("address", ["postgresql://a@b/c?pooler=session", "sqlite:///x?pooler=transaction"])
def test_a_kind_of_pooling_that_we_do_not_know_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="pooler="):
        create_database_engine(address)


def test_what_was_written_without_a_commit_is_gone(database: Database) -> None:
    with database.sessions() as session:
        session.execute(text("SELECT 1"))
        session.add(Heartbeat(name="a", kind="worker", beat_at=MOMENT))
        session.flush()
    with database.sessions() as session:
        assert session.scalars(select(Heartbeat.name)).all() == []


def test_reading_lets_the_server_keep_its_plans(database: Database) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite keeps no plans")
    for _ in range(10):
        with database.sessions() as session:
            session.scalars(select(Heartbeat.name)).all()
    with database.sessions() as session:
        prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%heartbeat%'")
        assert session.scalar(prepared) == 1
