"""The ledger"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("speaker", sa.String(length=16), nullable=False),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", ROW_ID, nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expects", sa.String(length=40), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("rasa_session", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("channel", "account", "external_id", name=op.f("uq_conversation_channel_account_external_id")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "inbound",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("act", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("outcome_detail", sa.String(length=120), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nlu", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('answered', 'handed_over', 'waiting_for_officer', 'ignored', 'failed_and_told')",
            name=op.f("ck_inbound_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_inbound_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("channel", "account", "event_id", name=op.f("uq_inbound_channel_account_event_id")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_inbound_conversation_id_seq")),
    )
    op.create_index(
        "ix_inbound_raw_kept",
        "inbound",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("raw IS NOT NULL"),
        postgresql_where=sa.text("raw IS NOT NULL"),
    )
    op.create_index(
        "ix_inbound_unanswered",
        "inbound",
        ["id", "conversation_id"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )

    op.create_table(
        "private_value",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_private_value_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", "token", name=op.f("pk_private_value")),
    )
    op.create_index(
        "ix_private_value_expires_at",
        "private_value",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("ciphertext IS NOT NULL"),
        postgresql_where=sa.text("ciphertext IS NOT NULL"),
    )

    op.create_table(
        "handoff",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("inbound_id", ROW_ID, nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_waiting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'withdrawn', 'closed')", name=op.f("ck_handoff_state_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_handoff_conversation_id")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_handoff_inbound_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff")),
    )
    op.create_index(
        "uq_handoff_one_open",
        "handoff",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "outbound",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("inbound_id", ROW_ID, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=10), nullable=False),
        sa.Column("message", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("author IN ('bot', 'officer', 'system')", name=op.f("ck_outbound_author_known")),
        sa.CheckConstraint("state IN ('pending', 'sent', 'dropped', 'dead')", name=op.f("ck_outbound_state_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_outbound_conversation_id")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_outbound_inbound_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_outbound_conversation_id_seq")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_outbound_idempotency_key")),
    )
    op.create_table(
        "button",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("outbound_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("act", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_button_conversation_id")),
        sa.ForeignKeyConstraint(["outbound_id"], ["outbound.id"], name=op.f("fk_button_outbound_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_button")),
    )
    op.create_index("ix_button_outbound_id", "button", ["outbound_id"], unique=False)


def downgrade() -> None:
    """Takes the change back."""

    op.drop_table("button")
    op.drop_table("outbound")

    op.drop_table("handoff")

    op.drop_table("private_value")

    op.drop_table("inbound")
    op.drop_table("heartbeat")
    op.drop_table("conversation")
