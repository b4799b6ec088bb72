"""The board's charts, with the tables that stand beside them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.charts import Bar, FunnelStep, Line, bars, funnel, lines, number, percent
from bot.usage.board import STAGES, Board, BoardRow, Shown

Words = Callable[..., str]
"""A text by its key and values, in the page's language."""

IN_LINES = ("questions", "started", "finished", "dossiers")
MOST_BARS = 10
RATES: Mapping[str, tuple[str, str]] = {
    "online": ("online", "dossiers"),
    "on_time": ("ended_on_time", "ended"),
    "supplements": ("supplements", "dossiers"),
    "finished": ("finished", "started"),
}
"""Shares that tables show: part and whole."""


@dataclass(frozen=True)
class Charts:
    """Each is None where there is nothing to draw. ``stops``: the table beside the funnel."""

    months: Markup | None
    funnel: Markup | None
    stops: Sequence[tuple[str, str]]
    online: Markup | None
    on_time: Markup | None


def figure_words(shown: Shown | None, words: Words) -> str:
    """A figure as a cell of a table: ``1.234``, ``từ 1.234``, ``ẩn`` or ``–``."""
    if shown is None:
        return words("usage_not_here")
    if shown.value is None or (shown.partly and not shown.value):
        return words("usage_hidden")
    told = number(shown.value)
    return words("usage_at_least", n=told) if shown.partly else told


def rate_words(row: BoardRow, rate: str, words: Words) -> str:
    """A share as a cell of a table."""
    share = row.rate(*RATES[rate])
    return words("usage_not_here") if share is None else percent(share)


def month_words(key: str) -> str:
    """``2026-11`` as ``11/2026``."""
    year, _, month = key.partition("-")
    return f"{month}/{year}"


def charts_of(board: Board, series: Sequence[BoardRow], names: Callable[[str], str], words: Words) -> Charts:
    """``series``: the months of the lines (they may be more than the board's); ``names``: a procedure by its code."""
    chart, stops = _funnel(board, words)
    return Charts(
        _months(series, words),
        chart,
        stops,
        _rates("online", board.procedures, names, words),
        _rates("on_time", board.procedures, names, words),
    )


def _months(series: Sequence[BoardRow], words: Words) -> Markup | None:
    if not series:
        return None
    drawn = []
    for name in IN_LINES:
        found = [row.shown(name) for row in series]
        if any(one is not None for one in found):
            drawn.append(Line(words(f"usage_measure_{name}"), [one.value if one else None for one in found]))
    labels = [month_words(row.key) for row in series]
    latest = "; ".join(f"{words(f'usage_measure_{name}')}: {figure_words(series[-1].shown(name), words)}" for name in IN_LINES)
    told = words("usage_chart_months_told", first=labels[0], last=labels[-1], latest=latest)
    return lines("usage-months", words("usage_chart_months"), told, labels, drawn)


def _funnel(board: Board, words: Words) -> tuple[Markup | None, Sequence[tuple[str, str]]]:
    started, finished = board.total.shown("started"), board.total.shown("finished")
    if started is None or not started.value:
        return None, ()
    abandoned = board.total.shown("abandoned")
    whole = abandoned is not None and abandoned.value is not None and not abandoned.partly
    left = started.value
    steps = [FunnelStep(words("usage_stage_opened"), left, None, figure_words(started, words))]
    stops = [(words("usage_stage_opened"), figure_words(started, words))]
    for stage in STAGES:
        lost = board.stops.get(stage, Shown(0 if whole else None, not whole))
        left = max(0, left - (lost.value or 0))
        shown = figure_words(lost, words)
        steps.append(FunnelStep(words(f"usage_stage_{stage}"), left, lost.value, shown))
        stops.append((words(f"usage_stage_{stage}"), shown))
    sent = figure_words(finished, words)
    steps.append(FunnelStep(words("usage_stage_sent"), finished.value if finished else None, None, sent))
    stops.append((words("usage_stage_sent"), sent))
    told = words(
        "usage_chart_funnel_told",
        started=figure_words(started, words),
        finished=sent,
        abandoned=figure_words(abandoned, words),
    )
    return funnel("usage-funnel", words("usage_chart_funnel"), told, steps), stops


def _rates(rate: str, rows: Sequence[BoardRow], names: Callable[[str], str], words: Words) -> Markup | None:
    found = [(row, share) for row in rows if (share := row.rate(*RATES[rate])) is not None][:MOST_BARS]
    if not found:
        return None
    drawn = [Bar(names(row.key), share, percent(share)) for row, share in found]
    by_share = sorted(found, key=lambda pair: pair[1])
    lowest, highest = (f"{names(row.key)} {percent(share)}" for row, share in (by_share[0], by_share[-1]))
    told = words("usage_chart_rate_told", highest=highest, lowest=lowest)
    css = "chart-1" if rate == "online" else "chart-3"
    return bars(f"usage-{rate.replace('_', '-')}", words(f"usage_chart_{rate}"), told, drawn, end=1.0, css=css)
