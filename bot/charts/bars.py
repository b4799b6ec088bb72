"""Bars, one below the other, each with its words and its figure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.charts.numbers import scale_top
from bot.charts.svg import cut, drawing, place, text

_WIDTH = 640.0
_ROW = 54.0
_FIGURE = 70.0
_LONGEST = 74


@dataclass(frozen=True)
class Bar:
    """``value`` is None where nothing is told; ``shown`` is the figure as people read it."""

    name: str
    value: float | None
    shown: str


def bars(key: str, title: str, told: str, rows: Sequence[Bar], *, end: float | None = None, css: str = "chart-1") -> Markup:
    """A chart of bars that begin at 0. ``end``: the value at the full width, by default a round number above the longest."""
    full = end or scale_top(max((row.value for row in rows if row.value is not None), default=0))
    parts = []
    for spot, row in enumerate(rows):
        y = spot * _ROW
        parts.append(text(0, y + 19, cut(row.name, _LONGEST)))
        if row.value is not None:
            length = (_WIDTH - _FIGURE) * max(0.0, min(1.0, row.value / full))
            parts.append(f'<rect class="chart-bar {css}" x="0" y="{place(y + 27)}" width="{place(length)}" height="16" rx="2"/>')
            parts.append(text(length + 6, y + 40, row.shown, css="chart-text chart-figure"))
        else:
            parts.append(text(0, y + 40, row.shown))
    return drawing(key, title, told, _WIDTH, max(1, len(rows)) * _ROW, parts)
