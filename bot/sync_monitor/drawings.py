"""Charts as inline SVG, made of numbers and escaped words. A table stands beside each of them on its page."""

from collections.abc import Sequence
from html import escape

_WIDE, _HIGH, _EDGE = 640, 160, 24


def rate_drawing(points: Sequence[tuple[str, float | None]], target: float, title: str) -> str:
    """A bar for each point (its words and its share; None: not known, a mark at the ground), and a line at the target."""
    top = max([target * 2, *(share for _, share in points if share is not None)])
    step = (_WIDE - 2 * _EDGE) / max(len(points), 1)
    parts = [f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escape(title)}">']
    for number, (words, share) in enumerate(points):
        height = (_HIGH - 2 * _EDGE) * share / top if share is not None else 2.0
        name = "dim" if share is None else "over" if share > target else "bar-fill"
        x, y = _EDGE + number * step, _HIGH - _EDGE - max(height, 2.0)
        parts.append(
            f'<rect class="{name}" x="{x + step * 0.15:.1f}" y="{y:.1f}" width="{min(step * 0.7, 40):.1f}" '
            f'height="{max(height, 2.0):.1f}"><title>{escape(words)}</title></rect>'
        )
    line = _HIGH - _EDGE - (_HIGH - 2 * _EDGE) * target / top
    parts.append(f'<line class="target" x1="{_EDGE}" x2="{_WIDE - _EDGE}" y1="{line:.1f}" y2="{line:.1f}"/>')
    return "".join([*parts, "</svg>"])


def target_drawing(value: float | None, target: float, words: str, *, at_least: bool) -> str:
    """One measured value as a bar, with a mark at its target. The bar ends at twice the target (at 1 for a floor)."""
    top = 1.0 if at_least else target * 2
    share = min(value / top, 1.0) if value is not None else 0.0
    met = value is not None and (value >= target if at_least else value <= target)
    name = "bar-fill" if met else "over"
    mark = 200 * min(target / top, 1.0)
    return (
        f'<svg class="against" viewBox="0 0 200 14" role="img" aria-label="{escape(words)}">'
        f'<rect class="ground" width="200" height="14"/><rect class="{name}" width="{200 * share:.1f}" height="14"/>'
        f'<line class="target" x1="{mark:.1f}" x2="{mark:.1f}" y1="0" y2="14"/></svg>'
    )
