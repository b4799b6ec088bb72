"""The confusion matrix of the report as inline SVG."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

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
