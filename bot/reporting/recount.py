"""A report recomputed from the rows by another, plain way, to hold the hub's figures against.

It shares no code with the counting: it walks over every row once for each figure and follows the words of the rules
(docs/administrators/reports.md). Slow on purpose, and right by being simple."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.dossiers.status_table import status_table
from bot.storage.evidence_models import RegisteredDossier

_VIETNAM = timedelta(hours=7)


@dataclass(frozen=True)
class Difference:
    """One figure that the rows do not bear out."""

    unit: str
    figure: str
    reported: Any
    recounted: Any


def recount(session: Session, first_day: str, last_day: str) -> dict[str, dict[str, int]]:
    """Figure by figure for each unit's code and for ``total``; days as ``2026-11-26``."""
    start = datetime.fromisoformat(f"{first_day}T00:00:00+00:00") - _VIETNAM
    stop = datetime.fromisoformat(f"{last_day}T00:00:00+00:00") - _VIETNAM + timedelta(days=1)
    # What had ended before the period is in none of its figures.
    listed = select(RegisteredDossier).where(RegisteredDossier.missing_since.is_(None))
    relevant = listed.where(or_(RegisteredDossier.ended_at.is_(None), RegisteredDossier.ended_at >= start))
    rows = [_Plain(one) for one in session.scalars(relevant.order_by(RegisteredDossier.unit_code))]
    found = {name: _figures(list(mine), start, stop) for name, mine in groupby(rows, key=lambda row: row.unit)}
    found["total"] = _figures(rows, start, stop)
    return found


def differences(session: Session, figures: Mapping[str, Any]) -> list[Difference]:
    """Where a report's figures are not those of the rows as they are now."""
    plain = recount(session, figures["first_day"], figures["last_day"])
    told = {"total": _told(figures["total"])} | {one["unit_code"] or one["key"]: _told(one["counts"]) for one in figures["units"]}
    found = []
    for unit in sorted(plain.keys() | told.keys()):
        left, right = told.get(unit, {}), plain.get(unit, {})
        for figure in sorted(left.keys() | right.keys()):
            if left.get(figure, 0) != right.get(figure, 0):
                found.append(Difference(unit, figure, left.get(figure, 0), right.get(figure, 0)))
    return found


def _told(counts: Mapping[str, Any]) -> dict[str, int]:
    online = counts["procedures"]
    numbers = {name: value for name, value in counts.items() if name != "procedures"}
    return numbers | {"procedures": len(online), "procedures_online": len([code for code in online if online[code]])}


class _Plain:
    """A row with what the rules ask of it, worked out anew."""

    def __init__(self, row: RegisteredDossier) -> None:
        self.row, self.unit = row, row.unit_code
        self.requests: list[tuple[datetime | None, datetime | None]] = []
        for one in row.supplements if isinstance(row.supplements, list) else []:
            if isinstance(one, dict):
                self.requests.append((_read(one.get("requested_at")), _read(one.get("answered_at"))))

    def ended(self, stop: datetime) -> datetime | None:
        """When it ended, as far as that was known at ``stop``."""
        return None if self.row.ended_at is None or self.row.ended_at >= stop else self.row.ended_at

    def asked(self, stop: datetime) -> list[tuple[datetime | None, datetime | None]]:
        """The requests for papers that had been made by then, each with its answer if that had come."""
        known: list[tuple[datetime | None, datetime | None]] = []
        for requested, answered in self.requests:
            if requested is not None and requested >= stop:
                continue
            known.append((requested, None if answered is not None and answered >= stop else answered))
        return known

    def waits(self, stop: datetime) -> bool:
        """Whether papers were awaited at ``stop``."""
        if self.ended(stop) is not None:
            return False
        return len([1 for requested, answered in self.asked(stop) if requested is not None and answered is None]) > 0

    def end_that_counts(self, stop: datetime) -> datetime | None:
        """The end, or the first request for papers while they are awaited."""
        if self.ended(stop) is not None:
            return self.ended(stop)
        if self.waits(stop):
            return sorted(requested for requested, _answered in self.asked(stop) if requested is not None)[0]
        return None

    def waited_until(self, border: datetime, stop: datetime) -> timedelta:
        """The time that it waited for papers up to ``border``."""
        seconds = timedelta(0)
        for requested, answered in self.asked(stop):
            if requested is None:
                continue
            until = border if answered is None or answered > border else answered
            if until > requested:
                seconds = seconds + (until - requested)
        return seconds

    def judged(self, stop: datetime) -> str | None:
        """``on_time``, ``late``, ``no_due_date``, or None while it has no end."""
        end = self.end_that_counts(stop)
        if end is None:
            return None
        if len(self.asked(stop)) >= 2:
            return "late"
        if self.row.due_at is None:
            return "no_due_date"
        return "late" if end - self.waited_until(end, stop) > self.row.due_at else "on_time"

    def worked_on(self, stop: datetime) -> bool:
        """Whether the agency's clock ran at ``stop``."""
        if self.row.received_at is None or self.row.received_at >= stop:
            return False
        if self.ended(stop) is not None or self.waits(stop):
            return False
        if self.row.ended_at is not None:
            return True
        meaning = status_table().meaning(self.row.source_system, self.row.status_code)
        return meaning is not None and meaning.status.clock == "runs"

    def past_deadline(self, stop: datetime) -> bool:
        """Whether it was worked on and its deadline, put off by the time waited, had passed."""
        if not self.worked_on(stop) or self.row.due_at is None:
            return False
        return self.row.due_at + self.waited_until(stop, stop) < stop


