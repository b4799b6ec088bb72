"""The channels: deliveries, other events of platforms, accounts, tokens, attachments"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "channel_account",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=160), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_slot_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quota_left", sa.Integer(), nullable=True),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('ok', 'needs_attention')", name=op.f("ck_channel_account_state_known")),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_channel_account")),
    )
    op.create_table(
        "channel_token",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("access", sa.LargeBinary(), nullable=False),
        sa.Column("refresh", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("obtained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_needed", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pending_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pending_hash", sa.String(length=64), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_channel_token")),
    )
    op.create_table(
        "channel_event",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=160), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("platform_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("outcome IN ('applied', 'ignored')", name=op.f("ck_channel_event_outcome_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_channel_event_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_event")),
        sa.UniqueConstraint("channel", "account", "event_id", name=op.f("uq_channel_event_channel_account_event_id")),
    )
    with op.batch_alter_table("channel_event", schema=None) as batch_op:
        batch_op.create_index("ix_channel_event_received_at", ["received_at"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("inbound_id", ROW_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("media_type", sa.String(length=80), nullable=True),
        sa.Column("size", ROW_ID, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('announced', 'fetched', 'refused', 'failed', 'purged')", name=op.f("ck_attachment_state_known")
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_attachment_conversation_id")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_attachment_inbound_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("inbound_id", "position", name=op.f("uq_attachment_inbound_id_position")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_attachment_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("source IS NOT NULL OR content IS NOT NULL"),
            postgresql_where=sa.text("source IS NOT NULL OR content IS NOT NULL"),
        )

    op.create_table(
        "delivery",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("outbound_id", ROW_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("call", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=160), nullable=True),
        sa.Column("platform_message_id", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'ambiguous', 'dead', 'dropped')", name=op.f("ck_delivery_state_known")
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_delivery_conversation_id")),
        sa.ForeignKeyConstraint(["outbound_id"], ["outbound.id"], name=op.f("fk_delivery_outbound_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("outbound_id", "part", name=op.f("uq_delivery_outbound_id_part")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_delivery_platform_message_id", ["platform_message_id"], unique=False)

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("unavailable_reason", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("unavailable_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("officer_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("verified_phone", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("verified_phone_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("send_owner", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("send_lease_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("send_fence", ROW_ID, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("send_not_before", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("conversation") as batch_op:
        batch_op.alter_column("send_fence", server_default=None)

    with op.batch_alter_table("inbound") as batch_op:
        batch_op.add_column(sa.Column("order_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("circumstances", sa.JSON(none_as_null=True), nullable=True))
    op.execute("UPDATE inbound SET order_at = received_at, due_at = received_at")
    with op.batch_alter_table("inbound") as batch_op:
        batch_op.alter_column("order_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("due_at", existing_type=sa.DateTime(timezone=True), nullable=False)

    with op.batch_alter_table("outbound") as batch_op:
        batch_op.add_column(sa.Column("detail", sa.String(length=160), nullable=True))
        batch_op.drop_constraint(op.f("ck_outbound_state_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_outbound_state_known"), "state IN ('pending', 'sent', 'dropped', 'dead', 'ambiguous')"
        )
    op.create_index("ix_button_conversation_id", "button", ["conversation_id"], unique=False)
    op.create_index(
        "ix_outbound_pending",
        "outbound",
        ["id", "conversation_id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index("ix_button_conversation_id", "button")
    op.drop_index("ix_outbound_pending", "outbound")
    # The older release does not know the word; nobody may send such a message again.
    op.execute("UPDATE outbound SET state = 'dead' WHERE state = 'ambiguous'")
    with op.batch_alter_table("outbound") as batch_op:
        batch_op.drop_constraint(op.f("ck_outbound_state_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_outbound_state_known"), "state IN ('pending', 'sent', 'dropped', 'dead')")
        batch_op.drop_column("detail")

    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_column("circumstances")
        batch_op.drop_column("due_at")
        batch_op.drop_column("order_at")

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_column("send_not_before")
        batch_op.drop_column("send_fence")
        batch_op.drop_column("send_lease_until")
        batch_op.drop_column("send_owner")
        batch_op.drop_column("verified_phone_at")
        batch_op.drop_column("verified_phone")
        batch_op.drop_column("officer_until")
        batch_op.drop_column("unavailable_at")
        batch_op.drop_column("unavailable_reason")
        batch_op.drop_column("acted_at")

    op.drop_table("delivery")
    op.drop_table("attachment")
    op.drop_table("channel_event")
    op.drop_table("channel_token")
    op.drop_table("channel_account")
