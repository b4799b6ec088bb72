"""A funnel: how many began, where others stopped, how many came to the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.charts.svg import cut, drawing, place, text

_WIDTH = 640.0
_ROW = 54.0
_FIGURE = 150.0


@dataclass(frozen=True)
class FunnelStep:
    """``stays``: how many are still there; ``lost``: how many stopped here. None where nothing is told."""

    name: str
    stays: int | None
    lost: int | None
    shown: str


def funnel(key: str, title: str, told: str, steps: Sequence[FunnelStep]) -> Markup:
    """A chart of one bar per step: who stays, and beside it, hatched, who stopped there. The first step is the full width."""
    first = next((step.stays for step in steps if step.stays), None)
    full = float(max([first or 0, *((step.stays or 0) + (step.lost or 0) for step in steps)]) or 1)
    parts = []
    for spot, step in enumerate(steps):
        y = spot * _ROW
        parts.append(text(0, y + 19, cut(step.name, 70)))
        x = 0.0
        for value, css in ((step.stays, "chart-bar chart-1"), (step.lost, "chart-bar chart-lost")):
            if value:
                length = (_WIDTH - _FIGURE) * value / full
                parts.append(
                    f'<rect class="{css}" x="{place(x)}" y="{place(y + 27)}" width="{place(length)}" height="16" rx="2"/>'
                )
                x += length
        parts.append(text(x + 6 if x else 0, y + 40, step.shown, css="chart-text chart-figure"))
    return drawing(key, title, told, _WIDTH, max(1, len(steps)) * _ROW, parts)
