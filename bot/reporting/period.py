"""The day or month that a report is about: borders are midnights in Vietnam."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.clock import VIETNAM_TIME

Kind = Literal["daily", "monthly"]
_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)


class PeriodError(ValueError):
    """The words name no day or month of ours."""


@dataclass(frozen=True)
class Period:
    """From the first midnight of ``first`` up to the last of ``last``, both in Vietnam time."""

    kind: Kind
    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), VIETNAM_TIME)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), VIETNAM_TIME)

    @property
    def name(self) -> str:
        """``2026-11-26`` or ``2026-11``."""
        return self.first.isoformat() if self.kind == "daily" else self.first.isoformat()[:7]

    def holds(self, moment: datetime | None) -> bool:
        """Whether the moment lies within."""
        return moment is not None and self.begin <= moment < self.end


def day_of(day: date) -> Period:
    """The period of one day."""
    return Period("daily", day, day)


def month_of(day: date) -> Period:
    """The period of the month in which the day lies."""
    first = day.replace(day=1)
    return Period("monthly", first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def read_period(kind: str, text: str) -> Period:
    """The period that is named: ``daily`` with ``2026-11-26``, ``monthly`` with ``2026-11``. Raises ``PeriodError``."""
    shape = {"daily": r"\d{4}-\d\d-\d\d", "monthly": r"\d{4}-\d\d"}.get(kind)
    if shape is None or re.fullmatch(shape, text, re.ASCII) is None:
        raise PeriodError(f"{text[:20]!r} is not a day (2026-11-26) or a month (2026-11)")
    try:
        day = date.fromisoformat(text if kind == "daily" else f"{text}-01")
    except ValueError as error:
        raise PeriodError(f"there is no {text}") from error
    if not _EARLIEST <= day <= _LATEST:
        raise PeriodError(f"{text} lies too far away")
    return day_of(day) if kind == "daily" else month_of(day)
