"""Kill switches (append-only), announced outages, and the pointer by which processes notice them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "kill_switch",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("action", sa.String(length=4), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("facet", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("text_vi", sa.Text(), nullable=True),
        sa.Column("text_en", sa.Text(), nullable=True),
        sa.Column("ordered_by", sa.String(length=80), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "scope IN ('answer', 'procedure', 'intent', 'channel', 'online_filing')", name=op.f("ck_kill_switch_scope_known")
        ),
        sa.CheckConstraint("action IN ('off', 'on')", name=op.f("ck_kill_switch_action_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kill_switch")),
    )
    op.create_index("ix_kill_switch_subject", "kill_switch", ["scope", "subject", "facet"], unique=False)
    op.create_table(
        "outage",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_vi", sa.Text(), nullable=True),
        sa.Column("text_en", sa.Text(), nullable=True),
        sa.Column("announced_by", sa.String(length=80), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=80), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('portal', 'channel', 'all')", name=op.f("ck_outage_scope_known")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_outage_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_index("ix_outage_ends_at", "outage", ["ends_at"], unique=False)
    op.create_table(
        "switch_pointer",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switch_pointer")),
    )
    for statement in _refuse_changes(op.get_bind().dialect.name):
        op.execute(statement)


def _refuse_changes(dialect: str) -> list[str]:
    """The history of the switches is only ever added to, whoever writes."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER kill_switch_no_{verb.lower()} BEFORE {verb} ON kill_switch "
            "BEGIN SELECT RAISE(ABORT, 'kill_switch is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE FUNCTION kill_switch_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'kill_switch is append-only'; END $$",
        "CREATE TRIGGER kill_switch_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kill_switch "
        "FOR EACH STATEMENT EXECUTE FUNCTION kill_switch_append_only()",
    ]


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("switch_pointer")
    op.drop_table("outage")
    op.drop_table("kill_switch")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION kill_switch_append_only()")
