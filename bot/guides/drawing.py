"""Drawings of the guides as SVG: schematic, with made-up data, all alike. Pure functions.

No script, no style sheet, no reference to anything outside the file: what is drawn is all there is. The words in a drawing stand
in its ``<title>`` and in the step's text too, so nothing is told by the picture alone.
"""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from bot.guides.scenes import PaperState, Part, Scene

WIDTH, HEIGHT = 320, 380
GREEN, INK, GREY, LINE, PAPER, BACK, RING = "#0b5a44", "#16211c", "#5b6b63", "#b9c9c1", "#ffffff", "#e9f2ed", "#c2410c"
_FONT = 'font-family="system-ui, Noto Sans, sans-serif"'
_LEFT, _TOP, _SCREEN = 70, 14, 180
_LETTERS = 22
"""Letters that fit into a line of the screen."""


def draw(scene: Scene, title: str) -> str:
    """The drawing. ``title``: what it shows, for those who do not see it."""
    shapes = "\n".join(_shapes(scene))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-labelledby="t">\n<title id="t">{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="16" fill="{BACK}"/>\n{shapes}\n</svg>\n'
    )


def _shapes(scene: Scene) -> Iterator[str]:
    if scene.kind == "phone":
        yield from _phone(scene.show)
    elif scene.kind == "counter":
        yield from _counter(scene.show)
    else:
        yield from _sheet(scene.state or "good")


def _text(x: float, y: float, words: str, *, size: int = 13, fill: str = INK, bold: bool = False, middle: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x:g}" y="{y:g}" {_FONT} font-size="{size}" fill="{fill}"{weight}{anchor}>{escape(words)}</text>'


def _box(x: float, y: float, width: float, height: float, fill: str, *, line: str = "none", round_by: int = 6) -> str:
    stroke = "" if line == "none" else f' stroke="{line}" stroke-width="1.5"'
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_by}" fill="{fill}"{stroke}/>'


def wrapped(words: str, letters: int = _LETTERS) -> list[str]:
    """The words in lines of at most so many letters."""
    lines = [""]
    for word in words.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > letters and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def _phone(parts: Sequence[Part]) -> Iterator[str]:
    yield _box(_LEFT - 8, _TOP - 4, _SCREEN + 16, HEIGHT - 20, INK, round_by=22)
    yield _box(_LEFT, _TOP + 12, _SCREEN, HEIGHT - 56, PAPER, round_by=8)
    yield f'<circle cx="{WIDTH / 2:g}" cy="{HEIGHT - 25}" r="6" fill="{GREY}"/>'
    y = _TOP + 12.0
    for part in parts:
        shapes, height = _part(part, y)
        yield from shapes
        if part.here:
            yield from _ring(_LEFT + 4, y + 3, _SCREEN - 8, height - 6)
        y += height


def _ring(x: float, y: float, width: float, height: float) -> Iterator[str]:
    """A ring around what is meant, and a pointing finger at its edge."""
    yield (
        f'<rect x="{x - 3:g}" y="{y - 1:g}" width="{width + 6:g}" height="{height + 2:g}" rx="10" fill="none" stroke="{RING}" '
        'stroke-width="3"/>'
    )
    tip_x, tip_y = x + width + 2, y + height - 4
    yield (
        f'<path d="M{tip_x:g} {tip_y:g} l34 16 l-9 5 l9 15 l-8 5 l-9 -15 l-9 7 z" fill="{RING}" '
        'stroke="#ffffff" stroke-width="2"/>'
    )


def _part(part: Part, y: float) -> tuple[list[str], float]:
    """The shapes of one part that begins at ``y``, and its height."""
    x, lines = _LEFT + 10, wrapped(part.says)
    match part.part:
        case "bar":
            return [_box(_LEFT, y, _SCREEN, 34, GREEN, round_by=4), _text(x, y + 22, part.says, fill=PAPER, bold=True)], 42
        case "field":
            shown = part.value or ""
            box = _box(x, y + 22, _SCREEN - 20, 28, PAPER, line=GREY)
            return [_text(x, y + 17, part.says, size=11, fill=GREY), box, _text(x + 8, y + 41, shown)], 60
        case "button":
            words = [_text(_LEFT + _SCREEN / 2, y + 27, part.says, fill=PAPER, bold=True, middle=True)]
            return [_box(x, y + 7, _SCREEN - 20, 32, GREEN), *words], 48
        case "code":
            return [*_square_code(_LEFT + 55, y + 8), *_rows(x, y + 92, lines)], 92 + 17 * len(lines) + 6
        case "note":
            lines = wrapped(part.says, _LETTERS - 2)
            box = _box(x, y + 5, _SCREEN - 20, 17 * len(lines) + 12, "#fff3d6", line="#b96a00")
            return [box, *_rows(x + 8, y + 24, lines, size=12)], 17 * len(lines) + 24
    mark = _mark(part, x, y + 10)
    return [*mark, *_rows(x + 26, y + 25, wrapped(part.says, _LETTERS - 4))], 17 * len(wrapped(part.says, _LETTERS - 4)) + 20


def _rows(x: float, y: float, lines: Sequence[str], *, size: int = 13) -> list[str]:
    return [_text(x, y + 17 * row, line, size=size) for row, line in enumerate(lines)]


