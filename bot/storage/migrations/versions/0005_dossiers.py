"""Dossiers: submissions on their way, watches and their notices, confirmed identities, wrong proofs"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "portal_cursor",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("cursor", sa.String(length=200), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_portal_cursor")),
    )
    op.create_table(
        "portal_event",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_portal_event")),
    )
    with op.batch_alter_table("portal_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_event_received_at"), ["received_at"], unique=False)

    op.create_table(
        "wrong_proof",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scope IN ('conversation', 'address')", name=op.f("ck_wrong_proof_scope_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_proof")),
    )
    with op.batch_alter_table("wrong_proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrong_proof_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrong_proof_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index("ix_wrong_proof_key", ["scope", "key", "at"], unique=False)

    op.create_table(
        "dossier_watch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_key", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_text", sa.String(length=40), nullable=False),
        sa.Column("proofs", sa.LargeBinary(), nullable=True),
        sa.Column("status_code", sa.String(length=20), nullable=True),
        sa.Column("supplement_deadline", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=True),
        sa.Column("portal_ended", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'active', 'unsubscribed', 'ended')", name=op.f("ck_dossier_watch_state_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_dossier_watch_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_watch")),
    )
    with op.batch_alter_table("dossier_watch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dossier_watch_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossier_watch_dossier_key"), ["dossier_key"], unique=False)
        batch_op.create_index(
            "uq_dossier_watch_active",
            ["conversation_id", "dossier_key"],
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )
        batch_op.create_index(
            "ix_dossier_watch_to_end_at_portal",
            ["state"],
            unique=False,
            sqlite_where=sa.text("NOT portal_ended"),
            postgresql_where=sa.text("NOT portal_ended"),
        )

    op.create_table(
        "identity_link",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_identity_link_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_identity_link")),
    )
    with op.batch_alter_table("identity_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_link_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_link_person"), ["person"], unique=False)

    op.create_table(
        "known_dossier",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("proofs_key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_known_dossier_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", "proofs_key", name=op.f("pk_known_dossier")),
    )
    with op.batch_alter_table("known_dossier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_dossier_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "submission",
        sa.Column("portal_draft_id", sa.String(length=64), nullable=False),
        sa.Column("draft_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("procedure_code", sa.String(length=12), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('submission', 'supplement')", name=op.f("ck_submission_kind_known")),
        sa.CheckConstraint("state IN ('handed_over', 'sent', 'expired', 'discarded')", name=op.f("ck_submission_state_known")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_submission_conversation_id")),
        sa.PrimaryKeyConstraint("portal_draft_id", name=op.f("pk_submission")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_submission_draft_id")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submission_conversation_id"), ["conversation_id"], unique=False)

    op.create_table(
        "paper_to_attach",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("portal_draft_id", sa.String(length=64), nullable=False),
        sa.Column("paper", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("attachment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(length=120), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'attached', 'refused', 'gone')", name=op.f("ck_paper_to_attach_state_known")),
        sa.ForeignKeyConstraint(
            ["portal_draft_id"], ["submission.portal_draft_id"], name=op.f("fk_paper_to_attach_portal_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_to_attach")),
        sa.UniqueConstraint(
            "portal_draft_id", "paper", "attachment_id", name=op.f("uq_paper_to_attach_portal_draft_id_paper_attachment_id")
        ),
    )
    with op.batch_alter_table("paper_to_attach", schema=None) as batch_op:
        batch_op.create_index(
            "ix_paper_to_attach_waiting",
            ["try_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "dossier_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("watch_id", sa.String(length=32), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("outbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('change', 'answer', 'supplement_reminder', 'pick_up_reminder')", name=op.f("ck_dossier_notice_kind_known")
        ),
        sa.CheckConstraint("state IN ('waiting', 'told', 'not_told')", name=op.f("ck_dossier_notice_state_known")),
        sa.ForeignKeyConstraint(["outbound_id"], ["outbound.id"], name=op.f("fk_dossier_notice_outbound_id")),
        sa.ForeignKeyConstraint(["watch_id"], ["dossier_watch.id"], name=op.f("fk_dossier_notice_watch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_notice")),
        sa.UniqueConstraint("watch_id", "occasion", name=op.f("uq_dossier_notice_watch_id_occasion")),
    )
    with op.batch_alter_table("dossier_notice", schema=None) as batch_op:
        batch_op.create_index(
            "ix_dossier_notice_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_dossier_notice_missed",
            ["watch_id"],
            unique=False,
            sqlite_where=sa.text("state = 'not_told' AND content IS NOT NULL"),
            postgresql_where=sa.text("state = 'not_told' AND content IS NOT NULL"),
        )
        batch_op.create_index("ix_dossier_notice_outbound_id", ["outbound_id"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("dossier_notice")
    op.drop_table("paper_to_attach")
    op.drop_table("submission")
    op.drop_table("known_dossier")
    op.drop_table("identity_link")
    op.drop_table("dossier_watch")
    op.drop_table("wrong_proof")
    op.drop_table("portal_event")
    op.drop_table("portal_cursor")
