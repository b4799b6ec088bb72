"""Whether a dossier is on time, as the indicators of QĐ 766/QĐ-TTg count it (group 2).

On time: the end, less the time waited for supplements, is no later than the due date. The end is "đã xử lý xong", else "đã trả
kết quả", else stopped or refused (``registered_dossier.ended_at`` is that moment). While a supplement is awaited the first
request counts as the end. More than one request counts as late.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from bot.dossiers.status_table import Clock, status_table
from bot.reporting.rows import DossierRow

Verdict = Literal["on_time", "late", "not_judged"]
ClockOf = Callable[[DossierRow], Clock | None]


def clock_by_status(row: DossierRow) -> Clock | None:
    """The clock of the row's status; None where the table of statuses does not know it."""
    meaning = status_table().meaning(row.source_system, row.status_code)
    return meaning.status.clock if meaning is not None else None


def awaits_supplement(row: DossierRow) -> bool:
    """Whether papers were asked for, have not come, and the dossier has not ended."""
    return row.ended_at is None and any(one.requested_at is not None and one.answered_at is None for one in row.rounds)


def counted_end(row: DossierRow) -> datetime | None:
    """The moment that counts as its end; None while there is none."""
    if row.ended_at is not None:
        return row.ended_at
    if not awaits_supplement(row):
        return None
    return min(one.requested_at for one in row.rounds if one.requested_at is not None)


def waited(row: DossierRow, end: datetime) -> timedelta:
    """How long the dossier waited for supplements before ``end``. A round that was never answered waits to the end."""
    total = timedelta()
    for one in row.rounds:
        if one.requested_at is None:
            continue
        start, stop = one.requested_at, min(one.answered_at or end, end)
        total += max(stop - start, timedelta())
    return total


def verdict(row: DossierRow) -> Verdict:
    """How the dossier is judged; ``not_judged`` while it has no counted end, or has no due date."""
    end = counted_end(row)
    if end is None:
        return "not_judged"
    if len(row.rounds) > 1:
        return "late"
    if row.due_at is None:
        return "not_judged"
    return "on_time" if end - waited(row, end) <= row.due_at else "late"


def is_open(row: DossierRow, later: DossierRow, clock_of: ClockOf = clock_by_status) -> bool:
    """Whether the agency works on it: received, not ended, no papers awaited, and its clock runs. ``later``: the row as it is
    known today, whose status tells about now only: a dossier that ended since was open then."""
    if row.received_at is None or row.ended_at is not None or awaits_supplement(row):
        return False
    return later.ended_at is not None or clock_of(later) == "runs"


def deadline(row: DossierRow, moment: datetime) -> datetime | None:
    """The due date, put off by the time waited for supplements up to ``moment``."""
    return row.due_at + waited(row, moment) if row.due_at is not None else None
