"""Files that officers send to citizens"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "officer_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_officer_file_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_file")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_officer_file_token_hash")),
    )
    with op.batch_alter_table("officer_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officer_file_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_officer_file_expires_at"), ["expires_at"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("officer_file")
