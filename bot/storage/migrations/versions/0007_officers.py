"""Officers: who owns a conversation, teams, events of handoffs, notes, replies kept ready, ratings"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
        sa.UniqueConstraint("team", "title", name=op.f("uq_canned_reply_team_title")),
    )
    op.create_table(
        "team_member",
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('officer', 'supervisor')", name=op.f("ck_team_member_role_known")),
        sa.PrimaryKeyConstraint("team", "account", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_account"), ["account"], unique=False)

    op.create_table(
        "officer_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_officer_note_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_note")),
    )
    with op.batch_alter_table("officer_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officer_note_conversation_id"), ["conversation_id"], unique=False)

    op.create_table(
        "seen_up_to",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_seen_up_to_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", "account", name=op.f("pk_seen_up_to")),
    )
    op.create_table(
        "note_mention",
        sa.Column("note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["officer_note.id"], name=op.f("fk_note_mention_note_id")),
        sa.PrimaryKeyConstraint("note_id", "account", name=op.f("pk_note_mention")),
    )
    with op.batch_alter_table("note_mention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_mention_account"), ["account"], unique=False)

    op.create_table(
        "handoff_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("handoff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_handoff_event_conversation_id")),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"], name=op.f("fk_handoff_event_handoff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_event")),
    )
    with op.batch_alter_table("handoff_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handoff_event_handoff_id"), ["handoff_id"], unique=False)
        batch_op.create_index("ix_handoff_event_kind_at", ["kind", "at"], unique=False)

    op.create_table(
        "rating",
        sa.Column("handoff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.String(length=8), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("score IN ('good', 'poor')", name=op.f("ck_rating_score_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_rating_conversation_id")),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"], name=op.f("fk_rating_handoff_id")),
        sa.PrimaryKeyConstraint("handoff_id", name=op.f("pk_rating")),
    )
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rating_conversation_id"), ["conversation_id"], unique=False)

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_account", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("owner_name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("owner_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("owner_until", sa.DateTime(timezone=True), nullable=True))

    op.drop_index("uq_handoff_one_open", table_name="handoff")
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_handoff_state_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_handoff_state_known"), "state IN ('waiting', 'taken', 'withdrawn', 'closed')")
        batch_op.add_column(sa.Column("number", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("ticket", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("team", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("routed_by", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("procedure_code", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("place_id", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("told_long_wait_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("taken_by", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("first_answer_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("outcome", sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column("follows_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_index("ix_handoff_conversation_id", ["conversation_id"], unique=False)
        batch_op.create_index("ix_handoff_team_state", ["team", "state", "opened_at"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_handoff_number"), ["number"])
        batch_op.create_foreign_key(batch_op.f("fk_handoff_follows_id"), "handoff", ["follows_id"], ["id"])

    op.create_index(
        "uq_handoff_one_open",
        "handoff",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'taken')"),
        postgresql_where=sa.text("state IN ('waiting', 'taken')"),
    )
    # The server's default was for the rows of before.
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.alter_column("ticket", server_default=None)

    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.add_column(sa.Column("author_account", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("author_name", sa.String(length=120), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rating_conversation_id"))

    op.drop_table("rating")
    with op.batch_alter_table("handoff_event", schema=None) as batch_op:
        batch_op.drop_index("ix_handoff_event_kind_at")
        batch_op.drop_index(batch_op.f("ix_handoff_event_handoff_id"))

    op.drop_table("handoff_event")
    with op.batch_alter_table("note_mention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_mention_account"))

    op.drop_table("note_mention")
    op.drop_table("seen_up_to")
    with op.batch_alter_table("officer_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officer_note_conversation_id"))

    op.drop_table("officer_note")
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_member_account"))

    op.drop_table("team_member")
    op.drop_table("canned_reply")
    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.drop_column("author_name")
        batch_op.drop_column("author_account")

    op.drop_index("uq_handoff_one_open", table_name="handoff")
    op.execute("UPDATE handoff SET state = 'waiting' WHERE state = 'taken'")
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_handoff_state_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_handoff_state_known"), "state IN ('waiting', 'withdrawn', 'closed')")
        batch_op.drop_constraint(batch_op.f("fk_handoff_follows_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_handoff_number"), type_="unique")
        batch_op.drop_index("ix_handoff_team_state")
        batch_op.drop_index("ix_handoff_conversation_id")
        batch_op.drop_column("follows_id")
        batch_op.drop_column("outcome")
        batch_op.drop_column("first_answer_at")
        batch_op.drop_column("taken_by")
        batch_op.drop_column("taken_at")
        batch_op.drop_column("answer_due_at")
        batch_op.drop_column("told_long_wait_at")
        batch_op.drop_column("waiting_since")
        batch_op.drop_column("place_id")
        batch_op.drop_column("procedure_code")
        batch_op.drop_column("routed_by")
        batch_op.drop_column("team")
        batch_op.drop_column("ticket")
        batch_op.drop_column("number")

    op.create_index(
        "uq_handoff_one_open",
        "handoff",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_column("owner_until")
        batch_op.drop_column("owner_since")
        batch_op.drop_column("owner_name")
        batch_op.drop_column("owner_account")
