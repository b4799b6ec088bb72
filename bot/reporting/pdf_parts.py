"""The tables of the printed report."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reportlab.platypus import Flowable, Table

from bot.reporting.numbers import NOTHING, percent, share, whole, with_comma
from bot.reporting.paper import grid, paragraph
from bot.reporting.view import ReportView
from bot.texts import say

_UNIT_COLUMNS = ("received", "received_online", "ended", "on_time", "late", "open", "overdue", "waiting")


def indicators(view: ReportView) -> list[Flowable]:
    """The indicators with their points, and what must be known about them."""
    head = [say(f"report_head_{name}") for name in ("id", "indicator", "reached", "full", "points", "max_points")]
    rows = []
    for one in view.figures["indicators"]:
        reached = percent(one["percent"]) if one["percent"] is not None else say(f"report_{one['not_measured']}")
        full = NOTHING if one["full_percent"] is None else f"{one['full_percent']} %"
        points = NOTHING if one["points"] is None else with_comma(one["points"])
        most = NOTHING if one["max_points"] is None else whole(one["max_points"])
        rows.append([one["id"], one["name"] + ("*" if one["certainty"] == "our_reading" else ""), reached, full, points, most])
    table = grid(head, rows, (0.07, 0.41, 0.2, 0.12, 0.1, 0.1), words=2)
    return [table, paragraph(say("report_indicator_notes"), "soft")]


def units(view: ReportView) -> list[Flowable]:
    """A line for every unit, also those without a dossier, and the total."""
    head = [say("report_head_row"), say("report_head_unit"), *(say(f"report_head_{name}") for name in _UNIT_COLUMNS)]
    head.append(say("report_head_on_time_share"))
    rows = [[str(number), one["name"], *_unit(one["counts"])] for number, one in enumerate(view.figures["units"], 1)]
    rows.append(["", say("report_total"), *_unit(view.figures["total"])])
    return [grid(head, rows, (0.05, 0.258, *(0.0735,) * 8, 0.104), words=2, total=True)]


def _unit(counts: Mapping[str, Any]) -> list[str]:
    return [*(whole(counts[name]) for name in _UNIT_COLUMNS), share(counts["on_time"], counts["judged"])]


def alerts(kind: str, found: Sequence[Mapping[str, Any]]) -> Table:
    """The units of one kind of alert."""
    if kind == "silent":
        head = [say("report_head_unit"), say("report_head_since")]
        rows = [[one["unit"]["name"], _moment(one["since"])] for one in found]
        return grid(head, rows, (0.7, 0.3), words=1)
    if kind == "low_on_time":
        head = [say("report_head_unit"), say("report_head_judged"), say("report_head_on_time_share")]
        rows = [[one["unit"]["name"], whole(one["count"]), percent(one["percent"])] for one in found]
        return grid(head, rows, (0.6, 0.2, 0.2), words=1)
    head = [say("report_head_unit"), say("report_head_dossiers"), say("report_head_new")]
    rows = [[one["unit"]["name"], whole(one["count"]), whole(one["new"])] for one in found]
    return grid(head, rows, (0.6, 0.2, 0.2), words=1)


def changes(found: Sequence[Mapping[str, Any]]) -> Table:
    """Figures that are others than in the revision before."""
    head = [say(f"report_head_{name}") for name in ("unit", "figure", "before", "after")]
    rows = [[changed_unit(one), figure_name(one["figure"]), _value(one["before"]), _value(one["after"])] for one in found]
    return grid(head, rows, (0.42, 0.3, 0.14, 0.14), words=2)


def changed_unit(change: Mapping[str, Any]) -> str:
    """Whose figure it is."""
    if change["unit"] in ("total", "assistant"):
        return say("report_total" if change["unit"] == "total" else "report_assistant")
    return str(change["name"])


def figure_name(figure: str) -> str:
    """A figure in words; the assistant's own ones by their names in the file."""
    try:
        return say(f"report_column_{figure}")
    except KeyError:
        return figure


def _value(value: Any) -> str:
    return NOTHING if value is None else whole(value) if isinstance(value, int) else str(value)


def _moment(text: str | None) -> str:
    return NOTHING if text is None else datetime.fromisoformat(text).strftime("%H:%M %d/%m/%Y")
