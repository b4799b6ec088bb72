"""The ledger's tables of what is switched off for a while, and of announced outages."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class KillSwitch(Base):
    """One order to switch something off or on again. Rows are only added: triggers refuse to change or delete them. What is off
    now follows from the orders (``bot.switches.board``). ``facet`` is empty where the subject is no single answer."""

    __tablename__ = "kill_switch"
    __table_args__ = (
        CheckConstraint("scope IN ('answer', 'procedure', 'intent', 'channel', 'online_filing')", name="scope_known"),
        CheckConstraint("action IN ('off', 'on')", name="action_known"),
        Index("ix_kill_switch_subject", "scope", "subject", "facet"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    action: Mapped[str] = mapped_column(String(4))
    scope: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(80))
    facet: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(400))
    text_vi: Mapped[str | None] = mapped_column(Text)
    text_en: Mapped[str | None] = mapped_column(Text)
    ordered_by: Mapped[str] = mapped_column(String(80))
    ordered_at: Mapped[datetime]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class Outage(Base):
    """An announced outage of the portal, of a channel, or of everything. It passes by itself at ``ends_at``;
    ``withdrawn_at`` ends it earlier."""

    __tablename__ = "outage"
    __table_args__ = (
        CheckConstraint("scope IN ('portal', 'channel', 'all')", name="scope_known"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_outage_ends_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    scope: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str | None] = mapped_column(String(20))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    text_vi: Mapped[str | None] = mapped_column(Text)
    text_en: Mapped[str | None] = mapped_column(Text)
    announced_by: Mapped[str] = mapped_column(String(80))
    announced_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(String(80))
    withdrawn_at: Mapped[datetime | None]


class SwitchPointer(Base):
    """One row that rises with every order and every announcement, so that all processes notice with one small query."""

    __tablename__ = "switch_pointer"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    changes: Mapped[int] = mapped_column(Integer, default=0)
