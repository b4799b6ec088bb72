"""Steps of guided submissions, for counts"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "form_progress",
        sa.Column("draft_hash", sa.String(length=64), nullable=False),
        sa.Column("procedure_code", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.Column("step", sa.String(length=60), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('open', 'sent', 'cancelled', 'expired', 'discarded')", name=op.f("ck_form_progress_outcome_known")
        ),
        sa.PrimaryKeyConstraint("draft_hash", name=op.f("pk_form_progress")),
    )
    op.create_index(op.f("ix_form_progress_opened_at"), "form_progress", ["opened_at"])
    op.create_table(
        "usage_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("counted_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_usage_month")),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("usage_month")
    op.drop_table("form_progress")
