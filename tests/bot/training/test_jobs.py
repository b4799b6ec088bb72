"""At most one job runs and one waits; a job is never lost and never in two hands."""

from datetime import date, timedelta

import pytest

from bot.storage.database import Database, writing
from bot.storage.training_models import TrainingJob
from bot.training.jobs import (
    LEASE,
    MOST_ATTEMPTS,
    JobOptions,
    JobRefusedError,
    LostJobError,
    Sign,
    ask_for_training,
    cancel_training,
    claim_job,
    end_job,
    lay_down,
    tell,
)
from tests.bot.training.conftest import NOW

SIGN = Sign("train", 0.4, "đang huấn luyện\n", {"prepare": 1.0})


def ask(database: Database, options: JobOptions | None = None) -> int:
    with writing(database.sessions) as session:
        return ask_for_training(session, "c" * 40, options or JobOptions(), "hoa", "Hoa", NOW).id


def job_of(database: Database, job_id: int) -> TrainingJob:
    with database.sessions() as session:
        return session.get_one(TrainingJob, job_id)


def test_a_second_wish_waits_and_a_third_is_refused(database: Database) -> None:
    first = ask(database)
    assert claim_job(database.sessions, "one", NOW) is not None
    second = ask(database)
    with pytest.raises(JobRefusedError, match="one_waits"):
        ask(database)
    assert claim_job(database.sessions, "two", NOW) is None, "the first still runs"
    with writing(database.sessions) as session:
        end_job(session, first, "one", "done", NOW)
    claimed = claim_job(database.sessions, "two", NOW)
    assert claimed is not None
    assert claimed.id == second
    assert job_of(database, first).progress == 1.0


def test_a_job_whose_runner_is_gone_is_taken_up_where_it_stood_and_the_old_runner_hears_it(database: Database) -> None:
    job_id = ask(database)
    claim_job(database.sessions, "one", NOW)
    tell(database.sessions, job_id, "one", SIGN, NOW)
    assert claim_job(database.sessions, "two", NOW + LEASE / 2) is None
    again = claim_job(database.sessions, "two", NOW + 2 * LEASE)
    assert again is not None
    assert (again.step, again.attempts, again.step_seconds) == ("train", 2, {"prepare": 1.0})
    with pytest.raises(LostJobError):
        tell(database.sessions, job_id, "one", SIGN, NOW + 2 * LEASE)
    with pytest.raises(LostJobError), writing(database.sessions) as session:
        end_job(session, job_id, "one", "done", NOW)
    assert job_of(database, job_id).state == "running"


def test_a_job_that_takes_its_runners_with_it_fails_with_the_step(database: Database) -> None:
    job_id = ask(database)
    at = NOW
    for number in range(MOST_ATTEMPTS):
        assert claim_job(database.sessions, f"r{number}", at) is not None
        tell(database.sessions, job_id, f"r{number}", SIGN, at)
        at += 2 * LEASE
    assert claim_job(database.sessions, "last", at) is None
    ended = job_of(database, job_id)
    assert ended.state == "failed"
    assert "train" in (ended.failure or "")


def test_a_runner_that_stops_in_good_order_costs_the_job_nothing(database: Database) -> None:
    job_id = ask(database)
    claim_job(database.sessions, "one", NOW)
    lay_down(database.sessions, job_id, "one", NOW)
    again = claim_job(database.sessions, "two", NOW)
    assert again is not None
    assert again.attempts == 1


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_when_its_runner_looks(database: Database) -> None:
    running = ask(database)
    claim_job(database.sessions, "one", NOW)
    waiting = ask(database)
    with writing(database.sessions) as session:
        assert cancel_training(session, waiting, "hoa", NOW).state == "cancelled"
        assert cancel_training(session, running, "hoa", NOW).state == "running"
    assert tell(database.sessions, running, "one", SIGN, NOW) is True
    with writing(database.sessions) as session:
        end_job(session, running, "one", "cancelled", NOW)
    for job_id, reason in ((running, "over"), (99_999, "no_job")):
        with pytest.raises(JobRefusedError, match=reason), writing(database.sessions) as session:
            cancel_training(session, job_id, "hoa", NOW)


def test_a_job_cancelled_while_nobody_holds_it_is_not_taken_up(database: Database) -> None:
    job_id = ask(database)
    claim_job(database.sessions, "one", NOW)
    with writing(database.sessions) as session:
        cancel_training(session, job_id, "hoa", NOW)
    assert claim_job(database.sessions, "two", NOW + 2 * LEASE) is None
    assert job_of(database, job_id).state == "cancelled"


@pytest.mark.parametrize("days", [-1, 31], ids=["backwards", "too-long"])
def test_a_range_of_days_that_makes_no_sense_is_refused(days: int) -> None:
    first = date(2026, 11, 1)
    with pytest.raises(ValueError, match="range of days"):
        JobOptions(replay_since=first, replay_until=first + timedelta(days=days))
    with pytest.raises(ValueError, match="both ends"):
        JobOptions(replay_since=first)
