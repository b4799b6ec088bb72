"""The ledger's tables behind the board of usage: how far guided submissions came, and when each month was counted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.models import Base


class FormProgress(Base):
    """How far one guided submission came: no person, no conversation, nothing of what was filled in. ``draft_hash`` is a hash of
    the draft's random id and leads to nobody once the draft is gone.

    ``step``: the furthest one: ``field:<path>`` or ``paper:<id>`` for what was asked there, ``review``, ``handed_over``,
    ``sent``. ``answered``: how many fields were answered or left out at that step."""

    __tablename__ = "form_progress"
    __table_args__ = (CheckConstraint("outcome IN ('open', 'sent', 'cancelled', 'expired', 'discarded')", name="outcome_known"),)

    draft_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    procedure_code: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(20))
    place_id: Mapped[str] = mapped_column(String(80), default="")
    """The ward or commune that the form asks for by itself (where it is handled); empty where none is named."""
    opened_at: Mapped[datetime] = mapped_column(index=True)
    touched_at: Mapped[datetime]
    step: Mapped[str] = mapped_column(String(60))
    answered: Mapped[int] = mapped_column(Integer, default=0)
    outcome: Mapped[str] = mapped_column(String(10), default="open")
    ended_at: Mapped[datetime | None]


class UsageMonth(Base):
    """When a month was last counted. ``month``: its first day."""

    __tablename__ = "usage_month"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    counted_at: Mapped[datetime]
