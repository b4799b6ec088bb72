"""Published states of the catalogue that trainers edit, and differences that an import brought"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "content_archive",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("packed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_content_archive")),
    )
    op.create_table(
        "content_release",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("archive_sha256", sa.String(length=64), nullable=True),
        sa.Column("base_files", sa.JSON(), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("previous_id", _ROW_ID, nullable=True),
        sa.CheckConstraint("kind IN ('published', 'returned')", name=op.f("ck_content_release_kind_known")),
        sa.ForeignKeyConstraint(["previous_id"], ["content_release.id"], name=op.f("fk_content_release_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_release")),
    )
    op.create_table(
        "content_pointer",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("release_id", _ROW_ID, nullable=True),
        sa.Column("changes", _ROW_ID, nullable=False),
        sa.Column("compared_version", _ROW_ID, nullable=True),
        sa.Column("compared_content", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["content_release.id"], name=op.f("fk_content_pointer_release_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_content_pointer")),
    )
    op.create_table(
        "import_difference",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("old_words", sa.Text(), nullable=False),
        sa.Column("new_words", sa.Text(), nullable=False),
        sa.Column("new_sha256", sa.String(length=64), nullable=False),
        sa.Column("kept_sha256", sa.String(length=64), nullable=True),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("source_as_of", sa.String(length=10), nullable=False),
        sa.Column("version_id", _ROW_ID, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("proposal_id", _ROW_ID, nullable=True),
        sa.CheckConstraint("kind IN ('reviewed', 'imported')", name=op.f("ck_import_difference_kind_known")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'refused', 'passed')", name=op.f("ck_import_difference_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_difference")),
        sa.UniqueConstraint("kind", "code", "part", "new_sha256", name="uq_import_difference_value"),
    )
    op.create_index("ix_import_difference_state", "import_difference", ["state", "kind", "code"], unique=False)


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("import_difference")
    op.drop_table("content_pointer")
    op.drop_table("content_release")
    op.drop_table("content_archive")
