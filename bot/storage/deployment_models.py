"""The ledger's tables of models that go live: who let which model speak, what each engine slot serves, and where turns go."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class Promotion(Base):
    """One candidate's way to the citizens, from the proposal to its end. It keeps the model's name and content hash itself, so
    that it can be read when the candidate was tidied away."""

    __tablename__ = "promotion"
    __table_args__ = (
        CheckConstraint(
            "state IN ('refused', 'proposed', 'approved', 'canary', 'live', 'replaced', 'returned')",
            name="state_known",
        ),
        Index("ix_promotion_state", "state"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    candidate_id: Mapped[int | None] = mapped_column(ROW_ID, index=True)
    model_name: Mapped[str] = mapped_column(String(200))
    model_sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(400))
    verdict: Mapped[dict[str, Any]]
    """The gate's findings as they were at the proposal (``bot.training.gate.Verdict``)."""
    overridden_by: Mapped[str | None] = mapped_column(String(80))
    overridden_at: Mapped[datetime | None]
    override_reason: Mapped[str | None] = mapped_column(String(400))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None] = mapped_column(String(400))
    slot: Mapped[str | None] = mapped_column(String(1))
    share: Mapped[int] = mapped_column(Integer, default=0)
    """Percent of the conversations that it is tried on; 100: all at once."""
    finishes_itself: Mapped[bool] = mapped_column(default=False)
    """Goes live without another press where the trial was long and no worse."""
    replaces_id: Mapped[int | None] = mapped_column(ROW_ID)
    """The promotion that was live before; None where that was the model of the installation."""
    canary_at: Mapped[datetime | None]
    share_at: Mapped[datetime | None]
    """When the present share began: a measurement counts from here."""
    live_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80))
    end_reason: Mapped[str | None] = mapped_column(String(400))
    measured: Mapped[dict[str, Any] | None]
    """The trial's figures at its end."""


class EngineSlot(Base):
    """One place for an engine process. ``model_…``: what it is to serve (None: the installation's own model in slot a, nothing in
    slot b); ``loaded_…``: what it says that it serves."""

    __tablename__ = "engine_slot"
    __table_args__ = (CheckConstraint("slot IN ('a', 'b')", name="slot_known"),)

    slot: Mapped[str] = mapped_column(String(1), primary_key=True)
    model_name: Mapped[str | None] = mapped_column(String(200))
    model_sha256: Mapped[str | None] = mapped_column(String(64))
    assigned_at: Mapped[datetime | None]
    loaded_name: Mapped[str | None] = mapped_column(String(200))
    loaded_sha256: Mapped[str | None] = mapped_column(String(64))
    ready_at: Mapped[datetime | None]
    """Since when it answers with what is loaded; None while it does not."""
    seen_at: Mapped[datetime | None]
    smoke_sha256: Mapped[str | None] = mapped_column(String(64))
    """The model whose smoke conversation went well here."""
    fault: Mapped[str | None] = mapped_column(String(200))


class EngineRoute(Base):
    """Where turns go: one row. ``fence`` rises with every change, so that two people cannot both believe they decided, and so
    that processes notice."""

    __tablename__ = "engine_route"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    live_slot: Mapped[str] = mapped_column(String(1), default="a")
    canary_slot: Mapped[str | None] = mapped_column(String(1))
    previous_slot: Mapped[str | None] = mapped_column(String(1))
    """Keeps the model from before, ready for an instant return."""
    share: Mapped[int] = mapped_column(Integer, default=0)
    promotion_id: Mapped[int | None] = mapped_column(ROW_ID)
    """The promotion under way (approved or on trial): at most one."""
    live_promotion_id: Mapped[int | None] = mapped_column(ROW_ID)
    """The promotion whose model is live; None for the model of the installation."""
    fence: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[datetime]
