"""The ledger's tables of the reporting hub: the reports that were made, and where each of them went."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class Report(Base):
    """One report of a day or a month, never changed. Made again with other figures it is a new row with the next revision.

    ``id``: ``daily-2026-11-26-r1``. ``figures``: counts of every unit, and nothing of a person. ``alerts``: what was late or
    silent at the end of the period. ``changes``: what differs from the revision before. ``sha256``: of the figures."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("kind IN ('daily', 'monthly')", name="kind_known"),
        UniqueConstraint("kind", "first_day", "revision"),
        Index("ix_report_first_day", "first_day"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    """The clock (``system``), the command line (``operator``), or the login of an account."""
    figures: Mapped[dict[str, Any]]
    alerts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))


class ReportDelivery(Base):
    """One report on its way to one destination."""

    __tablename__ = "report_delivery"
    __table_args__ = (
        CheckConstraint("destination IN ('folder', 'mail', 'webhook')", name="destination_known"),
        CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state_known"),
        UniqueConstraint("report_id", "destination"),
        Index("ix_report_delivery_state_next_try_at", "state", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"))
    destination: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    """When it may next be tried; moved on by whoever tries it, so that nobody else does at the same time."""
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(300))
    """Why the last try failed, in a word or a few; never what the other side wrote."""
