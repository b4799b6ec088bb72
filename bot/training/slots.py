"""The engine slots in the ledger: what each is to serve, and what it says that it serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from bot.storage.deployment_models import EngineSlot
from bot.training.promoted_files import promoted_file
from bot.training.routes import SLOTS, Slot, read_route

State = Literal["serving", "waiting", "away"]
SEEN_EVERY = timedelta(seconds=60)
"""A slot that stays as it is is noted again after this time."""


@dataclass(frozen=True)
class SlotReport:
    """What a slot says of itself. ``away``: it says nothing; ``waiting``: it has no model and costs next to nothing."""

    state: State
    name: str | None = None
    sha256: str | None = None


AWAY = SlotReport("away")


@dataclass(frozen=True)
class SlotView:
    """A slot as the ledger knows it. ``assigned…``: None where it is to serve the installation's own model, or nothing."""

    slot: Slot
    assigned_name: str | None = None
    assigned_sha256: str | None = None
    assigned_at: datetime | None = None
    loaded_name: str | None = None
    loaded_sha256: str | None = None
    ready_at: datetime | None = None
    seen_at: datetime | None = None
    smoke_sha256: str | None = None
    fault: str | None = None

    @property
    def ready(self) -> bool:
        """Whether it serves, and serves what it should."""
        right = self.assigned_sha256 is None or self.assigned_sha256 == self.loaded_sha256
        return self.ready_at is not None and right

    @property
    def proven(self) -> bool:
        """Whether it is ready and the smoke conversation went well with this model."""
        return self.ready and self.loaded_sha256 is not None and self.smoke_sha256 == self.loaded_sha256


@dataclass(frozen=True)
class LiveModel:
    """The model that citizens hear: its file's name and hash."""

    name: str
    sha256: str


def read_slots(session: Session) -> dict[Slot, SlotView]:
    """Both slots."""
    return {slot: _view(slot, session.get(EngineSlot, slot, populate_existing=True)) for slot in SLOTS}


def _view(slot: Slot, row: EngineSlot | None) -> SlotView:
    if row is None:
        return SlotView(slot)
    return SlotView(
        slot,
        row.model_name,
        row.model_sha256,
        row.assigned_at,
        row.loaded_name,
        row.loaded_sha256,
        row.ready_at,
        row.seen_at,
        row.smoke_sha256,
        row.fault,
    )


def live_model(session: Session) -> LiveModel | None:
    """The model of the live slot as it was last reported; None where none was seen yet."""
    live = read_slots(session)[read_route(session).live]
    if live.loaded_name is None or live.loaded_sha256 is None:
        return None
    return LiveModel(live.loaded_name, live.loaded_sha256)


def live_model_file(session: Session, models_dir: Path) -> Path | None:
    """The file of the live model, to measure a candidate against; None where it is not known or gone."""
    live = live_model(session)
    if live is None:
        return None
    kept = promoted_file(models_dir, live.sha256)
    installed = models_dir / Path(live.name).name
    return next((path for path in (kept, installed) if path.is_file()), None)


def slot_row(session: Session, slot: Slot) -> EngineSlot:
    """The row, made where there is none. Call it in a transaction that writes."""
    row = session.get(EngineSlot, slot, with_for_update=True, populate_existing=True)
    if row is None:
        row = EngineSlot(slot=slot)
        session.add(row)
        session.flush()
    return row


def changes_something(view: SlotView, report: SlotReport, now: datetime) -> bool:
    """Whether the report tells anything new, so that it is worth writing down."""
    serving = report.state == "serving"
    if (view.ready_at is not None) != serving or view.seen_at is None:
        return True
    if report.state != "away" and now - view.seen_at >= SEEN_EVERY:
        return True
    return serving and (view.loaded_sha256, view.loaded_name) != (report.sha256, report.name)


def note_report(session: Session, slot: Slot, report: SlotReport, now: datetime) -> None:
    """Writes down what the slot says."""
    row = slot_row(session, slot)
    if report.state != "away" or row.seen_at is None:
        row.seen_at = now
    if report.state != "serving":
        row.ready_at = None
        if report.state == "waiting":
            row.loaded_name = row.loaded_sha256 = None
        return
    if row.loaded_sha256 != report.sha256 or row.ready_at is None:
        row.ready_at = now
    row.loaded_name, row.loaded_sha256 = report.name, report.sha256


def assign(session: Session, slot: Slot, model: LiveModel | None, now: datetime) -> None:
    """What the slot is to serve from now on; it notices by itself."""
    row = slot_row(session, slot)
    row.model_name = model.name if model else None
    row.model_sha256 = model.sha256 if model else None
    row.assigned_at, row.fault = now, None
    if model is None or row.smoke_sha256 != model.sha256:
        row.smoke_sha256 = None


def needed_files(slots: Mapping[Slot, SlotView]) -> set[str]:
    """The hashes of the models that slots are to serve."""
    return {one.assigned_sha256 for one in slots.values() if one.assigned_sha256 is not None}
