"""A report as JSON (for machines) and CSV (for spreadsheets)."""

import json
from collections.abc import Mapping
from typing import Any

from bot.reporting.counts import NUMBERS
from bot.reporting.view import ReportView
from bot.spreadsheets import spreadsheet_file
from bot.texts import say


def report_json(view: ReportView) -> bytes:
    """The whole report, readable, the same bytes each time."""
    return (json.dumps(view.as_json(), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def report_csv(view: ReportView) -> bytes:
    """A line for the total and one for each unit; UTF-8 with the mark that Excel wants."""
    head = [say(f"report_column_{name}") for name in ("unit", "code", "place", "agency", *NUMBERS)]
    rows = [[say("report_total"), "", "", "", *_numbers(view.figures["total"])]]
    for one in view.figures["units"]:
        named = (one["name"], one["unit_code"], one["place_id"], one["agency"])
        rows.append([*(value or "" for value in named), *_numbers(one["counts"])])
    return spreadsheet_file(head, rows).encode()


def _numbers(counts: Mapping[str, Any]) -> list[str]:
    return [str(counts.get(name, 0)) for name in NUMBERS]
