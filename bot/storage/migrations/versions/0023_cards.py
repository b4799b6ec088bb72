"""Service cards"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "service_card",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("agencies", sa.Text(), nullable=False),
        sa.Column("missing", sa.String(length=120), nullable=False),
        sa.Column("doubtful", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("made_from", sa.String(length=64), nullable=False),
        sa.Column("looks_again_on", sa.Date(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("live_from", _MOMENT, nullable=False),
        sa.Column("live_until", _MOMENT, nullable=True),
        sa.CheckConstraint("origin IN ('reviewed', 'imported')", name=op.f("ck_service_card_origin_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_card")),
        sa.UniqueConstraint("code", "version", name="uq_service_card_version"),
    )
    op.create_index("ix_service_card_live", "service_card", ["live_until", "code"])


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("service_card")
