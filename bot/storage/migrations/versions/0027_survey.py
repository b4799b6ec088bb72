"""Survey of closed dossiers, ratings of conversations"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    _waves()
    _answers()
    _exports()
    _ratings()


def _waves() -> None:
    op.create_table(
        "survey_wave",
        sa.Column("id", _ID, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("expected_response", sa.Integer(), nullable=False),
        sa.Column("spared_months", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("questions_version", sa.String(length=20), nullable=False),
        sa.Column("frame_hash", sa.String(length=64), nullable=False),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('drawn', 'inviting', 'open', 'closed')", name=op.f("ck_survey_wave_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_wave")),
    )
    op.create_table(
        "survey_sampled",
        sa.Column("wave_id", _ID, nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("stratum", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'refused')", name=op.f("ck_survey_sampled_state_known")),
        sa.ForeignKeyConstraint(["wave_id"], ["survey_wave.id"], name=op.f("fk_survey_sampled_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "record_id", name=op.f("pk_survey_sampled")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_survey_sampled_record_id", "survey_sampled", ["record_id"])


def _answers() -> None:
    op.create_table(
        "survey_link",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("wave_id", _ID, nullable=False),
        sa.Column("stratum", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["survey_wave.id"], name=op.f("fk_survey_link_wave_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_survey_link")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_link_wave_id"), "survey_link", ["wave_id"])
    op.create_table(
        "survey_answer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", _ID, nullable=False),
        sa.Column("stratum", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["survey_wave.id"], name=op.f("fk_survey_answer_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_survey_answer_wave_id", "survey_answer", ["wave_id"])


def _exports() -> None:
    op.create_table(
        "survey_export",
        sa.Column("id", _ID, nullable=False),
        sa.Column("wave_id", _ID, nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'made', 'refused')", name=op.f("ck_survey_export_state_known")),
        sa.ForeignKeyConstraint(["wave_id"], ["survey_wave.id"], name=op.f("fk_survey_export_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_export")),
    )
    op.create_index(op.f("ix_survey_export_wave_id"), "survey_export", ["wave_id"])


def _ratings() -> None:
    op.create_table(
        "conversation_rating",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("occasion", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("intent", sa.String(length=60), nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("score", sa.String(length=8), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("rated_at", _MOMENT, nullable=True),
        sa.CheckConstraint("score IN ('good', 'poor')", name=op.f("ck_conversation_rating_score_known")),
        sa.CheckConstraint("occasion IN ('idle', 'goodbye')", name=op.f("ck_conversation_rating_occasion_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_conversation_rating_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_rating")),
    )
    op.create_index("ix_conversation_rating_asked_at", "conversation_rating", ["asked_at"])
    op.create_index("ix_conversation_rating_conversation_id", "conversation_rating", ["conversation_id"])


def downgrade() -> None:
    """Takes it back."""
    for table in ("conversation_rating", "survey_export", "survey_answer", "survey_link", "survey_sampled", "survey_wave"):
        op.drop_table(table)
