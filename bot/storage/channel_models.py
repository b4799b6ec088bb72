"""The ledger's tables of the messaging platforms: deliveries, other events, accounts, tokens and attachments."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class Delivery(Base):
    """One call to a platform: a part of an outbound message as it was rendered. ``sending`` is committed before the call, so that
    a crash leaves a trace: a part found in ``sending`` after its sender is gone becomes ``ambiguous`` and is not sent again."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("outbound_id", "part"),
        CheckConstraint("state IN ('pending', 'sending', 'sent', 'ambiguous', 'dead', 'dropped')", name="state_known"),
        Index("ix_delivery_platform_message_id", "platform_message_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    outbound_id: Mapped[int] = mapped_column(ForeignKey("outbound.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    part: Mapped[int] = mapped_column(Integer)
    call: Mapped[dict[str, Any]]
    shown: Mapped[str] = mapped_column(Text)
    """What the citizen reads of it, so that an echo without our mark is known as ours."""
    state: Mapped[str] = mapped_column(String(10), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(String(160))
    platform_message_id: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class ChannelEvent(Base):
    """An event of a platform that is no message of a citizen: a receipt, an officer's echo, a change of contact, a request for
    deletion, or an event that is ignored by name. It is applied in the transaction that stores it."""

    __tablename__ = "channel_event"
    __table_args__ = (
        UniqueConstraint("channel", "account", "event_id"),
        CheckConstraint("outcome IN ('applied', 'ignored')", name="outcome_known"),
        Index("ix_channel_event_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(60))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(10))
    detail: Mapped[str | None] = mapped_column(String(160))
    received_at: Mapped[datetime]
    platform_at: Mapped[datetime | None]


class ChannelAccount(Base):
    """Our account on a platform (an Official Account, a page, a bot): whether it can be sent with, since when not and why, and
    the place of the next call in its rate limit. ``next_slot_at`` is moved forward by every sender before it calls."""

    __tablename__ = "channel_account"
    __table_args__ = (CheckConstraint("state IN ('ok', 'needs_attention')", name="state_known"),)

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default="ok")
    reason: Mapped[str | None] = mapped_column(String(160))
    since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    next_slot_at: Mapped[datetime | None]
    quota_left: Mapped[int | None] = mapped_column(Integer)
    last_sent_at: Mapped[datetime | None]


class ChannelToken(Base):
    """A platform's pair of tokens, encrypted. ``pending_since`` and ``pending_hash`` are written before the refresh token
    is used: it works once only, so a crash in between must be seen."""

    __tablename__ = "channel_token"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    access: Mapped[bytes] = mapped_column(LargeBinary)
    refresh: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer, default=1)
    access_expires_at: Mapped[datetime]
    obtained_at: Mapped[datetime]
    refresh_issued_at: Mapped[datetime]
    consent_needed: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    pending_since: Mapped[datetime | None]
    pending_hash: Mapped[str | None] = mapped_column(String(64))
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]


class Attachment(Base):
    """Something that a citizen sent beside text. ``source`` (a link or a platform's file id) and ``content`` are encrypted; both
    are gone once the attachment is refused or past its time."""

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("inbound_id", "position"),
        CheckConstraint("state IN ('announced', 'fetched', 'refused', 'failed', 'purged')", name="state_known"),
        Index(
            "ix_attachment_expires_at",
            "expires_at",
            sqlite_where=text("source IS NOT NULL OR content IS NOT NULL"),
            postgresql_where=text("source IS NOT NULL OR content IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    inbound_id: Mapped[int] = mapped_column(ForeignKey("inbound.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str | None] = mapped_column(String(200))
    media_type: Mapped[str | None] = mapped_column(String(80))
    size: Mapped[int | None] = mapped_column(ROW_ID)
    sha256: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[bytes | None] = mapped_column(LargeBinary)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="announced")
    detail: Mapped[str | None] = mapped_column(String(80))
    expires_at: Mapped[datetime]
