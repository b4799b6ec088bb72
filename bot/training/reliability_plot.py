"""How reliable a confidence is, as a picture: inline SVG, coloured by the classes ``grid``, ``bar``, ``dot``, ``ideal``,
``dim``."""

from collections.abc import Sequence
from typing import Protocol

_SIDE, _EDGE = 320, 44


class PlottedBin(Protocol):
    """Answers whose confidence lies between ``low`` and ``high``: how many, their mean confidence, and the share that is
    right."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def count(self) -> int: ...
    @property
    def confidence(self) -> float: ...
    @property
    def right(self) -> float: ...


def reliability_plot(bins: Sequence[PlottedBin]) -> str:
    """Share right over confidence; on the dashed line a confidence is worth what it says. Counts stand at the bottom."""
    size = _SIDE + 2 * _EDGE
    name = "Độ tin cậy: tỉ lệ đúng theo độ chắc"
    parts = [f'<svg role="img" aria-label="{name}" viewBox="0 0 {size} {size + 16}" width="{size}" height="{size + 16}">']
    for tick in range(0, 11, 2):
        at = _EDGE + _SIDE * tick / 10
        parts.append(f'<text x="{at}" y="{_EDGE + _SIDE + 16}" text-anchor="middle">{tick / 10:.1f}</text>')
        parts.append(f'<text x="{_EDGE - 6}" y="{size - at + 4}" text-anchor="end">{tick / 10:.1f}</text>')
        parts.append(f'<line x1="{_EDGE}" x2="{_EDGE + _SIDE}" y1="{size - at}" y2="{size - at}" class="grid"/>')
    for one in bins:
        x, wide, high = _EDGE + _SIDE * one.low, _SIDE * (one.high - one.low), _SIDE * one.right
        title = f"<title>{one.low:.1f}–{one.high:.1f}: {one.count} câu, chắc {one.confidence:.2f}, đúng {one.right:.2f}</title>"
        bar = f'<rect x="{x + 1:.1f}" y="{_EDGE + _SIDE - high:.1f}" width="{wide - 2:.1f}" height="{high:.1f}" class="bar"/>'
        dot = f'<circle cx="{_EDGE + _SIDE * one.confidence:.1f}" cy="{_EDGE + _SIDE - high:.1f}" r="4" class="dot"/>'
        count = f'<text x="{x + wide / 2:.1f}" y="{_EDGE + _SIDE + 32}" text-anchor="middle" class="dim">{one.count}</text>'
        parts.append(f"<g>{title}{bar}{dot}{count}</g>")
    parts.append(f'<line x1="{_EDGE}" y1="{_EDGE + _SIDE}" x2="{_EDGE + _SIDE}" y2="{_EDGE}" class="ideal"/>')
    parts.append(f'<text x="{size / 2}" y="{size + 8}" text-anchor="middle">độ chắc (dưới: số câu)</text>')
    parts.append(f'<text transform="translate(10,{size / 2}) rotate(-90)" text-anchor="middle">tỉ lệ đúng</text></svg>')
    return "".join(parts)
