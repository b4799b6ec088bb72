"""Training jobs: asked for by a trainer, carried out by one runner at a time, ended or cancelled; at most one runs and one waits.

A runner holds a job by a lease that it renews. One whose lease ran out is taken up again by whoever comes first, and whoever lost
it finds out at the next word about it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from sqlalchemy import ColumnElement, CursorResult, Select, Update, and_, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from bot.storage.database import SessionFactory, writing
from bot.storage.training_models import CandidateModel, TrainingJob

LEASE = timedelta(seconds=45)
MOST_ATTEMPTS = 3
"""A job whose runner died this often fails: it would take the next one with it."""
LONGEST_LOG = 20_000
LONGEST_REPLAY_DAYS = 31
HEARTBEAT_KIND = "trainer"
SILENT_AFTER = timedelta(seconds=60)
"""A trainer that gave no sign of life for so long does not run."""

Refusal = Literal["one_waits", "no_job", "over"]
Ended = Literal["done", "failed", "cancelled"]


class JobRefusedError(ValueError):
    """What was asked for cannot be: ``reason`` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason


class LostJobError(Exception):
    """The job is no longer this runner's: another one has taken it up, or it has ended."""


class JobOptions(BaseModel):
    """What a job is asked for. Replayed are the messages of the Vietnam days ``replay_since`` to ``replay_until``, yesterday's
    where neither is given. Parts that take long can be left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    replay_since: date | None = None
    replay_until: date | None = None
    cross_validation: bool = True
    conversations: bool = True

    @model_validator(mode="after")
    def _range_in_order(self) -> Self:
        if (self.replay_since is None) != (self.replay_until is None):
            raise ValueError("a range of days needs both ends")
        if self.replay_since is not None and self.replay_until is not None:
            days = (self.replay_until - self.replay_since).days
            if not 0 <= days < LONGEST_REPLAY_DAYS:
                raise ValueError(f"a range of days has 1 to {LONGEST_REPLAY_DAYS} days")
        return self


@dataclass(frozen=True)
class ClaimedJob:
    """A job in the hands of a runner. ``step``: where an earlier runner was when it stopped, None for a new job."""

    id: int
    commit_sha: str
    options: JobOptions
    step: str | None
    attempts: int
    step_seconds: Mapping[str, float]
    log: str


@dataclass(frozen=True)
class Sign:
    """What a runner tells of its job now and then."""

    step: str
    progress: float
    log: str
    step_seconds: Mapping[str, float]


def ask_for_training(
    session: Session, commit_sha: str, options: JobOptions, account: str, name: str, now: datetime
) -> TrainingJob:
    """Puts a job into the queue. Raises ``JobRefusedError`` where one waits already."""
    if session.scalar(select(TrainingJob.id).where(TrainingJob.state == "queued")) is not None:
        raise JobRefusedError("one_waits")
    wanted = options.model_dump(mode="json")
    job = TrainingJob(commit_sha=commit_sha, options=wanted, asked_by=account, asked_name=name, asked_at=now, state="queued")
    try:
        with session.begin_nested():
            session.add(job)
            session.flush()
    except IntegrityError as error:
        # Two asked in the same moment; the database let one in.
        raise JobRefusedError("one_waits") from error
    return job


def cancel_training(session: Session, job_id: int, account: str, now: datetime) -> TrainingJob:
    """A waiting job is cancelled at once, a running one as soon as its runner sees the wish. Raises ``JobRefusedError``."""
    waiting = and_(TrainingJob.id == job_id, TrainingJob.state == "queued")
    gone = {"state": "cancelled", "finished_at": now, "cancel_asked_at": now, "cancel_asked_by": account}
    if not _changed(session, update(TrainingJob).where(waiting).values(**gone)):
        running = and_(TrainingJob.id == job_id, TrainingJob.state == "running")
        wish = {"cancel_asked_at": now, "cancel_asked_by": account}
        if not _changed(session, update(TrainingJob).where(running).values(**wish)):
            raise JobRefusedError("over" if session.get(TrainingJob, job_id) is not None else "no_job")
    return session.get_one(TrainingJob, job_id, populate_existing=True)


def claim_job(sessions: SessionFactory, runner: str, now: datetime) -> ClaimedJob | None:
    """The job that this runner now holds: one whose runner is gone before one that waits; None where there is nothing to do.

    Jobs that cannot be carried out (cancelled meanwhile, too many runners lost, options that cannot be read) are ended on the
    way."""
    with sessions() as session:
        if session.scalar(_claimable(now).with_only_columns(TrainingJob.id).limit(1)) is None:
            return None
    try:
        with writing(sessions) as session:
            return _claimed(session, runner, now)
    except IntegrityError:
        return None  # another runner has just begun one


def _claimable(now: datetime) -> Select[Any]:
    other = aliased(TrainingJob)
    abandoned = and_(TrainingJob.state == "running", or_(TrainingJob.lease_until.is_(None), TrainingJob.lease_until <= now))
    free = and_(TrainingJob.state == "queued", ~exists().where(other.state == "running"))
    return select(TrainingJob).where(or_(abandoned, free)).order_by(TrainingJob.id)


def _claimed(session: Session, runner: str, now: datetime) -> ClaimedJob | None:
    for job in session.scalars(_claimable(now).with_for_update()).all():
        if (options := _options_to_carry_out(job, now)) is None:
            continue
        attempts = job.attempts + 1
        taken = {"state": "running", "runner": runner, "lease_until": now + LEASE, "attempts": attempts}
        mine = and_(TrainingJob.id == job.id, TrainingJob.state == job.state, TrainingJob.attempts == job.attempts)
        started = job.started_at or now
        if _changed(session, update(TrainingJob).where(mine).values(**taken, started_at=started)):
            seconds = {step: float(value) for step, value in job.step_seconds.items()}
            return ClaimedJob(job.id, job.commit_sha, options, job.step, attempts, seconds, job.log)
    return None


def _options_to_carry_out(job: TrainingJob, now: datetime) -> JobOptions | None:
    """The options of a job that can go on; ends it where it cannot."""
    if job.cancel_asked_at is not None:
        _end(job, "cancelled", now, None)
        return None
    if job.attempts >= MOST_ATTEMPTS:
        _end(job, "failed", now, f"Trình huấn luyện đã dừng giữa chừng {job.attempts} lần ở bước «{job.step}».")
        return None
    try:
        return JobOptions.model_validate(job.options)
    except ValidationError:
        _end(job, "failed", now, "Không đọc được lựa chọn của lần huấn luyện này.")
        return None


def _end(job: TrainingJob, state: Ended, now: datetime, failure: str | None) -> None:
    job.state, job.finished_at, job.failure = state, now, failure
    job.runner = job.lease_until = None


def tell(sessions: SessionFactory, job_id: int, runner: str, sign: Sign, now: datetime) -> bool:
    """Writes how far the job is and renews the lease; returns whether somebody wants it cancelled. Raises ``LostJobError``."""
    with writing(sessions) as session:
        told = {
            "step": sign.step,
            "progress": min(1.0, max(0.0, sign.progress)),
            "log": sign.log[-LONGEST_LOG:],
            "step_seconds": dict(sign.step_seconds),
            "lease_until": now + LEASE,
        }
        if not _changed(session, update(TrainingJob).where(_held(job_id, runner)).values(**told)):
            raise LostJobError
        return session.scalar(select(TrainingJob.cancel_asked_at).where(TrainingJob.id == job_id)) is not None


def end_job(session: Session, job_id: int, runner: str, state: Ended, now: datetime, failure: str | None = None) -> None:
    """Ends the job that this runner holds. Raises ``LostJobError``."""
    over: dict[str, Any] = {"state": state, "finished_at": now, "failure": failure, "runner": None, "lease_until": None}
    if state == "done":
        over["progress"] = 1.0
    if not _changed(session, update(TrainingJob).where(_held(job_id, runner)).values(**over)):
        raise LostJobError


def lay_down(sessions: SessionFactory, job_id: int, runner: str, now: datetime) -> None:
    """The runner stops in good order: the next one need not wait for the lease, and this does not count as a lost runner."""
    with writing(sessions) as session:
        mine = update(TrainingJob).where(_held(job_id, runner))
        session.execute(mine.values(lease_until=now, runner=None, attempts=TrainingJob.attempts - 1))


def _held(job_id: int, runner: str) -> ColumnElement[bool]:
    return and_(TrainingJob.id == job_id, TrainingJob.state == "running", TrainingJob.runner == runner)


def _changed(session: Session, statement: Update) -> int:
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment] # so for updates
    return result.rowcount


def jobs_newest_first(session: Session, limit: int = 30) -> Sequence[tuple[TrainingJob, CandidateModel | None]]:
    """The newest jobs, each with the candidate that it made."""
    query = select(TrainingJob, CandidateModel).outerjoin(CandidateModel, CandidateModel.job_id == TrainingJob.id)
    return [(job, candidate) for job, candidate in session.execute(query.order_by(TrainingJob.id.desc()).limit(limit))]


def unfinished_jobs(session: Session) -> Sequence[TrainingJob]:
    """The job that runs, then the one that waits."""
    query = select(TrainingJob).where(TrainingJob.state.in_(("running", "queued")))
    return session.scalars(query.order_by(TrainingJob.state.desc())).all()
