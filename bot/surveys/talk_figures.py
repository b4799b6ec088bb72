"""How talks were rated: by week, channel and procedure, with what a handful of presses would tell hidden."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.shares import LEAST_SHOWN
from bot.storage.survey_models import ConversationRating
from bot.surveys.estimates import wilson
from bot.surveys.talk_ratings import TalkReason


@dataclass(frozen=True)
class RatedShare:
    """One row: ``share`` of the ratings that were good with its 95 % interval (Wilson). None where fewer than ``LEAST_SHOWN``
    rated; ``rated`` is None then too."""

    name: str
    asked: int
    rated: int | None
    share: float | None
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class RatedReason:
    """How often a reason was given for a poor rating; None where it was less than ``LEAST_SHOWN`` times."""

    reason: str
    n: int | None


@dataclass(frozen=True)
class TalkFigures:
    """All rows of the page. ``weeks`` by their Monday as ISO date, oldest first; the others by how many were asked."""

    total: RatedShare
    weeks: tuple[RatedShare, ...]
    channels: tuple[RatedShare, ...]
    procedures: tuple[RatedShare, ...]
    reasons: tuple[RatedReason, ...]


def talk_figures(session: Session, first: date, last: date, procedures: Collection[str] | None = None) -> TalkFigures:
    """The figures of these days. ``procedures``: only talks that were about one of these; None: all talks."""
    rows = [row for row in _rows(session, first, last) if procedures is None or row.procedure_code in procedures]

    def week(row: Any) -> str:
        day: date = row.asked_at.astimezone(VIETNAM_TIME).date()
        return (day - timedelta(days=day.weekday())).isoformat()

    reasons = Counter(row.reason for row in rows if row.score == "poor" and row.reason)
    weeks = sorted(_shares(rows, week), key=lambda one: one.name)
    return TalkFigures(
        _share("", rows),
        tuple(weeks),
        tuple(_shares(rows, lambda row: str(row.channel))),
        tuple(_shares([row for row in rows if row.procedure_code], lambda row: str(row.procedure_code))),
        tuple(RatedReason(one, reasons[one] if reasons[one] >= LEAST_SHOWN else None) for one in get_args(TalkReason)),
    )


def _rows(session: Session, first: date, last: date) -> Sequence[Any]:
    begin = datetime.combine(first, time(0), VIETNAM_TIME)
    end = datetime.combine(last + timedelta(days=1), time(0), VIETNAM_TIME)
    one = ConversationRating
    columns = (one.asked_at, one.channel, one.intent, one.procedure_code, one.score, one.reason)
    return session.execute(select(*columns).where(one.asked_at >= begin, one.asked_at < end)).all()


def _shares(rows: Iterable[Any], key: Callable[[Any], str]) -> list[RatedShare]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(key(row), []).append(row)
    return sorted((_share(name, some) for name, some in grouped.items()), key=lambda one: (-one.asked, one.name))


def _share(name: str, rows: Sequence[Any]) -> RatedShare:
    rated = [row for row in rows if row.score is not None]
    if len(rated) < LEAST_SHOWN:
        return RatedShare(name, len(rows), None, None)
    value = sum(row.score == "good" for row in rated) / len(rated)
    return RatedShare(name, len(rows), len(rated), value, *wilson(value, len(rated)))
