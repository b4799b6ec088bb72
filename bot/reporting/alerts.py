"""What is late, about to be late, or silent at a moment, by unit. Pure: the same rows give the same alerts.

An alert is ``new`` where it did not stand a day before; a dossier that goes on being late is counted and not listed again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal

from bot.catalogue.schema import WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.dossiers.working_days import CalendarEndsError, add_working_days
from bot.reporting.indicators import AlertRules, decimal
from bot.reporting.judging import ClockOf, clock_by_status, counted_end, deadline, is_open, verdict
from bot.reporting.rows import DossierRow
from bot.reporting.units import Unit

AlertKind = Literal["overdue", "due_soon", "low_on_time", "silent"]
KINDS: tuple[AlertKind, ...] = ("overdue", "due_soon", "low_on_time", "silent")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Alert:
    """One alert of one unit. ``count``: dossiers (``low_on_time``: judged ones); ``new``: how many of them, or 1, were no alert
    a day before. ``dossiers``: the portal's ids of the new ones. ``percent``: on time. ``since``: when it was last heard of."""

    kind: AlertKind
    unit: Unit
    count: int
    new: int
    dossiers: tuple[str, ...] = ()
    percent: str | None = None
    since: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept and sent."""
        return {
            "kind": self.kind,
            "unit": self.unit.as_json(),
            "count": self.count,
            "new": self.new,
            "dossiers": list(self.dossiers),
            "percent": self.percent,
            "since": self.since.astimezone(VIETNAM_TIME).isoformat(timespec="seconds") if self.since else None,
        }


@dataclass
class _Watched:
    """What is gathered of one unit while its dossiers go by."""

    overdue: int = 0
    newly_overdue: list[str] = field(default_factory=list)
    due_soon: int = 0
    newly_due_soon: list[str] = field(default_factory=list)
    judged: list[int] = field(default_factory=lambda: [0, 0])
    on_time: list[int] = field(default_factory=lambda: [0, 0])


class AlertWatch:
    """Takes dossiers one by one, then tells the alerts of the moment. Give it all that were open or ended within
    ``looks_back_to``."""

    def __init__(
        self, moment: datetime, rules: AlertRules, calendar: WorkingCalendar, clock_of: ClockOf = clock_by_status
    ) -> None:
        self._moments = (moment, moment - _DAY)
        self._rules, self._clock_of = rules, clock_of
        self._soon = [_due_soon_until(one, rules.due_working_days, calendar) for one in self._moments]
        self._units: dict[str, _Watched] = {}

    @property
    def looks_back_to(self) -> datetime:
        """The oldest end of a dossier that matters."""
        return self._moments[1] - timedelta(days=self._rules.on_time_days)

    def take(self, row: DossierRow) -> None:
        """Looks at one dossier."""
        watched = self._units.setdefault(row.unit_code, _Watched())
        states = [self._state(row, index) for index in (0, 1)]
        if states[0] == "overdue":
            watched.overdue += 1
            watched.newly_overdue += [row.record_id] if states[1] != "overdue" else []
        if states[0] == "due_soon":
            watched.due_soon += 1
            watched.newly_due_soon += [row.record_id] if states[1] != "due_soon" else []
        for index, moment in enumerate(self._moments):
            self._judge(row, watched, index, moment)

    def alerts(self, units: Sequence[Unit]) -> list[Alert]:
        """All alerts, by kind and then in the order of the units."""
        found: list[Alert] = []
        for unit in units:
            watched = self._units.get(unit.unit_code or "")
            if watched is not None:
                found += self._of_dossiers(unit, watched)
            found += self._silence(unit)
        return sorted(found, key=lambda one: KINDS.index(one.kind))

    def _state(self, row: DossierRow, index: int) -> str | None:
        moment = self._moments[index]
        then = row.known_at(moment)
        if then.received_at is None or then.received_at >= moment or not is_open(then, row, self._clock_of):
            return None
        due = deadline(then, moment)
        if due is None:
            return None
        if due < moment:
            return "overdue"
        soon = self._soon[index]
        return "due_soon" if soon is not None and due.astimezone(VIETNAM_TIME).date() <= soon else None

    def _judge(self, row: DossierRow, watched: _Watched, index: int, moment: datetime) -> None:
        then = row.known_at(moment)
        end = counted_end(then)
        if end is None or not moment - timedelta(days=self._rules.on_time_days) <= end < moment:
            return
        judged = verdict(then)
        watched.judged[index] += judged != "not_judged"
        watched.on_time[index] += judged == "on_time"

    def _of_dossiers(self, unit: Unit, watched: _Watched) -> Iterable[Alert]:
        if watched.overdue:
            yield Alert("overdue", unit, watched.overdue, len(watched.newly_overdue), tuple(watched.newly_overdue))
        if watched.due_soon:
            yield Alert("due_soon", unit, watched.due_soon, len(watched.newly_due_soon), tuple(watched.newly_due_soon))
        low = [self._is_low(watched.judged[index], watched.on_time[index]) for index in (0, 1)]
        if low[0]:
            share = Fraction(watched.on_time[0], watched.judged[0])
            yield Alert("low_on_time", unit, watched.judged[0], int(not low[1]), percent=decimal(share * 100, 2))

    def _is_low(self, judged: int, on_time: int) -> bool:
        return judged >= self._rules.on_time_dossiers and on_time * 100 < self._rules.on_time_percent * judged

    def _silence(self, unit: Unit) -> Iterable[Alert]:
        seen, moment = unit.last_seen_at, self._moments[0]
        if seen is None or moment - seen > timedelta(days=self._rules.expected_days):
            return
        silent = timedelta(hours=self._rules.silent_hours)
        if moment - seen > silent:
            yield Alert("silent", unit, 0, int(self._moments[1] - seen <= silent), since=seen)


def _due_soon_until(moment: datetime, days: int, calendar: WorkingCalendar) -> date | None:
    """The last of the next ``days`` working days; None where the calendar ends before."""
    # The moment is the border of a day: the day that is over is the one just before it.
    today = (moment - timedelta(microseconds=1)).astimezone(VIETNAM_TIME).date()
    try:
        return add_working_days(today, days, calendar)
    except CalendarEndsError:
        return None


def new_counts(alerts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many alerts of each kind are new; of dossiers, the dossiers."""
    counted: dict[str, int] = dict.fromkeys(map(str, KINDS), 0)
    for one in alerts:
        counted[one["kind"]] += one["new"]
    return counted
