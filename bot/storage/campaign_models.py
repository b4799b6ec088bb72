"""The ledger's tables of outreach: campaigns, whom each goes to, their links and what came of them, and who subscribed where."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base

_OF_ONE_PERSON = "person IS NOT NULL"
_WAITING = "state = 'waiting'"


class Campaign(Base):
    """One text for many channels, written by one account and approved by another. ``revision`` grows with every change of the
    content, so that what was approved is what is sent. ``nature``: ``service`` is a notice about a public service that the
    citizen uses, ``promotion`` everything else; platforms treat them differently. ``wards``: empty for all of them."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'refused', 'approved', 'running', 'paused', 'stopped', 'finished')",
            name="state_known",
        ),
        CheckConstraint("nature IN ('service', 'promotion')", name="nature_known"),
        CheckConstraint("target IN ('chat', 'card')", name="target_known"),
        CheckConstraint("decided_by IS NULL OR decided_by <> author", name="approved_by_another"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    short_text: Mapped[str] = mapped_column(Text)
    long_text: Mapped[str] = mapped_column(Text)
    procedure_code: Mapped[str | None] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(10))
    nature: Mapped[str] = mapped_column(String(10))
    channels: Mapped[list[str]] = mapped_column(JSON)
    wards: Mapped[list[str]] = mapped_column(JSON)
    only_who_asked: Mapped[bool]
    """Only people who asked about the campaign's procedure."""
    agency: Mapped[str | None] = mapped_column(String(80))
    templates: Mapped[dict[str, Any]]
    """By channel: the platform's approved template and its parameters, for people outside the window."""
    state: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(Integer)
    start_at: Mapped[datetime | None]
    banner_until: Mapped[datetime | None]
    author: Mapped[str] = mapped_column(String(64))
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(400))
    test_code: Mapped[str | None] = mapped_column(String(12), unique=True)
    test_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class CampaignPerson(Base):
    """One of those whom a campaign goes to, as they were at its start; never one more afterwards. ``person``: the keyed hash of
    who it is, where that is known, so that two conversations of one person count once."""

    __tablename__ = "campaign_person"
    __table_args__ = (
        UniqueConstraint("campaign_id", "conversation_id"),
        CheckConstraint("state IN ('waiting', 'queued', 'delivered', 'not_sent', 'dropped')", name="state_known"),
        Index(
            "uq_campaign_person_person",
            "campaign_id",
            "person",
            unique=True,
            sqlite_where=text(_OF_ONE_PERSON),
            postgresql_where=text(_OF_ONE_PERSON),
        ),
        Index(
            "ix_campaign_person_waiting",
            "campaign_id",
            "due_at",
            sqlite_where=text(_WAITING),
            postgresql_where=text(_WAITING),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    person: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(20))
    place_id: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime]
    outbound_id: Mapped[int | None] = mapped_column(ForeignKey("outbound.id"), index=True)
    finished_at: Mapped[datetime | None]


class CampaignLink(Base):
    """A short link of a campaign: one for each channel and ward (an empty ``place_id``: everybody)."""

    __tablename__ = "campaign_link"
    __table_args__ = (UniqueConstraint("campaign_id", "channel", "place_id"),)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    channel: Mapped[str] = mapped_column(String(20))
    place_id: Mapped[str] = mapped_column(String(80))


class CampaignCount(Base):
    """How many people took a step of a campaign on a day: counts only, of nobody in particular."""

    __tablename__ = "campaign_count"
    __table_args__ = (
        CheckConstraint("step IN ('reached', 'delivered', 'clicked', 'started', 'finished', 'stopped')", name="step_known"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    place_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    step: Mapped[str] = mapped_column(String(10), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class CampaignVisit(Base):
    """That a conversation came of a campaign's link or button, so that a filing begun and finished in it counts for the
    campaign, once each. Gone with the conversation."""

    __tablename__ = "campaign_visit"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    channel: Mapped[str] = mapped_column(String(20))
    place_id: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class OutreachSubscription(Base):
    """Where somebody who agreed to be told news lives, as they said themselves: a ward, or none. The agreement itself is a
    consent (purpose ``outreach``); without a standing one this row means nothing."""

    __tablename__ = "outreach_subscription"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    place_id: Mapped[str | None] = mapped_column(String(80))
    changed_at: Mapped[datetime]
