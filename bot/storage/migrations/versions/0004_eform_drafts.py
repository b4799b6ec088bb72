"""Guided submission: drafts of e-forms"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "eform_draft",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("procedure_code", sa.String(length=12), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stage IN ('filling', 'papers', 'review', 'paused', 'confirmed', 'cancelled')",
            name=op.f("ck_eform_draft_stage_known"),
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_eform_draft_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eform_draft")),
    )
    with op.batch_alter_table("eform_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_eform_draft_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_eform_draft_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_eform_draft_expires_at"), ["expires_at"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("eform_draft")
