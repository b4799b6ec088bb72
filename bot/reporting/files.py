"""A report as JSON (for machines) and CSV (for spreadsheets)."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from bot.reporting.counts import NUMBERS
from bot.reporting.view import ReportView
from bot.texts import say

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def report_json(view: ReportView) -> bytes:
    """The whole report, readable, the same bytes each time."""
    return (json.dumps(view.as_json(), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def report_csv(view: ReportView) -> bytes:
    """A line for the total and one for each unit; UTF-8 with the mark that Excel wants."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow([say(f"report_column_{name}") for name in ("unit", "code", "place", "agency", *NUMBERS)])
    lines.writerow([say("report_total"), "", "", "", *_numbers(view.figures["total"])])
    for one in view.figures["units"]:
        named = (one["name"], one["unit_code"], one["place_id"], one["agency"])
        lines.writerow([*(_cell(value) for value in named), *_numbers(one["counts"])])
    return ("\ufeff" + written.getvalue()).encode()


def _numbers(counts: Mapping[str, Any]) -> list[int]:
    return [counts.get(name, 0) for name in NUMBERS]


def _cell(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
