"""A report to send."""

from datetime import date

import pytest

from bot.reporting.counts import Counts
from bot.reporting.figures import figures_hash
from bot.reporting.indicators import measure
from bot.reporting.period import day_of
from bot.reporting.view import ReportView
from tests.bot.reporting.dossiers import indicators, vn
from tests.databases import database, database_url

__all__ = ["database", "database_url"]


@pytest.fixture
def report() -> ReportView:
    counts = Counts(received=1234, received_online=1000, ended=9, judged=8, on_time=7, late=1)
    unit = {"key": "unit:H05.31", "name": "Phường Kinh Bắc", "unit_code": "H05.31", "place_id": "phuong-kinh-bac", "agency": "x"}
    figures = {
        "schema": 1,
        "kind": "daily",
        "first_day": "2026-11-26",
        "last_day": "2026-11-26",
        "total": counts.as_json(),
        "indicators": [one.as_json() for one in measure(indicators(), counts)],
        "units": [unit | {"counts": counts.as_json()}],
        "assistant": None,
        "completeness": None,
    }
    alert = {"kind": "overdue", "unit": unit, "count": 3, "new": 2, "dossiers": ["a", "b"], "percent": None, "since": None}
    made_at = vn("2026-11-27 06:00")
    return ReportView("daily-2026-11-26-r1", day_of(date(2026, 11, 26)), 1, made_at, figures, [alert], [], figures_hash(figures))
