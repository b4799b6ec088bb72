"""The months as they may be shown: total, agencies, procedures, and nothing that would tell few people apart (decision 0021).

Every figure that anybody sees is made of these, or is rounded.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from bot.storage.database import SessionFactory
from bot.storage.evidence_models import UsageCount
from bot.storage.usage_models import UsageMonth
from bot.usage.suppression import ONLINE, Figures, shown_alone, shown_rows

Line = tuple[str, str]
"""Agency and procedure."""

Counted = Mapping[Line, Mapping[str, int]]


@dataclass(frozen=True)
class PublishedMonth:
    """One month. Empty ids stand for "not known"."""

    month: date
    counted_at: datetime
    total: Figures
    agencies: Mapping[str, Figures]
    procedures: Mapping[Line, Figures]


def published(month: date, counted_at: datetime, lines: Counted) -> PublishedMonth:
    """The month as it may be shown. The agencies are rows of the total, the procedures rows of their agency. Pure."""
    total: defaultdict[str, int] = defaultdict(int)
    by_agency: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (agency, _), counts in lines.items():
        for name, n in counts.items():
            total[name] += n
            by_agency[agency][name] += n
    known = shown_alone(total)
    agencies = shown_rows(known, by_agency)
    procedures: dict[Line, Figures] = {}
    for agency, figures in agencies.items():
        procedures |= shown_rows(figures, {line: counts for line, counts in lines.items() if line[0] == agency})
    return PublishedMonth(month, counted_at, known, agencies, procedures)


def read_lines(session: Session, month: date, *conditions: Any) -> Counted:
    """The month's counts by agency and procedure; ``conditions`` on ``usage_count`` narrow them. Not to be shown as they are."""
    online = func.sum(case((UsageCount.channel == "online", UsageCount.n), else_=0))
    groups = (UsageCount.agency, UsageCount.procedure_code, UsageCount.measure)
    wanted = select(*groups, func.sum(UsageCount.n), online).where(UsageCount.month == month, *conditions).group_by(*groups)
    lines: defaultdict[Line, dict[str, int]] = defaultdict(dict)
    for agency, procedure, measure, n, online_n in session.execute(wanted):
        lines[agency, procedure][measure] = int(n)
        if measure == "dossiers":
            lines[agency, procedure][ONLINE] = int(online_n)
    return lines


class PublishedMonths:
    """Reads each count of a month once. Thread-safe."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._kept: dict[date, PublishedMonth] = {}

    def counted(self) -> Mapping[date, datetime]:
        """When each month was counted, the oldest month first."""
        with self._sessions() as session:
            rows = session.execute(select(UsageMonth.month, UsageMonth.counted_at).order_by(UsageMonth.month)).all()
        return {row.month: row.counted_at for row in rows}

    def of(self, month: date, counted_at: datetime) -> PublishedMonth:
        """The month as it was counted at that moment."""
        with self._lock:
            kept = self._kept.get(month)
            if kept is None or kept.counted_at != counted_at:
                with self._sessions() as session:
                    kept = self._kept[month] = published(month, counted_at, read_lines(session, month))
            return kept
