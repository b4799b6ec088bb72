"""Looks at official links, published reasons of partial levels, proposals and decisions on showing online filing (append-only)"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_APPEND_ONLY = ("partial_reason", "filing_proposal", "filing_decision")


def upgrade() -> None:
    """Applies the change."""
    _facts()
    _decisions()
    for table in _APPEND_ONLY:
        for statement in _refuse_changes(table, op.get_bind().dialect.name):
            op.execute(statement)


def _facts() -> None:
    op.create_table(
        "link_check",
        sa.Column("id", _ID, nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("checked_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("final_host", sa.String(length=253), nullable=False),
        sa.Column("checked_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_check")),
    )
    op.create_index("ix_link_check_procedure_code", "link_check", ["procedure_code", "id"])
    op.create_index(op.f("ix_link_check_checked_at"), "link_check", ["checked_at"])
    op.create_table(
        "partial_reason",
        sa.Column("id", _ID, nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=False),
        sa.Column("reason_code", sa.String(length=30), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("still_in_person_vi", sa.String(length=300), nullable=False),
        sa.Column("still_in_person_en", sa.String(length=300), nullable=False),
        sa.Column("published_where", sa.String(length=300), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.Column("noted_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "reason_code IN ('presence_required', 'on_site_verification', 'technical_incident', 'other_technical')",
            name=op.f("ck_partial_reason_reason_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partial_reason")),
    )
    op.create_index("ix_partial_reason_procedure_code", "partial_reason", ["procedure_code", "id"])


def _decisions() -> None:
    op.create_table(
        "filing_proposal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason_code", sa.String(length=30), nullable=False),
        sa.Column("words_vi", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("from_at", _MOMENT, nullable=True),
        sa.Column("until_at", _MOMENT, nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('shown', 'guidance_only', 'online_filing_off')", name=op.f("ck_filing_proposal_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_proposal")),
    )
    op.create_index("ix_filing_proposal_procedure_code", "filing_proposal", ["procedure_code", "id"])
    op.create_table(
        "filing_decision",
        sa.Column("proposal_id", _ID, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.Column("order_number", _ID, nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.CheckConstraint("outcome IN ('approved', 'refused', 'taken_back')", name=op.f("ck_filing_decision_outcome_known")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["filing_proposal.id"], name=op.f("fk_filing_decision_proposal_id_filing_proposal")
        ),
        sa.ForeignKeyConstraint(["order_number"], ["kill_switch.id"], name=op.f("fk_filing_decision_order_number_kill_switch")),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_filing_decision")),
    )
    op.create_index(op.f("ix_filing_decision_order_number"), "filing_decision", ["order_number"])


def _refuse_changes(table: str, dialect: str) -> list[str]:
    """What was published and decided is only ever added to, whoever writes."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ]


def downgrade() -> None:
    """Takes it back."""
    for table in ("filing_decision", "filing_proposal", "partial_reason", "link_check"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in _APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
