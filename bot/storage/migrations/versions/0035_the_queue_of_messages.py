"""Messages that wait are found in the order in which they are due; room beside rows that every turn writes twice"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WAITS = sa.text("outcome IS NULL")
_STORAGE: Mapping[str, Mapping[str, str]] = {
    # A row that finds room on its own page is written without touching any index.
    "conversation": {"fillfactor": "70", "autovacuum_vacuum_scale_factor": "0.05"},
    "inbound": {"fillfactor": "75", "autovacuum_vacuum_scale_factor": "0.02", "autovacuum_analyze_scale_factor": "0.02"},
}


def upgrade() -> None:
    """Applies the change."""
    op.create_index(
        "ix_inbound_due", "inbound", ["due_at", "id", "conversation_id"], sqlite_where=_WAITS, postgresql_where=_WAITS
    )
    op.drop_index("ix_inbound_unanswered", table_name="inbound")
    if op.get_bind().dialect.name == "postgresql":
        for table, values in _STORAGE.items():
            op.execute(f"ALTER TABLE {table} SET ({', '.join(f'{name} = {value}' for name, value in values.items())})")


def downgrade() -> None:
    """Takes it back."""
    if op.get_bind().dialect.name == "postgresql":
        for table, values in _STORAGE.items():
            op.execute(f"ALTER TABLE {table} RESET ({', '.join(values)})")
    op.create_index("ix_inbound_unanswered", "inbound", ["id", "conversation_id"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.drop_index("ix_inbound_due", table_name="inbound")
