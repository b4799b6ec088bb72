"""Messages that ended unsent or unsure are found by their time"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LOST = sa.text("state IN ('dead', 'ambiguous')")


def upgrade() -> None:
    """Applies the change."""
    op.create_index("ix_outbound_unsent", "outbound", ["created_at"], sqlite_where=_LOST, postgresql_where=_LOST)


def downgrade() -> None:
    """Takes it back."""
    op.drop_index("ix_outbound_unsent", "outbound")
