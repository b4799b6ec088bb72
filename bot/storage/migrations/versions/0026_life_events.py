"""Life events, guides and presses"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "guide_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('menu', 'event', 'guide')", name=op.f("ck_guide_count_kind_known")),
        sa.PrimaryKeyConstraint("day", "kind", "item", "channel", name=op.f("pk_guide_count")),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("guide_count")
