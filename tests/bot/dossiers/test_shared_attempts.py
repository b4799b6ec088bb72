"""The lock-out over the ledger: one count for all processes, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from bot.dossiers.attempts import Attempt, AttemptsInMemory, Locked
from bot.dossiers.shared_attempts import SharedAttempts, forget_old_attempts
from bot.storage.database import Database, open_database, writing
from bot.storage.dossier_models import WrongProof

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


def rows(database: Database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(WrongProof)) or 0


def test_the_sixth_wrong_try_is_locked_until_the_first_is_fifteen_minutes_old(database: Database) -> None:
    attempts = SharedAttempts(database.sessions)
    for minute in range(5):
        assert isinstance(attempts.take("c1", NOW + timedelta(minutes=minute)), Attempt)
    assert attempts.take("c1", NOW + timedelta(minutes=5)) == Locked(NOW + timedelta(minutes=15))
    assert isinstance(attempts.take("c2", NOW), Attempt), "another citizen is not locked"
    assert isinstance(attempts.take("c1", NOW + timedelta(minutes=15)), Attempt)


def test_another_process_counts_on(database: Database, database_url: str) -> None:
    other = open_database(database_url)
    for _ in range(3):
        SharedAttempts(database.sessions).take("c1", NOW)
    for _ in range(2):
        SharedAttempts(other.sessions).take("c1", NOW)
    assert isinstance(SharedAttempts(database.sessions).take("c1", NOW), Locked)
    other.engine.dispose()


def test_fifty_tries_at_once_from_two_processes_get_five(database: Database, database_url: str) -> None:
    other = open_database(database_url, pool_size=8)
    desks = [SharedAttempts(database.sessions), SharedAttempts(other.sessions)]
    with ThreadPoolExecutor(16) as threads:
        taken = list(threads.map(lambda n: desks[n % 2].take("c1", NOW, "address"), range(50)))
    assert sum(isinstance(one, Attempt) for one in taken) == 5
    assert rows(database) == 10, "a try that was refused is written nowhere"
    other.engine.dispose()


def test_a_try_that_proved_right_is_given_back_once(database: Database) -> None:
    attempts = SharedAttempts(database.sessions)
    right = attempts.take("c1", NOW)
    assert isinstance(right, Attempt)
    for _ in range(4):
        attempts.take("c1", NOW)
    for _ in range(2):
        attempts.give_back(right)
    assert isinstance(attempts.take("c1", NOW), Attempt)
    assert isinstance(attempts.take("c1", NOW), Locked)


def test_an_address_has_twenty_look_ups_a_minute_right_or_wrong(database: Database) -> None:
    for attempts in (SharedAttempts(database.sessions), AttemptsInMemory()):
        for number in range(20):
            taken = attempts.take(f"c{number}", NOW, "home")
            assert isinstance(taken, Attempt)
            attempts.give_back(taken)
        assert attempts.take("c21", NOW + timedelta(seconds=30), "home") == Locked(NOW + timedelta(minutes=1))
        assert isinstance(attempts.take("c21", NOW, "elsewhere"), Attempt)
        assert isinstance(attempts.take("c22", NOW, None), Attempt), "a platform has no address"
        assert isinstance(attempts.take("c21", NOW + timedelta(minutes=1), "home"), Attempt)


def test_an_address_that_is_locked_costs_the_citizen_no_try(database: Database) -> None:
    attempts = SharedAttempts(database.sessions)
    for number in range(20):
        attempts.take(f"c{number}", NOW, "home")
    for _ in range(10):
        assert isinstance(attempts.take("mine", NOW, "home"), Locked)
    assert isinstance(attempts.take("mine", NOW, "mobile"), Attempt)


def test_old_tries_are_forgotten(database: Database) -> None:
    attempts = SharedAttempts(database.sessions)
    attempts.take("c1", NOW, "home")
    attempts.take("c1", NOW + timedelta(minutes=10))
    with writing(database.sessions) as session:
        assert forget_old_attempts(session, NOW + timedelta(minutes=15)) == 2
    assert rows(database) == 1
