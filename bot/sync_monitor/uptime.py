"""What was up and what was down: kept by the minute, added up by the hour, shown by the day.

A minute without a look counts as not measured, never as up: whoever looks may have been down too. A minute of a start counts
as down: it is told apart for whoever looks now, but nobody was answered in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.storage.database import SessionFactory, writing
from bot.storage.sync_models import ServiceHour, ServiceProbe

State = Literal["up", "down", "unknown", "starting"]
STATES: tuple[State, ...] = get_args(State)
DAYS_SHOWN = 90
_COUNTED_AS: Mapping[State, str] = {"up": "up", "down": "down", "unknown": "unknown", "starting": "down"}
FRESH = timedelta(minutes=3)
"""A look that is older says nothing about now."""
_LONGEST_DETAIL = 80


@dataclass(frozen=True)
class Look:
    """What one look at a part found. ``detail``: for operators, in a word or two; never shown to citizens."""

    part: str
    state: State
    detail: str | None = None


def note_looks(sessions: SessionFactory, looks: Iterable[Look], now: datetime, *, office_open: bool) -> int:
    """Keeps the looks of this minute and adds them to their hour. Another look at a part within its minute takes the place of the
    one before, so that now is told as it is, and is not counted again. How many were kept for the first time."""
    minute = now.replace(second=0, microsecond=0)
    hour = minute.replace(minute=0)
    kept = 0
    with writing(sessions) as session:
        there = {row.part: row for row in session.scalars(select(ServiceProbe).where(ServiceProbe.at == minute))}
        for look in looks:
            detail = look.detail[:_LONGEST_DETAIL] if look.detail else None
            before = there.get(look.part)
            if before is not None:
                before.state, before.detail = look.state, detail
                continue
            there[look.part] = ServiceProbe(part=look.part, at=minute, state=look.state, detail=detail)
            session.add(there[look.part])
            kept += 1
            row = session.get(ServiceHour, (look.part, hour), with_for_update=True)
            if row is None:
                row = ServiceHour(part=look.part, hour=hour, **dict.fromkeys(_COLUMNS, 0))
                session.add(row)
            counted = _COUNTED_AS[look.state]
            for column in (counted, f"office_{counted}")[: 2 if office_open else 1]:
                setattr(row, column, getattr(row, column) + 1)
    return kept


_COLUMNS = tuple(f"{when}{state}" for when in ("", "office_") for state in ("up", "down", "unknown"))


@dataclass(frozen=True)
class Minutes:
    """Minutes by state."""

    up: int = 0
    down: int = 0
    unknown: int = 0

    def __add__(self, other: "Minutes") -> "Minutes":
        return Minutes(self.up + other.up, self.down + other.down, self.unknown + other.unknown)

    @property
    def availability(self) -> float | None:
        """Share of the minutes that were measured in which it was up; None where none was."""
        return self.up / (self.up + self.down) if self.up + self.down else None

    @property
    def verdict(self) -> Literal["up", "partly", "down", "unknown"]:
        """A day in one word: ``partly`` from the first minute down, ``down`` where it was down half of the time."""
        if not self.up + self.down:
            return "unknown"
        if not self.down:
            return "up"
        return "down" if self.down >= self.up else "partly"


def days_of(session: Session, since: date, until: date) -> dict[str, dict[date, Minutes]]:
    """Minutes of each part and day (Vietnam's), from ``since`` to ``until``, both included. Days without a look are not there."""
    found: dict[str, dict[date, Minutes]] = defaultdict(dict)
    for row in _hours(session, since, until):
        days = found[row.part]
        day = row.hour.astimezone(VIETNAM_TIME).date()
        days[day] = days.get(day, Minutes()) + Minutes(row.up, row.down, row.unknown)
    return dict(found)


def office_minutes(session: Session, since: date, until: date) -> dict[str, Minutes]:
    """Minutes of each part within office hours, over these days, both included."""
    found: dict[str, Minutes] = {}
    for row in _hours(session, since, until):
        counted = Minutes(row.office_up, row.office_down, row.office_unknown)
        found[row.part] = found.get(row.part, Minutes()) + counted
    return found


def _hours(session: Session, since: date, until: date) -> Iterable[ServiceHour]:
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=VIETNAM_TIME) for day in (since, until + timedelta(days=1)))
    wanted = select(ServiceHour).where(ServiceHour.hour >= begin, ServiceHour.hour < end)
    return session.scalars(wanted.order_by(ServiceHour.hour))


@dataclass(frozen=True)
class Latest:
    """The newest look at a part, and when it was."""

    state: State
    at: datetime


def state_now(session: Session, now: datetime) -> dict[str, Latest]:
    """Each part's newest look of the last minutes; ``unknown`` where the newest is too old to say anything about now."""
    wanted = select(ServiceProbe).where(ServiceProbe.at > now - timedelta(days=1), ServiceProbe.at <= now)
    newest: dict[str, Latest] = {}
    for row in session.scalars(wanted.order_by(ServiceProbe.at)):
        state: State = next((one for one in STATES if one == row.state), "unknown")
        newest[row.part] = Latest(state if now - row.at <= FRESH else "unknown", row.at)
    return newest


def strip(days: Mapping[date, Minutes], last: date, length: int = DAYS_SHOWN) -> list[tuple[date, Minutes]]:
    """The last days, the oldest first, with empty ones for those without a look."""
    shown = (last - timedelta(days=back) for back in range(length - 1, -1, -1))
    return [(day, days.get(day, Minutes())) for day in shown]
