"""Outreach campaigns: what is told to whom, links, counts, subscriptions; consent gets the purpose of outreach"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_PURPOSES = "purpose IN ('reminders', 'improve', 'survey', 'outreach')"
_FORMER_PURPOSES = "purpose IN ('reminders', 'improve', 'survey')"
_CHECK = "ck_consent_purpose_known"
_TABLES = ("outreach_subscription", "campaign_visit", "campaign_count", "campaign_link", "campaign_person", "campaign")


def upgrade() -> None:
    """Applies the change."""
    _check_purposes(_PURPOSES)
    _campaign()
    _campaign_person()
    op.create_table(
        "campaign_link",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_link_campaign_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_campaign_link")),
        sa.UniqueConstraint("campaign_id", "channel", "place_id", name=op.f("uq_campaign_link_campaign_id_channel_place_id")),
    )
    op.create_table(
        "campaign_count",
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "step IN ('reached', 'delivered', 'clicked', 'started', 'finished', 'stopped')",
            name=op.f("ck_campaign_count_step_known"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_count_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "day", "channel", "place_id", "step", name=op.f("pk_campaign_count")),
    )
    op.create_table(
        "campaign_visit",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_visit_campaign_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_campaign_visit_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_campaign_visit")),
    )
    op.create_index(op.f("ix_campaign_visit_at"), "campaign_visit", ["at"])
    op.create_table(
        "outreach_subscription",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_outreach_subscription_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_outreach_subscription")),
    )


def _campaign() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", _ID, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("short_text", sa.Text(), nullable=False),
        sa.Column("long_text", sa.Text(), nullable=False),
        sa.Column("procedure_code", sa.String(length=40), nullable=True),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("nature", sa.String(length=10), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("wards", sa.JSON(), nullable=False),
        sa.Column("only_who_asked", sa.Boolean(), nullable=False),
        sa.Column("agency", sa.String(length=80), nullable=True),
        sa.Column("templates", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("start_at", _MOMENT, nullable=True),
        sa.Column("banner_until", _MOMENT, nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("test_code", sa.String(length=12), nullable=True),
        sa.Column("test_until", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'refused', 'approved', 'running', 'paused', 'stopped', 'finished')",
            name=op.f("ck_campaign_state_known"),
        ),
        sa.CheckConstraint("nature IN ('service', 'promotion')", name=op.f("ck_campaign_nature_known")),
        sa.CheckConstraint("target IN ('chat', 'card')", name=op.f("ck_campaign_target_known")),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> author", name=op.f("ck_campaign_approved_by_another")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("test_code", name=op.f("uq_campaign_test_code")),
    )


def _campaign_person() -> None:
    op.create_table(
        "campaign_person",
        sa.Column("id", _ID, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("place_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("outbound_id", _ID, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'queued', 'delivered', 'not_sent', 'dropped')", name=op.f("ck_campaign_person_state_known")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_person_campaign_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_campaign_person_conversation_id")),
        sa.ForeignKeyConstraint(["outbound_id"], ["outbound.id"], name=op.f("fk_campaign_person_outbound_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_person")),
        sa.UniqueConstraint("campaign_id", "conversation_id", name=op.f("uq_campaign_person_campaign_id_conversation_id")),
    )
    op.create_index(op.f("ix_campaign_person_conversation_id"), "campaign_person", ["conversation_id"])
    op.create_index(op.f("ix_campaign_person_outbound_id"), "campaign_person", ["outbound_id"])
    known, waiting = sa.text("person IS NOT NULL"), sa.text("state = 'waiting'")
    op.create_index(
        "uq_campaign_person_person",
        "campaign_person",
        ["campaign_id", "person"],
        unique=True,
        sqlite_where=known,
        postgresql_where=known,
    )
    op.create_index(
        "ix_campaign_person_waiting",
        "campaign_person",
        ["campaign_id", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _check_purposes(condition: str) -> None:
    with op.batch_alter_table("consent") as batch_op:
        batch_op.drop_constraint(op.f(_CHECK), type_="check")
        batch_op.create_check_constraint(op.f(_CHECK), condition)


def downgrade() -> None:
    """Takes it back; what was said on outreach goes, since the former list has no such purpose."""
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DELETE FROM consent WHERE purpose = 'outreach'")
    _check_purposes(_FORMER_PURPOSES)
