"""Training jobs and candidate models"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    """Applies the change."""
    _make_jobs()
    _make_candidates()
    _make_replayed_answers()
    _make_cases()


def _make_jobs() -> None:
    op.create_table(
        "training_job",
        sa.Column("id", _ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("options", _JSON, nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_name", sa.String(length=120), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("step", sa.String(length=24), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("step_seconds", _JSON, nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("cancel_asked_at", _MOMENT, nullable=True),
        sa.Column("cancel_asked_by", sa.String(length=64), nullable=True),
        sa.Column("runner", sa.String(length=120), nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_training_job_state_known")
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_training_job_progress_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_job")),
    )
    unfinished = sa.text("state IN ('queued', 'running')")
    op.create_index(
        "uq_training_job_one_of_a_kind",
        "training_job",
        ["state"],
        unique=True,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )


def _make_candidates() -> None:
    op.create_table(
        "candidate_model",
        sa.Column("id", _ID, nullable=False),
        sa.Column("job_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", _ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("trained_at", _MOMENT, nullable=False),
        sa.Column("results", _JSON, nullable=True),
        sa.Column("measured_at", _MOMENT, nullable=True),
        sa.Column("live_name", sa.String(length=120), nullable=True),
        sa.Column("live_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["training_job.id"], name=op.f("fk_candidate_model_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_model")),
        sa.UniqueConstraint("job_id", name=op.f("uq_candidate_model_job_id")),
    )


def _make_replayed_answers() -> None:
    op.create_table(
        "replayed_answer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("text_key", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_written_at", _MOMENT, nullable=False),
        sa.Column("live", _JSON, nullable=False),
        sa.Column("candidate", _JSON, nullable=False),
        sa.Column("mark", sa.String(length=8), nullable=True),
        sa.Column("marked_by", sa.String(length=64), nullable=True),
        sa.Column("marked_at", _MOMENT, nullable=True),
        sa.CheckConstraint("mark IN ('worse', 'better', 'same')", name=op.f("ck_replayed_answer_mark_known")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate_model.id"], name=op.f("fk_replayed_answer_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replayed_answer")),
        sa.UniqueConstraint("candidate_id", "text_key", name=op.f("uq_replayed_answer_candidate_id_text_key")),
    )
    op.create_index("ix_replayed_answer_text_key", "replayed_answer", ["text_key"])
    op.create_index("ix_replayed_answer_last_written_at", "replayed_answer", ["last_written_at"])


def _make_cases() -> None:
    op.create_table(
        "regression_case",
        sa.Column("id", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_key", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regression_case")),
    )
    in_force = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_regression_case_in_force",
        "regression_case",
        ["text_key"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )


def downgrade() -> None:
    """Takes it back."""
    for table in ("regression_case", "replayed_answer", "candidate_model", "training_job"):
        op.drop_table(table)
