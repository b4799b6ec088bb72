"""The figures of a trial as bars with their intervals, ready to be drawn. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.training.canary import Comparison, interval

WIDTH = 520
"""Units of the drawing."""
_LEFT, _RIGHT = 0, 96
_ROW = 26


@dataclass(frozen=True)
class Bar:
    """One side of one measure. Places in units of the drawing; ``percent`` as people read it."""

    side: str
    y: int
    length: float
    low: float
    high: float
    percent: str
    range: str
    count: int
    n: int


@dataclass(frozen=True)
class Chart:
    """One measure with both sides. ``scale``: the share at the right end, in percent."""

    measure: str
    bars: Sequence[Bar]
    scale: str
    p: str | None
    worse: bool
    height: int = 2 * _ROW + 22
    width: int = WIDTH


def charts_of(compared: Sequence[Comparison]) -> list[Chart]:
    """A chart per measure."""
    return [_chart(one) for one in compared]


def _chart(one: Comparison) -> Chart:
    sides = (("canary", one.canary, one.canary_n), ("live", one.live, one.live_n))
    highest = max(interval(count, n)[1] for _, count, n in sides if n) if one.canary_n or one.live_n else 1.0
    scale = next(step for step in (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0) if step >= min(1.0, highest))
    room = WIDTH - _LEFT - _RIGHT
    bars = []
    for number, (side, count, n) in enumerate(sides):
        low, high = interval(count, n)
        share = count / n if n else 0.0
        places = (_LEFT + room * min(1.0, value / scale) for value in (share, low if n else 0.0, high if n else 0.0))
        length, left, right = (round(place, 1) for place in places)
        said = f"{percent(low)}–{percent(high)}" if n else "–"
        bars.append(Bar(side, 6 + number * _ROW, length, left, right, percent(share) if n else "–", said, count, n))
    return Chart(one.measure, bars, percent(scale), _chance(one.p), one.worse)


def _chance(p: float | None) -> str | None:
    """``p`` as it stands beside a chart: ``= 0,042``, ``< 0,001``."""
    if p is None:
        return None
    return "< 0,001" if p < 0.001 else f"= {p:.3f}".replace(".", ",")


def percent(share: float) -> str:
    """A share in percent: ``4,2%``."""
    return f"{100 * share:.1f}".replace(".", ",").removesuffix(",0") + "%"
