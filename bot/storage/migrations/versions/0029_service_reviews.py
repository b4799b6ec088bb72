"""Yearly reviews of services"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "service_review",
        sa.Column("id", _ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("agency", sa.String(length=80), nullable=True),
        sa.Column("published_online", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("suggested", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rules_version", sa.String(length=20), nullable=False),
        sa.Column("rules_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_review")),
        sa.UniqueConstraint("year", "procedure_code", name=op.f("uq_service_review_year_procedure_code")),
    )
    op.create_table(
        "service_review_comment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("review_id", _ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("stance", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("stance IN ('agrees', 'dissents', 'neutral')", name=op.f("ck_service_review_comment_stance_known")),
        sa.ForeignKeyConstraint(["review_id"], ["service_review.id"], name=op.f("fk_service_review_comment_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_review_comment")),
    )
    op.create_index(op.f("ix_service_review_comment_review_id"), "service_review_comment", ["review_id"])
    op.create_table(
        "service_review_decision",
        sa.Column("id", _ID, nullable=False),
        sa.Column("review_id", _ID, nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("assisted_route", sa.Text(), nullable=True),
        sa.Column("seen", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "decision IN ('keep', 'improve', 'stop_online', 'online_only')",
            name=op.f("ck_service_review_decision_decision_known"),
        ),
        sa.CheckConstraint(
            "decision <> 'online_only' OR assisted_route IS NOT NULL",
            name=op.f("ck_service_review_decision_assisted_route_kept"),
        ),
        sa.ForeignKeyConstraint(["review_id"], ["service_review.id"], name=op.f("fk_service_review_decision_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_review_decision")),
    )
    op.create_index(op.f("ix_service_review_decision_review_id"), "service_review_decision", ["review_id"])


def downgrade() -> None:
    """Takes it back."""
    for table in ("service_review_decision", "service_review_comment", "service_review"):
        op.drop_table(table)
