"""Officers: what a waiting reply does beside its words, the file that it sends, unseen mentions, shifts"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "officer_shift",
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begins", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_officer_shift_weekday_known")),
        sa.PrimaryKeyConstraint("team", "account", "weekday", "begins", name=op.f("pk_officer_shift")),
    )
    with op.batch_alter_table("reply_approval", schema=None) as batch_op:
        batch_op.add_column(sa.Column("act", sa.String(length=12), nullable=False, server_default="reply"))
        batch_op.add_column(sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_check_constraint(op.f("ck_reply_approval_act_known"), "act IN ('reply', 'file', 'phone', 'flow')")
    unseen = sa.text("seen_at IS NULL")
    op.create_index("ix_note_mention_unseen", "note_mention", ["account"], sqlite_where=unseen, postgresql_where=unseen)
    # The server's default was for the rows of before.
    with op.batch_alter_table("reply_approval", schema=None) as batch_op:
        batch_op.alter_column("act", server_default=None)


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("officer_shift")
    op.drop_index("ix_note_mention_unseen", table_name="note_mention")
    with op.batch_alter_table("reply_approval", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_reply_approval_act_known"), type_="check")
        batch_op.drop_column("file_id")
        batch_op.drop_column("act")
