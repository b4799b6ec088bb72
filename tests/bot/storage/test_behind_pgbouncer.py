"""The ledger behind a real PgBouncer in transaction mode: what it promises does not count on a session of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from bot.storage.database import Database, open_database, writing
from bot.storage.migrate import is_at_head, upgrade
from bot.storage.wakeup import NotifiedWakeup, PolledWakeup, announce_inbound, wakeup_for
from tests.bot.conversations.test_ledger import (
    clock,
    intake,
    test_fifty_workers_claim_and_one_wins,
    test_one_event_delivered_by_many_at_once_is_stored_once,
)
from tests.bot.dossiers.test_shared_attempts import test_fifty_tries_at_once_from_two_processes_get_five
from tests.bot.storage.test_database import (
    test_errors_do_not_show_the_values_of_a_statement,
    test_many_writers_wait_for_each_other_and_lose_nothing,
    test_moments_come_back_in_utc_whatever_zone_they_had,
)
from tests.databases import THROUGH_PGBOUNCER, direct_url
from tests.waiting import wait_for

__all__ = [
    "clock",
    "intake",
    "test_errors_do_not_show_the_values_of_a_statement",
    "test_fifty_tries_at_once_from_two_processes_get_five",
    "test_fifty_workers_claim_and_one_wins",
    "test_many_writers_wait_for_each_other_and_lose_nothing",
    "test_moments_come_back_in_utc_whatever_zone_they_had",
    "test_one_event_delivered_by_many_at_once_is_stored_once",
]

pytestmark = THROUGH_PGBOUNCER
LIMITS = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('timezone')"


def test_the_limits_hold_in_every_transaction_and_leak_into_none(database_url: str) -> None:
    patient = open_database(database_url, lock_wait_ms=30_000)
    hasty = open_database(database_url, lock_wait_ms=1_000)

    def limits_of(database: Database) -> tuple[str, ...]:
        with database.sessions() as session:
            return tuple(session.execute(text(LIMITS)).one())

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(limits_of, [patient, hasty] * 40))
    patient.engine.dispose()
    hasty.engine.dispose()
    assert found == [("30s", "15s", "UTC"), ("1s", "15s", "UTC")] * 40


def test_without_the_word_pooler_the_first_connection_says_that_something_is_amiss(database_url: str) -> None:
    plain = make_url(database_url).difference_update_query(["pooler"]).render_as_string(hide_password=False)
    with pytest.raises(OperationalError, match="unsupported startup parameter: options"):
        open_database(plain).engine.connect()


def test_the_tables_are_made_through_it(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    assert is_at_head(database.engine)
    database.engine.dispose()


def test_more_transactions_than_server_connections_wait_for_each_other(database: Database) -> None:
    both = threading.Barrier(16)

    def ask(number: int) -> int:
        both.wait()
        with database.sessions() as session:
            session.execute(text("SELECT pg_sleep(0.02)"))
            return int(session.execute(text("SELECT :number"), {"number": number}).scalar_one())

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(ask, range(16))) == list(range(16))


def test_notices_are_heard_on_the_direct_address_only(database: Database, database_url: str) -> None:
    assert type(wakeup_for(database_url)) is PolledWakeup
    wakeup = wakeup_for(database_url, direct_url=direct_url(database_url))
    assert isinstance(wakeup, NotifiedWakeup)
    stop = threading.Event()
    try:
        wait_for(lambda: wakeup.wait(stop), what="listening")
        with writing(database.sessions) as session:
            announce_inbound(session)
        wait_for(lambda: wakeup.wait(stop), what="a notice of what was announced through the pooler")
    finally:
        wakeup.close()