def _figures(rows: list[_Plain], start: datetime, stop: datetime) -> dict[str, int]:
    found = {name: len([row for row in rows if belongs(row)]) for name, belongs in _rules(start, stop).items()}
    come = [row.row for row in rows if _inside(row.row.received_at, start, stop)]
    found["procedures"] = len({row.procedure_code for row in come})
    found["procedures_online"] = len({row.procedure_code for row in come if row.channel == "online"})
    return found


def _inside(moment: datetime | None, start: datetime, stop: datetime) -> bool:
    return moment is not None and moment >= start and moment < stop


def _rules(start: datetime, stop: datetime) -> dict[str, Callable[[_Plain], bool]]:
    """Which rows each figure counts."""

    def come(row: _Plain, channel: str) -> bool:
        return _inside(row.row.received_at, start, stop) and row.row.channel == channel

    def gone(row: _Plain) -> bool:
        return _inside(row.row.ended_at, start, stop)

    def verdict(row: _Plain) -> str | None:
        return row.judged(stop) if _inside(row.end_that_counts(stop), start, stop) else None

    def online(row: _Plain) -> bool:
        return row.row.channel == "online"

    return {
        "received": lambda row: _inside(row.row.received_at, start, stop),
        "received_online": lambda row: come(row, "online"),
        "received_direct": lambda row: come(row, "direct"),
        "received_postal": lambda row: come(row, "postal"),
        "ended": gone,
        "judged": lambda row: verdict(row) in ("on_time", "late"),
        "on_time": lambda row: verdict(row) == "on_time",
        "late": lambda row: verdict(row) == "late",
        "unjudged": lambda row: verdict(row) == "no_due_date",
        "open": lambda row: row.worked_on(stop),
        "overdue": lambda row: row.past_deadline(stop),
        "waiting": lambda row: row.waits(stop),
        "fee_due": lambda row: gone(row) and row.row.fee_due,
        "paid_online": lambda row: gone(row) and row.row.fee_due and row.row.paid_online,
        "result_known": lambda row: gone(row) and not (online(row) and row.row.electronic_result is None),
        "online_result": lambda row: gone(row) and online(row) and bool(row.row.electronic_result),
        "digitised": lambda row: gone(row) and bool(row.row.digitised),
        "digitised_known": lambda row: gone(row) and row.row.digitised in (True, False),
        "disliked": lambda row: gone(row) and bool(row.row.disliked),
        "disliked_known": lambda row: gone(row) and row.row.disliked in (True, False),
    }


def _read(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
