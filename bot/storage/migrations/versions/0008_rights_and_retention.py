"""The citizen's rights: consent, requests, proofs of deletion, links to one's own data; retention, and the indexes it needs"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "daily_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("intent", sa.String(length=60), nullable=False),
        sa.Column("procedure_code", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "intent", "procedure_code", "outcome", name=op.f("pk_daily_count")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    with op.batch_alter_table("retention_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retention_run_started_at"), ["started_at"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_key", sa.String(length=40), nullable=False),
        sa.Column("text_version", sa.String(length=12), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("how IN ('button', 'words', 'deletion')", name=op.f("ck_consent_how_known")),
        sa.CheckConstraint("purpose IN ('reminders', 'improve', 'survey')", name=op.f("ck_consent_purpose_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_consent_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_conversation_id", ["conversation_id", "purpose", "id"], unique=False)
        batch_op.create_index("ix_consent_person", ["person", "purpose", "id"], unique=False)

    op.create_table(
        "data_export_link",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("json_fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_data_export_link_conversation_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_data_export_link")),
    )
    with op.batch_alter_table("data_export_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_export_link_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_data_export_link_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "deletion_record",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("rasa_sessions", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ledger_cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.CheckConstraint("source IN ('chat', 'platform', 'officer')", name=op.f("ck_deletion_record_source_known")),
        sa.CheckConstraint(
            "state IN ('asked', 'ledger_cleared', 'done', 'to_officer')", name=op.f("ck_deletion_record_state_known")
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_deletion_record_conversation_id")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_deletion_record")),
    )
    with op.batch_alter_table("deletion_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deletion_record_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(
            "ix_deletion_record_unfinished",
            ["asked_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('asked', 'ledger_cleared')"),
            postgresql_where=sa.text("state IN ('asked', 'ledger_cleared')"),
        )

    op.create_table(
        "rights_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('correct', 'object', 'complaint', 'delete', 'view', 'withdraw')", name=op.f("ck_rights_request_kind_known")
        ),
        sa.CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name=op.f("ck_rights_request_refused_with_reason")),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'done', 'refused')", name=op.f("ck_rights_request_state_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_rights_request_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
    )
    with op.batch_alter_table("rights_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_request_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(
            "uq_rights_request_open",
            ["conversation_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'acknowledged')"),
            postgresql_where=sa.text("state IN ('open', 'acknowledged')"),
        )

    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_conversation_id"), ["conversation_id"], unique=False)

    with op.batch_alter_table("channel_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_event_conversation_id"), ["conversation_id"], unique=False)

    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handoff_inbound_id"), ["inbound_id"], unique=False)

    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_received_at"), ["received_at"], unique=False)

    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbound_inbound_id"), ["inbound_id"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbound_inbound_id"))

    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbound_received_at"))

    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handoff_inbound_id"))

    with op.batch_alter_table("channel_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channel_event_conversation_id"))

    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_conversation_id"))

    with op.batch_alter_table("rights_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_rights_request_open",
            sqlite_where=sa.text("state IN ('open', 'acknowledged')"),
            postgresql_where=sa.text("state IN ('open', 'acknowledged')"),
        )
        batch_op.drop_index(batch_op.f("ix_rights_request_conversation_id"))

    op.drop_table("rights_request")
    with op.batch_alter_table("deletion_record", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deletion_record_unfinished",
            sqlite_where=sa.text("state IN ('asked', 'ledger_cleared')"),
            postgresql_where=sa.text("state IN ('asked', 'ledger_cleared')"),
        )
        batch_op.drop_index(batch_op.f("ix_deletion_record_conversation_id"))

    op.drop_table("deletion_record")
    with op.batch_alter_table("data_export_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_data_export_link_expires_at"))
        batch_op.drop_index(batch_op.f("ix_data_export_link_conversation_id"))

    op.drop_table("data_export_link")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_person")
        batch_op.drop_index("ix_consent_conversation_id")

    op.drop_table("consent")
    with op.batch_alter_table("retention_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retention_run_started_at"))

    op.drop_table("retention_run")
    op.drop_table("daily_count")
