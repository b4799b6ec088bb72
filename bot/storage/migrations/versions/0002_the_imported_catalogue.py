"""The imported catalogue"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "catalogue_record",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", "sha256", name=op.f("pk_catalogue_record")),
    )
    op.create_table(
        "catalogue_version",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("source_format", sa.String(length=20), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("previous_id", ROW_ID, nullable=True),
        sa.Column("live_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["previous_id"], ["catalogue_version.id"], name=op.f("fk_catalogue_version_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_version")),
    )
    op.create_table(
        "catalogue_member",
        sa.Column("version_id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["code", "sha256"],
            ["catalogue_record.code", "catalogue_record.sha256"],
            name=op.f("fk_catalogue_member_code"),
        ),
        sa.ForeignKeyConstraint(["version_id"], ["catalogue_version.id"], name=op.f("fk_catalogue_member_version_id")),
        sa.PrimaryKeyConstraint("version_id", "code", name=op.f("pk_catalogue_member")),
    )
    op.create_table(
        "catalogue_pointer",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("version_id", ROW_ID, nullable=True),
        sa.Column("switches", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["catalogue_version.id"], name=op.f("fk_catalogue_pointer_version_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_catalogue_pointer")),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("catalogue_pointer")
    op.drop_table("catalogue_member")
    op.drop_table("catalogue_version")
    op.drop_table("catalogue_record")
