"""The ledger's tables of comparisons with the portal's list, and of what was up and what was down, minute by minute."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base

_OPEN = "resolved_at IS NULL"


class SyncComparison(Base):
    """One comparison of the portal's whole list of dossiers with our copy. ``counts``: differences by kind
    (``bot.sync_monitor.comparing.KINDS``); ``by_unit``: unit code to its name, compared records and differences; ``examples``: a
    few record ids by kind. ``complete`` False: the portal's list could not be read to its end, and nothing was concluded."""

    __tablename__ = "sync_check"
    __table_args__ = (CheckConstraint("kind IN ('scheduled', 'asked')", name="kind_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(10))
    asked_by: Mapped[str | None] = mapped_column(String(80))
    complete: Mapped[bool] = mapped_column(default=False)
    compared: Mapped[int] = mapped_column(Integer, default=0)
    """Record ids that stand in either list."""
    counts: Mapped[dict[str, Any]]
    by_unit: Mapped[dict[str, Any]]
    examples: Mapped[dict[str, Any]]
    detail: Mapped[str | None] = mapped_column(String(300))


class SyncDifference(Base):
    """One record that the two lists tell differently: open from the comparison that found it to the first that does not."""

    __tablename__ = "sync_difference"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('missing_here', 'missing_there', 'status_differs', 'status_merged', 'dates_differ')", name="kind_known"
        ),
        Index(
            "uq_sync_difference_one_open",
            "record_id",
            "kind",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_sync_difference_resolved_at", "resolved_at", "kind"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    record_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(20))
    unit_code: Mapped[str] = mapped_column(String(40))
    unit_name: Mapped[str] = mapped_column(String(300))
    agency: Mapped[str | None] = mapped_column(String(80))
    theirs: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the portal's list says, and what ours says: only the values that matter to the kind; empty where it has no record."""
    ours: Mapped[dict[str, Any]] = mapped_column(JSON)
    check_id: Mapped[int] = mapped_column(ForeignKey("sync_check.id", ondelete="CASCADE"), index=True)
    """The last comparison that found it."""
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class ServiceProbe(Base):
    """The last look within a minute at one part of the service: ``up``, ``down``, ``starting`` (it does not answer yet), or
    ``unknown`` where nothing could be told."""

    __tablename__ = "service_probe"
    __table_args__ = (
        CheckConstraint("state IN ('up', 'down', 'unknown', 'starting')", name="state_known"),
        Index("ix_service_probe_at", "at"),
    )

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    """The beginning of the minute."""
    state: Mapped[str] = mapped_column(String(10))
    detail: Mapped[str | None] = mapped_column(String(80))


class ServiceHour(Base):
    """How many minutes of an hour a part was up, down or not known, and the same of the minutes within office hours."""

    __tablename__ = "service_hour"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    up: Mapped[int] = mapped_column(Integer, default=0)
    down: Mapped[int] = mapped_column(Integer, default=0)
    unknown: Mapped[int] = mapped_column(Integer, default=0)
    office_up: Mapped[int] = mapped_column(Integer, default=0)
    office_down: Mapped[int] = mapped_column(Integer, default=0)
    office_unknown: Mapped[int] = mapped_column(Integer, default=0)
