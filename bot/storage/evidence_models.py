"""The ledger's tables of evidence: all dossiers as the portal lists them (nobody's name among them), counts by month, and whose
turn a scheduled task is."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class RegisteredDossier(Base):
    """One dossier as the portal's list tells it: no person, no dossier code. ``record_id`` is the portal's own opaque id.

    ``channel``: how it was filed. ``electronic_result``, ``digitised``, ``disliked``: None where the portal does not say.
    ``supplements``: one entry per round, oldest first: ``{"requested_at": ISO, "answered_at": ISO | null}``."""

    __tablename__ = "registered_dossier"
    __table_args__ = (
        CheckConstraint("channel IN ('online', 'direct', 'postal')", name="channel_known"),
        Index("ix_registered_dossier_procedure_received", "procedure_code", "received_at"),
        Index("ix_registered_dossier_received_at", "received_at"),
        Index("ix_registered_dossier_ended_at", "ended_at"),
    )

    record_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    source_system: Mapped[str] = mapped_column(String(40))
    procedure_code: Mapped[str] = mapped_column(String(40))
    unit_code: Mapped[str] = mapped_column(String(40))
    """The portal's code of the receiving unit, with its name; ``place_id`` is our ward or commune (``places.yml``), None for a
    unit of the city."""
    unit_name: Mapped[str] = mapped_column(String(300))
    place_id: Mapped[str | None] = mapped_column(String(80))
    agency: Mapped[str | None] = mapped_column(String(80))
    """The agency of ``agencies.yml`` that the unit belongs to; None where we know none."""
    channel: Mapped[str] = mapped_column(String(10))
    status_code: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    supplements: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fee_due: Mapped[bool]
    paid_online: Mapped[bool]
    electronic_result: Mapped[bool | None]
    digitised: Mapped[bool | None]
    disliked: Mapped[bool | None]
    """Whether its citizen sent a petition or rated it badly at the portal."""
    as_of: Mapped[datetime]
    """When the source last stated this."""
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    missing_since: Mapped[datetime | None]
    """Since when a whole reading of the portal's list does not find it any more."""


class RegisterRun(Base):
    """One reading of the portal's list: ``changes`` after the last place, or ``whole`` from the oldest."""

    __tablename__ = "register_run"
    __table_args__ = (CheckConstraint("kind IN ('changes', 'whole')", name="kind_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    complete: Mapped[bool] = mapped_column(default=False)
    read: Mapped[int] = mapped_column(Integer, default=0)
    written: Mapped[int] = mapped_column(Integer, default=0)
    """Records that were new or said something new."""
    refused: Mapped[int] = mapped_column(Integer, default=0)
    detail: Mapped[str | None] = mapped_column(String(300))


class UsageCount(Base):
    """How much of something there was in a month: what the board shows and the yearly review judges by. Counted anew from the
    ledger while its rows last; kept when they are gone. Empty strings stand for "none" or "not known".

    ``month``: its first day. ``measure``: one of ``bot.usage.measures.MEASURES``; ``detail`` divides it further."""

    __tablename__ = "usage_count"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    measure: Mapped[str] = mapped_column(String(30), primary_key=True)
    procedure_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    agency: Mapped[str] = mapped_column(String(80), primary_key=True)
    place_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    detail: Mapped[str] = mapped_column(String(60), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class ScheduledTurn(Base):
    """When a scheduled task was last begun: whoever moves it on does the task, once, however many workers run."""

    __tablename__ = "scheduled_turn"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    taken_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
