"""Months of Vietnam: as moments, as texts, and in rows."""

import re
from datetime import date, datetime

from bot.clock import VIETNAM_TIME

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


def month_of(moment: datetime) -> date:
    """The first day of the month in which a moment lies in Vietnam."""
    return moment.astimezone(VIETNAM_TIME).date().replace(day=1)


def parsed_month(words: str) -> date | None:
    """``2026-11`` as the first day of the month, from 2000 to 2099; None for anything else."""
    found = _MONTH.fullmatch(words.strip()) if len(words) < 20 else None
    return date(int(found[1]), int(found[2]), 1) if found else None


def moved(month: date, by: int) -> date:
    """The month so many months later (or earlier)."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """Both and all between them; empty where the last lies before the first."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [moved(first, step) for step in range(max(0, count))]


def begin_of(month: date) -> datetime:
    """Its first moment."""
    return datetime(month.year, month.month, 1, tzinfo=VIETNAM_TIME)


def end_of(month: date) -> datetime:
    """The first moment after it."""
    return begin_of(moved(month, 1))
