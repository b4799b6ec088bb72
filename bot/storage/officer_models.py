"""The ledger's tables of the officers' work: teams, what happened to handoffs, notes, replies kept ready, ratings."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class TeamMember(Base):
    """An account in a team. The teams themselves are data (``data/teams.yml``)."""

    __tablename__ = "team_member"
    __table_args__ = (CheckConstraint("role IN ('officer', 'supervisor')", name="role_known"),)

    team: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(12), default="officer")
    since: Mapped[datetime]


class OfficerShift(Base):
    """When an officer is on duty in a team, each week: on one weekday (0 is Monday), as ``HH:MM`` in Vietnam's time."""

    __tablename__ = "officer_shift"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),)

    team: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    weekday: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    begins: Mapped[str] = mapped_column(String(5), primary_key=True)
    ends: Mapped[str] = mapped_column(String(5))


class HandoffEvent(Base):
    """Something that happened to a handoff: who did what, when. Never changed. ``detail`` holds no citizen's words."""

    __tablename__ = "handoff_event"
    __table_args__ = (Index("ix_handoff_event_kind_at", "kind", "at"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoff.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    account: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any] | None]


class OfficerNote(Base):
    """An internal note on a conversation: citizens never see it. Private numbers in it are placeholders."""

    __tablename__ = "officer_note"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class NoteMention(Base):
    """A colleague named in a note, until they have seen it."""

    __tablename__ = "note_mention"
    __table_args__ = (
        Index(
            "ix_note_mention_unseen",
            "account",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
    )

    note_id: Mapped[int] = mapped_column(ForeignKey("officer_note.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    seen_at: Mapped[datetime | None]


class CannedReply(Base):
    """A reply kept ready by a team (or by all, where ``team`` is empty), beside those that ship as data."""

    __tablename__ = "canned_reply"
    __table_args__ = (UniqueConstraint("team", "title"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    team: Mapped[str] = mapped_column(String(64), default="")
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]


class SeenUpTo(Base):
    """How far an account has read a conversation: what comes after is unread."""

    __tablename__ = "seen_up_to"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)


class Rating(Base):
    """What a citizen thought of an officer's help: asked once per handoff, answered with one or two presses."""

    __tablename__ = "rating"
    __table_args__ = (CheckConstraint("score IN ('good', 'poor')", name="score_known"),)

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    asked_at: Mapped[datetime]
    score: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(24))
    rated_at: Mapped[datetime | None] = mapped_column(index=True)


class OfficerFile(Base):
    """A file that an officer sent to a citizen, under a link whose token is known here by its hash only. The row goes
    once it is past its time."""

    __tablename__ = "officer_file"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    account: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(ROW_ID)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    fetched_at: Mapped[datetime | None]
