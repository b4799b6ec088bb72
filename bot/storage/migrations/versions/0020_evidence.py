"""Dossiers as the portal lists them, counts by month, turns of scheduled tasks"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "registered_dossier",
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("source_system", sa.String(length=40), nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("unit_name", sa.String(length=300), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=True),
        sa.Column("agency", sa.String(length=80), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("status_code", sa.String(length=20), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=True),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("supplements", sa.JSON(), nullable=False),
        sa.Column("fee_due", sa.Boolean(), nullable=False),
        sa.Column("paid_online", sa.Boolean(), nullable=False),
        sa.Column("electronic_result", sa.Boolean(), nullable=True),
        sa.Column("digitised", sa.Boolean(), nullable=True),
        sa.Column("disliked", sa.Boolean(), nullable=True),
        sa.Column("as_of", _MOMENT, nullable=False),
        sa.Column("first_seen_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("missing_since", _MOMENT, nullable=True),
        sa.CheckConstraint("channel IN ('online', 'direct', 'postal')", name=op.f("ck_registered_dossier_channel_known")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_registered_dossier")),
    )
    op.create_index("ix_registered_dossier_procedure_received", "registered_dossier", ["procedure_code", "received_at"])
    op.create_index("ix_registered_dossier_received_at", "registered_dossier", ["received_at"])
    op.create_index("ix_registered_dossier_ended_at", "registered_dossier", ["ended_at"])
    op.create_table(
        "register_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=True),
        sa.CheckConstraint("kind IN ('changes', 'whole')", name=op.f("ck_register_run_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_run")),
    )
    op.create_index(op.f("ix_register_run_started_at"), "register_run", ["started_at"])
    op.create_table(
        "usage_count",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=30), nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=80), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=60), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "month", "measure", "procedure_code", "agency", "place_id", "channel", "detail", name=op.f("pk_usage_count")
        ),
    )
    op.create_table(
        "scheduled_turn",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_turn")),
    )


def downgrade() -> None:
    """Takes it back."""
    for table in ("scheduled_turn", "usage_count", "register_run", "registered_dossier"):
        op.drop_table(table)
