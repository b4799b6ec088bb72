"""The pictures of the report as inline SVG: how reliable a confidence is, and what is taken for what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from motcua.evaluation.figures import Bin

_SIDE, _EDGE = 320, 44
_CELL, _NAMES, _HEAD, _SLANT = 26, 190, 150, 110
OTHERS = "(khác)"


@dataclass(frozen=True)
class Confusions:
    """How often each expected label (rows with at least one error) was understood as what; ``totals`` counts each row."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Counter[tuple[str, str]]
    totals: Counter[str]


def confusions(pairs: Sequence[tuple[str, str]], most_rows: int, most_columns: int) -> Confusions:
    """The rows with most errors first. Columns: the labels of the rows, then what else was said there; rare ones together."""
    errors = Counter(expected for expected, said in pairs if expected != said)
    rows = tuple(label for label, _ in sorted(errors.items(), key=lambda one: (-one[1], one[0]))[:most_rows])
    inside = [(expected, said) for expected, said in pairs if expected in rows]
    said_in = Counter(said for _, said in inside)
    wanted = [label for label in rows if label in said_in] + [label for label, _ in said_in.most_common() if label not in rows]
    columns = tuple(wanted[:most_columns])
    counts = Counter((expected, said if said in columns else OTHERS) for expected, said in inside)
    more = (OTHERS,) if len(wanted) > most_columns else ()
    return Confusions(rows, (*columns, *more), counts, Counter(expected for expected, _ in inside))


def heat_map(found: Confusions) -> str:
    """The confusion matrix: a shade a cell by its share of the row; right cells green, wrong ones red; totals at the right
    and at the bottom."""
    width = _NAMES + _CELL * (len(found.columns) + 1) + _SLANT
    height = _HEAD + _CELL * (len(found.rows) + 1) + 10
    parts = [f'<svg role="img" aria-label="Ma trận nhầm lẫn" viewBox="0 0 {width} {height}" width="{width}" height="{height}">']
    for place, label in enumerate((*found.columns, "tổng")):
        x = _NAMES + _CELL * place + _CELL / 2
        parts.append(f'<text transform="translate({x + 4},{_HEAD - 6}) rotate(-55)">{escape(_short(label))}</text>')
    for line, expected in enumerate(found.rows):
        y = _HEAD + _CELL * line
        parts.append(f'<text x="{_NAMES - 8}" y="{y + 17}" text-anchor="end">{escape(_short(expected))}</text>')
        for place, said in enumerate(found.columns):
            parts.append(_cell(found, expected, said, _NAMES + _CELL * place, y))
        x = _NAMES + _CELL * len(found.columns)
        parts.append(f'<text x="{x + _CELL / 2}" y="{y + 17}" text-anchor="middle" class="b">{found.totals[expected]}</text>')
    return "".join([*parts, _column_totals(found), "</svg>"])


def _column_totals(found: Confusions) -> str:
    y = _HEAD + _CELL * len(found.rows) + 17
    parts = [f'<text x="{_NAMES - 8}" y="{y}" text-anchor="end" class="b">tổng</text>']
    for place, said in enumerate(found.columns):
        total = sum(found.counts[expected, said] for expected in found.rows)
        parts.append(f'<text x="{_NAMES + _CELL * place + 12}" y="{y}" text-anchor="middle" class="b">{total}</text>')
    return "".join(parts)


def _cell(found: Confusions, expected: str, said: str, x: float, y: float) -> str:
    count = found.counts[expected, said]
    shade = 0.12 + 0.88 * count / found.totals[expected] if count else 0.0
    colour = "var(--right)" if expected == said else "var(--wrong)"
    box = f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" class="cell"/>'
    if not count:
        return box
    title = f"<title>{escape(expected)} → {escape(said)}: {count}</title>"
    filled = f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" fill="{colour}" fill-opacity="{shade:.2f}"/>'
    return f'<g>{title}{box}{filled}<text x="{x + 12}" y="{y + 17}" text-anchor="middle">{count}</text></g>'


def _short(label: str) -> str:
    return label if len(label) <= 24 else label[:23] + "…"


def reliability_plot(bins: Sequence[Bin]) -> str:
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
