"""Answers that wait to be sent, apart from the news of campaigns; conversations that people have"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WITH_PEOPLE = "speaker IN ('waiting', 'officer')"
_ANSWERS = "state = 'pending' AND substr(idempotency_key, 1, 9) <> 'campaign:'"


def upgrade() -> None:
    """Applies the change."""
    op.create_index(
        "ix_outbound_pending_answers",
        "outbound",
        ["id", "conversation_id"],
        sqlite_where=sa.text(_ANSWERS),
        postgresql_where=sa.text(_ANSWERS),
    )
    op.create_index(
        "ix_conversation_with_people",
        "conversation",
        ["speaker"],
        sqlite_where=sa.text(_WITH_PEOPLE),
        postgresql_where=sa.text(_WITH_PEOPLE),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_index("ix_conversation_with_people", table_name="conversation")
    op.drop_index("ix_outbound_pending_answers", table_name="outbound")
