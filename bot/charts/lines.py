"""Lines over time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.charts.numbers import number, scale_top
from bot.charts.svg import cut, drawing, place, text

_WIDTH, _HEIGHT = 640.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 68.0, 14.0, 12.0, 26.0
_ROW = 28.0
_FEWEST_APART = 84.0
MOST_LINES = 6


@dataclass(frozen=True)
class Line:
    """``values``: one per place on the axis, None where nothing is told: the line is broken there."""

    name: str
    values: Sequence[float | None]


def lines(key: str, title: str, told: str, labels: Sequence[str], series: Sequence[Line]) -> Markup:
    """A chart of up to ``MOST_LINES`` lines over the same labels, with its legend below. Raises ``ValueError`` where a line has
    not as many values as there are labels, or there are too many lines."""
    if len(series) > MOST_LINES or any(len(one.values) != len(labels) for one in series):
        raise ValueError("lines: too many lines, or values that do not fit the labels")
    top = scale_top(max((value for one in series for value in one.values if value is not None), default=0))
    floor = _HEIGHT - _BOTTOM
    parts = [_level(top * share, floor - (floor - _TOP) * share) for share in (0, 0.5, 1)]
    places = _places(len(labels))
    every = max(1, math.ceil(len(labels) * _FEWEST_APART / (_WIDTH - _LEFT - _RIGHT)))
    parts += [
        text(x, floor + 18, label, anchor="middle")
        for spot, (x, label) in enumerate(zip(places, labels, strict=True))
        if spot % every == 0
    ]
    for rank, one in enumerate(series):
        parts += _line(rank, one, places, lambda value: floor - (floor - _TOP) * value / top)
    parts += [piece for rank, one in enumerate(series) for piece in _legend(rank, one.name)]
    return drawing(key, title, told, _WIDTH, _HEIGHT + _ROW * ((len(series) + 1) // 2) + 4, parts)


def _places(count: int) -> list[float]:
    room = _WIDTH - _LEFT - _RIGHT
    if count == 1:
        return [_LEFT + room / 2]
    inner = room - 36
    return [_LEFT + 18 + inner * spot / (count - 1) for spot in range(count)]


def _level(value: float, y: float) -> str:
    line = f'<line class="chart-grid" x1="{place(_LEFT)}" x2="{place(_WIDTH - _RIGHT)}" y1="{place(y)}" y2="{place(y)}"/>'
    return line + text(_LEFT - 6, y + 4, number(value), anchor="end")


def _line(rank: int, one: Line, places: Sequence[float], height: Callable[[float], float]) -> list[str]:
    parts: list[str] = []
    run: list[tuple[float, float]] = []
    for x, value in zip([*places, 0.0], [*one.values, None], strict=True):
        if value is not None:
            run.append((x, height(value)))
            continue
        if len(run) > 1:
            points = " ".join(f"{place(px)},{place(py)}" for px, py in run)
            parts.append(f'<polyline class="chart-line chart-{rank + 1}" points="{points}"/>')
        parts += [f'<circle class="chart-dot chart-{rank + 1}" cx="{place(px)}" cy="{place(py)}" r="3.5"/>' for px, py in run]
        run = []
    return parts


def _legend(rank: int, name: str) -> list[str]:
    x, y = (8 if rank % 2 == 0 else _WIDTH / 2), _HEIGHT + _ROW * (rank // 2) + 12
    mark = f'<line class="chart-line chart-{rank + 1}" x1="{place(x)}" x2="{place(x + 26)}" y1="{place(y)}" y2="{place(y)}"/>'
    return [mark, text(x + 34, y + 5, cut(name, 40))]
