"""A job goes from the wish to a measured candidate, and whatever happens on the way it is never lost and never left running."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from bot.storage.database import Database, writing
from bot.storage.training_models import CandidateModel, TrainingJob
from bot.training.candidates import FILES_KEPT, changed_answers, model_file, results_of
from bot.training.jobs import LEASE, cancel_training
from bot.training.live import sha256_of
from bot.training.replay import read_traffic
from bot.training.results import Results
from motcua.training import progress, runner, steps
from motcua.training.steps import JobRun
from motcua.training.workshop import Workshop
from tests.bot.training.test_promotions import House
from tests.motcua.training.conftest import Folder, ask, runner_for, without_live, write_yesterday
from tests.motcua.training.test_commands import is_alive
from tests.moving_clock import MovingClock
from tests.waiting import wait_for


def job_of(database: Database, job_id: int) -> TrainingJob:
    with database.sessions() as session:
        return session.get_one(TrainingJob, job_id)


def measured(database: Database, job_id: int) -> tuple[CandidateModel, Results]:
    with database.sessions() as session:
        candidate = session.scalars(select(CandidateModel).where(CandidateModel.job_id == job_id)).one()
        results = results_of(session, candidate)
    assert results is not None
    return candidate, results


def test_a_whole_job_ends_with_a_measured_candidate(database: Database, workshop: Workshop, clock: MovingClock) -> None:
    write_yesterday(database, clock, ["phí thế nào", "Phí thế nào?", "phí ⟦phone:ab12cd⟧", "xin chào"])
    job_id = ask(database, clock)
    assert runner_for(database, workshop, clock).carry_out_next()
    job = job_of(database, job_id)
    assert (job.state, job.progress, job.failure) == ("done", 1.0, None)
    assert set(job.step_seconds) == {*steps.DO}
    candidate, results = measured(database, job_id)
    path = model_file(workshop.models_dir, candidate)
    assert candidate.path == f"candidates/{candidate.id}/{candidate.name}.tar.gz"
    assert sha256_of(path) == candidate.sha256
    assert (candidate.live_name, candidate.fingerprint, candidate.measured_at) == ("live", "f" * 64, clock())
    assert results.regression is not None
    assert (results.regression.total, results.regression.right, results.regression.live_right) == (3, 2, 1)
    assert results.protected is not None
    assert [case.text for case in results.protected.broken] == ["chào gấp"]
    assert results.conversations is not None
    assert results.conversations.failed == {"khai sinh": "sai"}
    assert results.cross_validation is not None
    assert results.replay is not None
    assert (results.replay.messages, results.replay.texts, results.replay.messages_changed) == (4, 3, 3)
    assert [(one.text, one.count) for one in results.replay.changed] == [("phí thế nào", 2), ("phí ⟦phone:ab12cd⟧", 1)]
    assert results.not_measured == {}
    assert not workshop.job_folder(job_id).exists(), "nothing of the traffic lies about"


def test_old_candidates_lose_their_files_but_not_what_a_promotion_waits_for(
    database: Database, workshop: Workshop, clock: MovingClock
) -> None:
    house = House(database, workshop.models_dir)
    waiting = house.proposed()
    others = [house.candidate(content=f"candidate {number}".encode()) for number in range(FILES_KEPT + 1)]
    write_yesterday(database, clock, ["phí thế nào"])
    ask(database, clock)
    runner_for(database, workshop, clock).carry_out_next()
    folders = {int(folder.name) for folder in (workshop.models_dir / "candidates").iterdir()}
    assert others[0] not in folders
    assert {waiting, *others[1:]} <= folders
    with database.sessions() as session:
        assert session.get_one(CandidateModel, others[0]).results is not None


def test_without_a_live_model_the_candidate_is_measured_alone_and_says_so(
    database: Database, workshop: Workshop, clock: MovingClock
) -> None:
    write_yesterday(database, clock, ["phí thế nào"])
    job_id = ask(database, clock)
    runner_for(database, without_live(workshop), clock).carry_out_next()
    candidate, results = measured(database, job_id)
    assert candidate.live_name is None
    assert results.regression is not None
    assert results.regression.live_right is None
    assert results.replay is None
    assert set(results.not_measured) == {"live", "replay"}


def test_a_fixed_message_that_is_trained_on_does_not_count(
    database: Database, workshop: Workshop, clock: MovingClock, source: Folder
) -> None:
    source.examples = "nlu:\n- intent: ask_fee\n  examples: |\n    - Phí [bao nhiêu](amount)?\n"
    job_id = ask(database, clock)
    runner_for(database, workshop, clock).carry_out_next()
    _, results = measured(database, job_id)
    assert results.regression is not None
    assert results.regression.total == 2
    assert "bỏ 1 câu" in job_of(database, job_id).log


@pytest.mark.parametrize(
    ("behaviour", "commit", "reason"),
    [
        ("fail-validate", "c", "Dữ liệu huấn luyện có lỗi: kết thúc với mã 1"),
        ("fail-train", "c", "train went wrong"),
        ("fail-parse", "c", "không hiểu được bộ câu cố định"),
        ("", "gone", "Không lấy được dữ liệu"),
    ],
    ids=["bad-data", "training-fails", "model-says-nothing", "no-such-commit"],
)
def test_a_job_that_cannot_go_on_fails_with_the_reason(
    database: Database, workshop: Workshop, clock: MovingClock, source: Folder, behaviour: str, commit: str, reason: str
) -> None:
    source.behaviour = behaviour
    job_id = ask(database, clock, commit=commit)
    runner_for(database, workshop, clock).carry_out_next()
    job = job_of(database, job_id)
    assert job.state == "failed"
    assert reason in (job.failure or "")
    assert not workshop.job_folder(job_id).exists()
    assert not runner_for(database, workshop, clock).carry_out_next(), "a failed job is not begun again"


def test_a_measure_that_fails_is_named_and_the_others_are_kept(
    database: Database, workshop: Workshop, clock: MovingClock, source: Folder
) -> None:
    source.behaviour = "fail-cross-validate fail-live"
    job_id = ask(database, clock)
    runner_for(database, workshop, clock).carry_out_next()
    _, results = measured(database, job_id)
    assert "cross-validate went wrong" in results.not_measured["cross_validation"]
    assert results.cross_validation is None
    assert "live" in results.not_measured
    assert results.conversations is not None


def test_parts_that_were_not_asked_for_are_left_out(database: Database, workshop: Workshop, clock: MovingClock) -> None:
    job_id = ask(database, clock, cross_validation=False, conversations=False)
    runner_for(database, workshop, clock).carry_out_next()
    _, results = measured(database, job_id)
    assert (results.cross_validation, results.conversations) == (None, None)
    assert set(results.not_measured) == {"cross_validation", "conversations"}


def test_no_room_on_the_disk_is_said_before_anything_is_done(
    database: Database, workshop: Workshop, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motcua.training.workshop.FREE_BYTES_NEEDED", 1 << 62)
    job_id = ask(database, clock)
    runner_for(database, workshop, clock).carry_out_next()
    assert "Ổ đĩa" in (job_of(database, job_id).failure or "")


def hanging_pid(shop: Workshop, job_id: int) -> int:
    """The stand-in that hangs, once it does."""
    path = shop.job_folder(job_id) / "project" / "hanging"
    return int(wait_for(lambda: path.exists() and path.read_text(encoding="utf-8"), what="the command that hangs"))


def test_cancelling_ends_the_training_at_once_and_leaves_nothing(
    database: Database, workshop: Workshop, clock: MovingClock, source: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TOLD_EVERY_SECONDS", 0.0)
    source.behaviour = "hang-train"
    job_id = ask(database, clock)
    working = threading.Thread(target=runner_for(database, workshop, clock).carry_out_next)
    working.start()
    pid = hanging_pid(workshop, job_id)
    with writing(database.sessions) as session:
        cancel_training(session, job_id, "hoa", clock())
    working.join(30)
    assert job_of(database, job_id).state == "cancelled"
    assert not is_alive(pid)
    assert not workshop.unfinished_models(job_id).exists()


def test_a_runner_that_is_stopped_lays_the_job_down_and_the_next_one_ends_it(
    database: Database, workshop: Workshop, clock: MovingClock, source: Folder
) -> None:
    source.behaviour = "hang-cross-validate"
    job_id = ask(database, clock)
    first = runner_for(database, workshop, clock)
    working = threading.Thread(target=first.run)
    working.start()
    pid = hanging_pid(workshop, job_id)
    first.stop()
    working.join(30)
    assert not is_alive(pid)
    trained = job_of(database, job_id)
    assert (trained.state, trained.runner) == ("running", None)
    project = workshop.job_folder(job_id) / "project"
    (project / "behaviour").write_text("fail-train fail-parse", encoding="utf-8")  # what is done is not done again
    assert runner_for(database, workshop, clock, "two").carry_out_next()
    assert job_of(database, job_id).state == "done"
    assert measured(database, job_id)[1].cross_validation is not None


class PowerCutError(BaseException):
    """The machine goes off."""


def test_after_a_crash_in_a_step_the_job_is_taken_up_once_its_lease_ran_out(
    database: Database, workshop: Workshop, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(database, clock)

    def crash(_run: JobRun) -> None:
        raise PowerCutError

    monkeypatch.setattr(steps, "DO", {**steps.DO, "understand": crash})
    monkeypatch.setattr(runner, "DO", steps.DO)
    with pytest.raises(PowerCutError):
        runner_for(database, workshop, clock).carry_out_next()
    monkeypatch.undo()
    assert not runner_for(database, workshop, clock, "two").carry_out_next(), "the lease still holds"
    clock.move(seconds=LEASE.total_seconds() + 1)
    assert runner_for(database, workshop, clock, "two").carry_out_next()
    job = job_of(database, job_id)
    assert (job.state, job.attempts) == ("done", 2)
    with database.sessions() as session:
        assert len(session.scalars(select(CandidateModel)).all()) == 1, "the model was not trained twice"


def test_a_runner_that_lost_its_job_stops_working_on_it(
    database: Database, workshop: Workshop, clock: MovingClock, source: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TOLD_EVERY_SECONDS", 0.0)
    source.behaviour = "hang-train"
    job_id = ask(database, clock)
    working = threading.Thread(target=runner_for(database, workshop, clock).carry_out_next)
    working.start()
    pid = hanging_pid(workshop, job_id)
    with writing(database.sessions) as session:
        session.get_one(TrainingJob, job_id).runner = "two"
    working.join(30)
    assert not is_alive(pid)
    assert job_of(database, job_id).state == "running", "the job is the other runner's"


def test_days_may_be_chosen(database: Database, workshop: Workshop, clock: MovingClock) -> None:
    write_yesterday(database, clock, ["phí thế nào"])
    clock.move(days=10)
    day = (clock() - timedelta(days=11)).date().isoformat()
    job_id = ask(database, clock, replay_since=day, replay_until=day)
    runner_for(database, workshop, clock).carry_out_next()
    candidate, _ = measured(database, job_id)
    with database.sessions() as session:
        assert [row.text for row in changed_answers(session, candidate.id)] == ["phí thế nào"]


def test_a_busy_days_traffic_is_sampled_and_the_result_says_so(
    database: Database, workshop: Workshop, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "read_traffic", partial(read_traffic, most=2))
    write_yesterday(database, clock, ["phí một", "phí hai", "phí hai", "phí ba"])
    job_id = ask(database, clock)
    runner_for(database, workshop, clock).carry_out_next()
    _, results = measured(database, job_id)
    assert results.replay is not None
    assert (results.replay.texts, results.replay.tried) == (3, 2)
    assert results.replay.changed[0].text == "phí hai", "what is written most is tried first"
