"""The figures of a service over twelve months, from the monthly counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from bot.shares import Share
from bot.storage.evidence_models import UsageCount

SHARES: Mapping[str, tuple[str, str]] = {
    "online_of_dossiers": ("online_dossiers", "dossiers"),
    "on_time_of_ended": ("ended_on_time", "ended"),
    "supplements_of_dossiers": ("supplements", "dossiers"),
    "finished_of_started": ("finished", "started"),
    "abandoned_of_started": ("abandoned", "started"),
    "good_of_ratings": ("ratings_good", "ratings"),
}
"""Shares that rules and pages may name: of which count, out of which."""

COUNTS = (
    "months", "questions", "handoffs", "dossiers", "online_dossiers", "ended", "ended_on_time", "supplements", "started",
    "finished", "abandoned", "ratings_good", "ratings_poor", "ratings",
)  # fmt: skip
"""Counts that rules and pages may name. ``months``: how many months of the year were counted for any service. Ratings: of
officers' help and of talks with the assistant together."""

_MEASURES = tuple(name for name in COUNTS if name not in ("months", "online_dossiers", "ratings"))


@dataclass(frozen=True)
class YearFigures:
    """The counts of one service in one year."""

    counts: Mapping[str, int]

    def count(self, name: str) -> int:
        """A count; 0 where nothing was counted. Raises ``KeyError`` for a name that is none."""
        if name not in COUNTS:
            raise KeyError(name)
        return self.counts.get(name, 0)

    def share(self, name: str) -> Share:
        """A share of ``SHARES``. A part that outgrew its whole (months on the border of the retention) counts as all of it."""
        part, whole = SHARES[name]
        return Share(min(self.count(part), self.count(whole)), self.count(whole))


NO_FIGURES = YearFigures({})


def figures_of_year(session: Session, year: int) -> dict[str, YearFigures]:
    """The figures by procedure's code, of every procedure that was counted in this year."""
    within = and_(UsageCount.month >= date(year, 1, 1), UsageCount.month <= date(year, 12, 1))
    measure = case(
        (and_(UsageCount.measure == "dossiers", UsageCount.channel == "online"), "online_dossiers"), else_=UsageCount.measure
    ).label("counted")
    told = select(UsageCount.procedure_code.label("code"), measure, UsageCount.n.label("n")).where(within).subquery()
    rows = session.execute(select(told.c.code, told.c.counted, func.sum(told.c.n)).group_by(told.c.code, told.c.counted)).all()
    months = session.scalar(select(func.count(func.distinct(UsageCount.month))).where(within)) or 0
    found: dict[str, dict[str, int]] = {}
    for code, counted, n in rows:
        if code:
            found.setdefault(code, {})[counted] = int(n)
    return {code: YearFigures(_completed(counts, months)) for code, counts in sorted(found.items())}


def _completed(counts: Mapping[str, int], months: int) -> dict[str, int]:
    known = {name: counts[name] for name in _MEASURES if name in counts}
    online = counts.get("online_dossiers", 0)
    return known | {
        "months": months,
        "online_dossiers": online,
        "dossiers": counts.get("dossiers", 0) + online,
        "ratings_good": counts.get("ratings_good", 0) + counts.get("talks_good", 0),
        "ratings_poor": counts.get("ratings_poor", 0) + counts.get("talks_poor", 0),
        "ratings": sum(counts.get(name, 0) for name in ("ratings_good", "ratings_poor", "talks_good", "talks_poor")),
    }
