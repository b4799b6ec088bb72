"""Promotions, engine slots and canaries"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "promotion",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("candidate_id", _ROW_ID, nullable=True),
        sa.Column("model_name", sa.String(length=200), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("overridden_by", sa.String(length=80), nullable=True),
        sa.Column("overridden_at", _MOMENT, nullable=True),
        sa.Column("override_reason", sa.String(length=400), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decision_reason", sa.String(length=400), nullable=True),
        sa.Column("slot", sa.String(length=1), nullable=True),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("finishes_itself", sa.Boolean(), nullable=False),
        sa.Column("replaces_id", _ROW_ID, nullable=True),
        sa.Column("canary_at", _MOMENT, nullable=True),
        sa.Column("share_at", _MOMENT, nullable=True),
        sa.Column("live_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("end_reason", sa.String(length=400), nullable=True),
        sa.Column("measured", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "state IN ('refused', 'proposed', 'approved', 'canary', 'live', 'replaced', 'returned')",
            name=op.f("ck_promotion_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index(op.f("ix_promotion_candidate_id"), "promotion", ["candidate_id"], unique=False)
    op.create_index("ix_promotion_state", "promotion", ["state"], unique=False)
    op.create_table(
        "engine_slot",
        sa.Column("slot", sa.String(length=1), nullable=False),
        sa.Column("model_name", sa.String(length=200), nullable=True),
        sa.Column("model_sha256", sa.String(length=64), nullable=True),
        sa.Column("assigned_at", _MOMENT, nullable=True),
        sa.Column("loaded_name", sa.String(length=200), nullable=True),
        sa.Column("loaded_sha256", sa.String(length=64), nullable=True),
        sa.Column("ready_at", _MOMENT, nullable=True),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("smoke_sha256", sa.String(length=64), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=True),
        sa.CheckConstraint("slot IN ('a', 'b')", name=op.f("ck_engine_slot_slot_known")),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_engine_slot")),
    )
    op.create_table(
        "engine_route",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("live_slot", sa.String(length=1), nullable=False),
        sa.Column("canary_slot", sa.String(length=1), nullable=True),
        sa.Column("previous_slot", sa.String(length=1), nullable=True),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("promotion_id", _ROW_ID, nullable=True),
        sa.Column("live_promotion_id", _ROW_ID, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_engine_route")),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("engine_route")
    op.drop_table("engine_slot")
    op.drop_table("promotion")
