"""The ledger's tables of the citizen's rights: consent, requests, proofs of deletion, links to one's own data, retention."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class Consent(Base):
    """One word of a citizen about one purpose, given or withdrawn; rows are only ever added. ``person`` is the keyed hash of
    whose conversation it was at that moment. ``text_key`` and ``text_version`` name the text that was shown."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("purpose IN ('reminders', 'improve', 'survey', 'outreach')", name="purpose_known"),
        CheckConstraint("how IN ('button', 'words', 'deletion')", name="how_known"),
        Index("ix_consent_conversation_id", "conversation_id", "purpose", "id"),
        Index("ix_consent_person", "person", "purpose", "id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    person: Mapped[str | None] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(12))
    given: Mapped[bool]
    text_key: Mapped[str] = mapped_column(String(40))
    text_version: Mapped[str] = mapped_column(String(12))
    how: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]


class RightsRequest(Base):
    """A request about a citizen's data that people must handle, with its legal clock. ``words`` are masked, and gone once the
    request has ended and its citizen was forgotten."""

    __tablename__ = "rights_request"
    __table_args__ = (
        CheckConstraint("kind IN ('correct', 'object', 'complaint', 'delete', 'view', 'withdraw')", name="kind_known"),
        CheckConstraint("state IN ('open', 'acknowledged', 'done', 'refused')", name="state_known"),
        CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused_with_reason"),
        Index(
            "uq_rights_request_open",
            "conversation_id",
            "kind",
            unique=True,
            sqlite_where=text("state IN ('open', 'acknowledged')"),
            postgresql_where=text("state IN ('open', 'acknowledged')"),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    words: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="open")
    opened_at: Mapped[datetime]
    acknowledge_by: Mapped[date] = mapped_column(Date)
    answer_by: Mapped[date] = mapped_column(Date)
    acknowledged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)


class DeletionRecord(Base):
    """That a citizen's data were deleted: when, at whose wish, how many rows of which table; nothing of what they were.
    ``conversation_id`` and ``rasa_sessions`` are needed until the deletion is whole, and gone then. ``seal`` is a keyed hash
    over the finished record."""

    __tablename__ = "deletion_record"
    __table_args__ = (
        CheckConstraint("source IN ('chat', 'platform', 'officer')", name="source_known"),
        CheckConstraint("state IN ('asked', 'ledger_cleared', 'done', 'to_officer')", name="state_known"),
        Index(
            "ix_deletion_record_unfinished",
            "asked_at",
            sqlite_where=text("state IN ('asked', 'ledger_cleared')"),
            postgresql_where=text("state IN ('asked', 'ledger_cleared')"),
        ),
    )

    reference: Mapped[str] = mapped_column(String(20), primary_key=True)
    source: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(20))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    rasa_sessions: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16), default="asked")
    asked_at: Mapped[datetime]
    ledger_cleared_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None]
    seal: Mapped[str | None] = mapped_column(String(64))


class DataExportLink(Base):
    """A link to one conversation's data: the hash of its token, and when each form of the file was fetched (once each)."""

    __tablename__ = "data_export_link"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    page_fetched_at: Mapped[datetime | None]
    json_fetched_at: Mapped[datetime | None]


class RetentionRun(Base):
    """One run of the retention job that deleted something (or the day's first that found nothing): the proof of it."""

    __tablename__ = "retention_run"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime]
    complete: Mapped[bool]
    """False where the time for one run was over first; the next run goes on."""
    counts: Mapped[dict[str, Any]]


class DailyCount(Base):
    """How many messages of a day there were by channel, intent, procedure and outcome: what reports need of a conversation that
    is gone. Empty strings stand for "none"."""

    __tablename__ = "daily_count"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    intent: Mapped[str] = mapped_column(String(60), primary_key=True)
    procedure_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(24), primary_key=True)
    messages: Mapped[int] = mapped_column(Integer)
