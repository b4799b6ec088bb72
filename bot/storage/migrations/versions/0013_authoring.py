"""Proposed changes of the training data"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "change_proposal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_account", sa.String(length=64), nullable=False),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("base_commit", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("submitted_at", _MOMENT, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_name", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("commit_sha", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'refused', 'withdrawn')", name=op.f("ck_change_proposal_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_proposal")),
    )
    op.create_index("ix_change_proposal_state", "change_proposal", ["state", "updated_at"])
    op.create_index("ix_change_proposal_author", "change_proposal", ["author_account", "updated_at"])
    op.create_table(
        "proposed_file",
        sa.Column("id", _ID, nullable=False),
        sa.Column("proposal_id", _ID, nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["change_proposal.id"], name=op.f("fk_proposed_file_proposal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_file")),
        sa.UniqueConstraint("proposal_id", "path", name=op.f("uq_proposed_file_proposal_id_path")),
    )
    op.create_table(
        "workspace_turn",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("head", sa.String(length=40), nullable=True),
        sa.Column("moved_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workspace_turn")),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("workspace_turn")
    op.drop_table("proposed_file")
    op.drop_table("change_proposal")
