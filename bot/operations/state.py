"""What the page of operations shows, read from the ledger at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversations.delivery_figures import UnsentPart, unsent_parts
from bot.operations.ledger_figures import ALIVE_WITHIN, LedgerFigures, read_figures
from bot.storage.models import Heartbeat, Inbound
from bot.sync_monitor.uptime import Latest, state_now
from bot.training.routes import Route, Slot, read_route
from bot.training.slots import SlotView, read_slots

BIN = timedelta(minutes=5)
BINS = 12
UNSENT_SHOWN = 20


@dataclass(frozen=True)
class ProcessSeen:
    """A process that gives signs of life. ``alive``: the last one is fresh; ``version``: its release, None where it
    does not say."""

    name: str
    kind: str
    beat_at: datetime
    alive: bool
    version: str | None = None


@dataclass(frozen=True)
class FiveMinutes:
    """What came in within five minutes, how much of it has ended, and the mean seconds until it did (None where none has)."""

    begins: datetime
    arrived: int
    ended: int
    mean_seconds: float | None


@dataclass(frozen=True)
class OperationsState:
    """The whole page. ``hour``: the last hour, the oldest first; ``outcomes``: of the last day."""

    figures: LedgerFigures
    processes: tuple[ProcessSeen, ...]
    hour: tuple[FiveMinutes, ...]
    outcomes: Mapping[str, int]
    parts: Mapping[str, Latest]
    route: Route
    slots: Mapping[Slot, SlotView]
    unsent: tuple[UnsentPart, ...]

    @property
    def releases(self) -> set[str | None]:
        """Of which releases the processes are that are alive."""
        return {one.version for one in self.processes if one.alive}

    @property
    def engine_proven(self) -> bool:
        """Whether the live slot serves what it should."""
        return self.slots[self.route.live].ready


def read_operations(session: Session, now: datetime) -> OperationsState:
    """The state now. Raises SQLAlchemy's errors."""
    beats = session.scalars(select(Heartbeat).order_by(Heartbeat.kind, Heartbeat.beat_at.desc()))
    day = select(Inbound.outcome, func.count()).where(Inbound.received_at > now - timedelta(days=1), Inbound.outcome.is_not(None))
    return OperationsState(
        figures=read_figures(session, now),
        processes=tuple(_process(one, now) for one in beats),
        hour=_last_hour(session, now),
        outcomes={str(row[0]): row[1] for row in session.execute(day.group_by(Inbound.outcome).order_by(Inbound.outcome))},
        parts=state_now(session, now),
        route=read_route(session),
        slots=read_slots(session),
        unsent=tuple(unsent_parts(session, UNSENT_SHOWN)),
    )


def _process(one: Heartbeat, now: datetime) -> ProcessSeen:
    return ProcessSeen(one.name, one.kind, one.beat_at, now - one.beat_at < ALIVE_WITHIN, one.version)


def _last_hour(session: Session, now: datetime) -> tuple[FiveMinutes, ...]:
    begins = now - BINS * BIN
    rows = session.execute(
        select(Inbound.received_at, Inbound.finished_at).where(Inbound.received_at > begins, Inbound.received_at <= now)
    )
    return by_five_minutes([(row[0], row[1]) for row in rows], begins)


def by_five_minutes(messages: Sequence[tuple[datetime, datetime | None]], begins: datetime) -> tuple[FiveMinutes, ...]:
    """Messages (arrival, end) of an hour by five minutes of their arrival."""
    waits: list[list[float]] = [[] for _ in range(BINS)]
    arrived = [0] * BINS
    for came, ended in messages:
        place = min(BINS - 1, max(0, int((came - begins) / BIN)))
        arrived[place] += 1
        if ended is not None:
            waits[place].append(max(0.0, (ended - came).total_seconds()))
    return tuple(
        FiveMinutes(begins + place * BIN, arrived[place], len(found), sum(found) / len(found) if found else None)
        for place, found in enumerate(waits)
    )
