"""Comparisons with the portal's list, and what was up and down"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_KINDS = "kind IN ('missing_here', 'missing_there', 'status_differs', 'status_merged', 'dates_differ')"


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "sync_check",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("by_unit", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("examples", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=True),
        sa.CheckConstraint("kind IN ('scheduled', 'asked')", name=op.f("ck_sync_check_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_check")),
    )
    op.create_index(op.f("ix_sync_check_at"), "sync_check", ["at"])
    _make_differences()
    op.create_table(
        "service_probe",
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=True),
        sa.CheckConstraint("state IN ('up', 'down', 'unknown')", name=op.f("ck_service_probe_state_known")),
        sa.PrimaryKeyConstraint("part", "at", name=op.f("pk_service_probe")),
    )
    op.create_index("ix_service_probe_at", "service_probe", ["at"])
    minutes = ("up", "down", "unknown", "office_up", "office_down", "office_unknown")
    op.create_table(
        "service_hour",
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("hour", _MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in minutes),
        sa.PrimaryKeyConstraint("part", "hour", name=op.f("pk_service_hour")),
    )


def _make_differences() -> None:
    op.create_table(
        "sync_difference",
        sa.Column("id", _ID, nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("unit_name", sa.String(length=300), nullable=False),
        sa.Column("agency", sa.String(length=80), nullable=True),
        sa.Column("theirs", sa.JSON(), nullable=False),
        sa.Column("ours", sa.JSON(), nullable=False),
        sa.Column("check_id", _ID, nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("resolved_at", _MOMENT, nullable=True),
        sa.CheckConstraint(_KINDS, name=op.f("ck_sync_difference_kind_known")),
        sa.ForeignKeyConstraint(["check_id"], ["sync_check.id"], name=op.f("fk_sync_difference_check_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_difference")),
    )
    still_open = sa.text("resolved_at IS NULL")
    op.create_index(
        "uq_sync_difference_one_open",
        "sync_difference",
        ["record_id", "kind"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_sync_difference_resolved_at", "sync_difference", ["resolved_at", "kind"])
    op.create_index(op.f("ix_sync_difference_check_id"), "sync_difference", ["check_id"])


def downgrade() -> None:
    """Takes it back."""
    for table in ("service_hour", "service_probe", "sync_difference", "sync_check"):
        op.drop_table(table)