def _mark(part: Part, x: float, y: float) -> list[str]:
    """The small sign before a line."""
    match part.part:
        case "tick":
            circle = f'<circle cx="{x + 9:g}" cy="{y + 9:g}" r="9" fill="{GREEN}"/>'
            return [circle, f'<path d="M{x + 4:g} {y + 9:g} l4 4 l7 -8" fill="none" stroke="{PAPER}" stroke-width="2.5"/>']
        case "file" | "paper":
            sheet = f'<path d="M{x:g} {y:g} h12 l5 5 v14 h-17 z" fill="{PAPER}" stroke="{GREEN}" stroke-width="2"/>'
            return [sheet, f'<path d="M{x + 4:g} {y + 8:g} h9 M{x + 4:g} {y + 13:g} h9" stroke="{GREEN}" stroke-width="1.5"/>']
        case "money":
            return [
                _box(x, y + 2, 19, 13, PAPER, line=GREEN, round_by=2),
                _text(x + 9.5, y + 13, "đ", size=11, fill=GREEN, middle=True),
            ]
        case "menu":
            return [_box(x, y + 3 + 5 * row, 17, 2.5, GREEN, round_by=1) for row in range(3)]
        case "row":
            return [_box(x, y + 1, 17, 17, BACK, line=GREEN, round_by=4)]
    return [f'<circle cx="{x + 9:g}" cy="{y + 9:g}" r="4" fill="{GREEN}"/>']


def _square_code(x: float, y: float) -> list[str]:
    """Something like a square code; it holds nothing."""
    cells = [(0, 0), (2, 0), (5, 1), (3, 2), (1, 3), (4, 3), (6, 4), (2, 5), (5, 5), (0, 6), (3, 6), (6, 6)]
    shapes = [_box(x - 4, y - 4, 78, 78, PAPER, line=INK, round_by=3)]
    shapes += [_box(x + 10 * column, y + 10 * row, 9, 9, INK, round_by=1) for column, row in cells]
    corners = ((0, 0), (46, 0), (0, 46))
    shapes += [_box(x + left, y + top, 22, 22, PAPER, line=INK, round_by=2) for left, top in corners]
    return shapes + [_box(x + left + 6, y + top + 6, 10, 10, INK, round_by=1) for left, top in corners]


def _counter(parts: Sequence[Part]) -> Iterator[str]:
    """An officer behind a counter, a citizen before it, and what lies on it."""
    yield from _person(100, 70, GREEN)
    yield from _person(220, 70, "#8a5a00")
    yield _box(36, 160, 248, 26, "#8fae9f", round_by=4)
    yield _box(48, 186, 224, 10, "#6f8f80", round_by=2)
    y = 208.0
    for part in parts:
        lines = wrapped(part.says, 27)
        height = 17 * len(lines) + 20
        yield _box(48, y, 224, height, PAPER, line=LINE)
        yield from _mark(part, 58, y + 8)
        yield from _rows(86, y + 23, lines)
        if part.here:
            yield from _ring(52, y + 4, 216, height - 8)
        y += height + 8


def _person(x: float, y: float, colour: str) -> Iterator[str]:
    yield f'<circle cx="{x:g}" cy="{y:g}" r="24" fill="#f2d3b3" stroke="{INK}" stroke-width="1.5"/>'
    yield f'<path d="M{x - 40:g} {y + 92:g} q0 -62 40 -62 q40 0 40 62 z" fill="{colour}"/>'
    yield f'<path d="M{x - 8:g} {y + 6:g} q8 8 16 0" fill="none" stroke="{INK}" stroke-width="2"/>'


_TABLE = {"dark": "#3b3f3d"}
_SHEET = {"dark": "#6a6f6c"}


def _sheet(state: PaperState) -> Iterator[str]:
    """A sheet on a table within the frame of a camera, with a tick or a cross."""
    yield _box(30, 24, 260, 290, _TABLE.get(state, "#cdb592"), round_by=12)
    turn = ' transform="rotate(-17 160 165)"' if state == "tilted" else ""
    shift = ' transform="translate(75 40)"' if state == "cut" else ""
    yield f"<g{turn}{shift}>"
    yield _box(80, 50, 160, 230, _SHEET.get(state, PAPER), line=GREY, round_by=2)
    for row in range(9):
        faded = ' opacity="0.35" stroke-dasharray="3 3"' if state == "blurred" else ""
        width = 120 if row % 3 else 84
        yield f'<path d="M100 {80 + 21 * row} h{width}" stroke="{INK}" stroke-width="{9 if state == "blurred" else 5}"{faded}/>'
    yield "</g>"
    if state == "covered":
        hand = "M30 250 q70 -60 120 -20 q30 26 -8 44 q-50 26 -112 20 z"
        yield f'<path d="{hand}" fill="#f2d3b3" stroke="{INK}" stroke-width="1.5"/>'
    if state == "cut":
        yield _box(290, 24, 30, 330, BACK, round_by=0)
        yield _box(30, 314, 290, 40, BACK, round_by=0)
    for x, y, across, down in ((44, 38, 1, 1), (276, 38, -1, 1), (44, 300, 1, -1), (276, 300, -1, -1)):
        yield f'<path d="M{x} {y + 26 * down} v{-26 * down} h{26 * across}" fill="none" stroke="#ffffff" stroke-width="4"/>'
    yield from _verdict(good=state == "good")


def _verdict(*, good: bool) -> Iterator[str]:
    yield f'<circle cx="160" cy="342" r="24" fill="{GREEN if good else "#9b1c1c"}"/>'
    path = "M148 342 l9 9 l16 -18" if good else "M150 332 l20 20 M170 332 l-20 20"
    yield f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="5" stroke-linecap="round"/>'
