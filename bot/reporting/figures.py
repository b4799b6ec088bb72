"""The figures of a period: counts of every unit and of all, the indicators, the assistant's own figures, and the alerts."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.accounts.scope import AgencyScope
from bot.catalogue.load import Offices
from bot.reporting.alerts import Alert, AlertWatch
from bot.reporting.assistant import assistant_figures
from bot.reporting.counts import Counts, added_up, counts_of
from bot.reporting.indicators import IndicatorSet, measure
from bot.reporting.judging import ClockOf, clock_by_status
from bot.reporting.period import Period
from bot.reporting.rows import rows_touching
from bot.reporting.units import Unit, expected_units, missing_places, seen_units

SCHEMA = 1
"""The number of this shape of figures, for whoever reads the files."""


@dataclass(frozen=True)
class Made:
    """What a report says. ``figures`` holds nothing of the moment when it was made."""

    figures: dict[str, Any]
    alerts: list[dict[str, Any]]


def make_figures(
    session: Session, period: Period, indicators: IndicatorSet, offices: Offices, clock_of: ClockOf = clock_by_status
) -> Made:
    """Counts everything anew from the rows, as they stood at the end of the period."""
    watch = AlertWatch(period.end, indicators.alerts, offices.calendar, clock_of)
    counted: defaultdict[str, Counts] = defaultdict(Counts)
    for row in rows_touching(session, min(period.begin, watch.looks_back_to), period.end):
        watch.take(row)
        counted[f"unit:{row.unit_code}"].add(row, period, clock_of)
    # After the rows: a unit whose first dossier comes in meanwhile has its line then.
    units = expected_units(seen_units(session), offices)
    total = added_up(counted[unit.key] for unit in units)
    figures = {
        "schema": SCHEMA,
        "kind": period.kind,
        "first_day": period.first.isoformat(),
        "last_day": period.last.isoformat(),
        "total": total.as_json(),
        "indicators": [one.as_json() for one in measure(indicators, total)],
        "units": [unit.as_json() | {"counts": counted[unit.key].as_json()} for unit in units],
        "assistant": assistant_figures(session, period),
        "completeness": _completeness(units, offices),
    }
    return Made(figures, [one.as_json() for one in watch.alerts(units)])


def alerts_at(
    session: Session, moment: datetime, indicators: IndicatorSet, offices: Offices, clock_of: ClockOf = clock_by_status
) -> list[Alert]:
    """What is late, about to be late or silent at the moment."""
    units = expected_units(seen_units(session), offices)
    watch = AlertWatch(moment, indicators.alerts, offices.calendar, clock_of)
    for row in rows_touching(session, watch.looks_back_to, moment):
        watch.take(row)
    return watch.alerts(units)


def _completeness(units: list[Unit], offices: Offices) -> dict[str, Any]:
    return {
        "units": len(units),
        "units_with_data": sum(unit.unit_code is not None for unit in units),
        "places": len(offices.places),
        "places_missing": missing_places(units, offices),
    }


def figures_hash(figures: Mapping[str, Any]) -> str:
    """SHA-256 over the figures' canonical JSON."""
    return hashlib.sha256(canonical(figures).encode()).hexdigest()


def canonical(figures: Any) -> str:
    """One text for one content: sorted keys, no spaces, letters as they are."""
    return json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seen_by(figures: Mapping[str, Any], scope: AgencyScope, indicators: IndicatorSet) -> dict[str, Any]:
    """The figures as an account of this scope may see them: the units of its agencies and what they come to. The assistant's own
    figures are of no agency, so only who sees everything sees them."""
    if scope.everything:
        return dict(figures)
    units = [one for one in figures["units"] if scope.allows(one["agency"])]
    total = added_up(counts_of(one["counts"]) for one in units)
    rest = {name: figures[name] for name in ("schema", "kind", "first_day", "last_day")}
    return rest | {
        "total": total.as_json(),
        "indicators": [one.as_json() for one in measure(indicators, total)],
        "units": units,
        "assistant": None,
        "completeness": None,
    }


def alerts_seen_by(alerts: list[dict[str, Any]], scope: AgencyScope) -> list[dict[str, Any]]:
    """The alerts that an account of this scope may see."""
    return [one for one in alerts if scope.allows(one["unit"]["agency"])]
