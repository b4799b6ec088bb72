"""Parts that are starting are told from those that are down; signs of life say of which release they are"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATE_KNOWN = "ck_service_probe_state_known"


def upgrade() -> None:
    """Applies the change."""
    _allow("'up', 'down', 'unknown', 'starting'")
    op.add_column("heartbeat", sa.Column("version", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """Takes it back. What was starting becomes what an older release would have called it."""
    op.drop_column("heartbeat", "version")
    op.execute("UPDATE service_probe SET state = 'down' WHERE state = 'starting'")
    _allow("'up', 'down', 'unknown'")


def _allow(states: str) -> None:
    with op.batch_alter_table("service_probe") as table:
        table.drop_constraint(op.f(_STATE_KNOWN), type_="check")
        table.create_check_constraint(op.f(_STATE_KNOWN), f"state IN ({states})")
