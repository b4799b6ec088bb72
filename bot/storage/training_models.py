"""The ledger's tables of the trainers' work on models: training jobs, the candidates that they made, what a candidate answers
otherwise to real messages, and the fixed cases that trainers added."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base

_UNFINISHED = "state IN ('queued', 'running')"


class TrainingJob(Base):
    """One training with its measuring. At most one job runs and at most one waits: the database itself refuses a second.

    ``commit_sha``: the commit of the trainers' workspace that is trained from. ``options``: what was asked for
    (``bot.training.jobs.JobOptions``). ``step``: the step that runs, or the last one that did; ``progress``: 0 to 1 over the
    whole job; ``step_seconds``: how long each finished step took. ``log``: the last lines, no word of a citizen.
    ``cancel_asked_at``: the runner ends the job as soon as it sees this. ``runner`` and ``lease_until``: who works on it and
    until when that counts; ``attempts``: how often a runner has taken it up. ``failure``: in words for a trainer why it
    failed."""

    __tablename__ = "training_job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state_known"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress_share"),
        Index(
            "uq_training_job_one_of_a_kind",
            "state",
            unique=True,
            sqlite_where=text(_UNFINISHED),
            postgresql_where=text(_UNFINISHED),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    commit_sha: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, Any]]
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_name: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    step: Mapped[str | None] = mapped_column(String(24))
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    step_seconds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    log: Mapped[str] = mapped_column(Text, default="")
    cancel_asked_at: Mapped[datetime | None]
    cancel_asked_by: Mapped[str | None] = mapped_column(String(64))
    runner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    failure: Mapped[str | None] = mapped_column(Text)


class CandidateModel(Base):
    """A model that a job trained, beside the one that is live. ``path`` is relative to MODELS_DIR
    (``candidates/<id>/<name>.tar.gz``); ``sha256`` and ``size`` (bytes) are of that file. ``results``: figures alone, in the
    shape of ``bot.training.results``, None while it is being measured; the real messages that it answers otherwise are
    ``ReplayedAnswer`` rows (``bot.training.candidates.results_of`` puts both together). ``live_…``: the model that it was
    compared with, None where none was live."""

    __tablename__ = "candidate_model"
    __table_args__ = (UniqueConstraint("job_id"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("training_job.id"))
    name: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    commit_sha: Mapped[str] = mapped_column(String(64))
    trained_at: Mapped[datetime]
    results: Mapped[dict[str, Any] | None]
    measured_at: Mapped[datetime | None]
    live_name: Mapped[str | None] = mapped_column(String(120))
    live_sha256: Mapped[str | None] = mapped_column(String(64))


class ReplayedAnswer(Base):
    """A masked text of real traffic that a candidate understands or answers otherwise than the model then live. ``text_key``:
    which texts count as the same (``bot.training.texts.text_key``); ``times``: how often it was written, ``last_written_at``:
    when last. ``live`` and ``candidate``: how each understood it (``intent``, ``confidence``, ``clauses``). ``mark``: what a
    trainer thinks of the change."""

    __tablename__ = "replayed_answer"
    __table_args__ = (
        CheckConstraint("mark IN ('worse', 'better', 'same')", name="mark_known"),
        UniqueConstraint("candidate_id", "text_key"),
        Index("ix_replayed_answer_text_key", "text_key"),
        Index("ix_replayed_answer_last_written_at", "last_written_at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidate_model.id", ondelete="CASCADE"))
    text_key: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    times: Mapped[int] = mapped_column(Integer)
    last_written_at: Mapped[datetime]
    live: Mapped[dict[str, Any]]
    candidate: Mapped[dict[str, Any]]
    mark: Mapped[str | None] = mapped_column(String(8))
    marked_by: Mapped[str | None] = mapped_column(String(64))
    marked_at: Mapped[datetime | None]


class RegressionCase(Base):
    """A case that a trainer added to the fixed regression set. ``protected``: no model that gets it wrong may go live. A
    withdrawn case stays, with who withdrew it and when."""

    __tablename__ = "regression_case"
    __table_args__ = (
        Index(
            "uq_regression_case_in_force",
            "text_key",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    text_key: Mapped[str] = mapped_column(String(64))
    intent: Mapped[str] = mapped_column(String(80))
    protected: Mapped[bool]
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(64))
