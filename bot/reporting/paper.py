"""Type and tables of the printed report: embedded fonts with every Vietnamese letter."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table, TableStyle

from bot.printing import BOLD, PLAIN, printable, register_fonts

WIDTH = A4[0] - 45 * mm - 12
"""Between the margins (30 mm at the left, 15 mm at the right) and the padding of the page's frame."""
_LINE, _HEAD, _TOTAL = HexColor("#8a948e"), HexColor("#e6eee9"), HexColor("#f4f6f4")


def paragraph(text: str, style: str) -> Paragraph:
    """The text without any markup of its own, in one of our styles; a box for what the font cannot draw."""
    return Paragraph(printable(text).replace("\n", "<br/>"), _style(style))


def grid(
    head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *, words: int, total: bool = False
) -> Table:
    """A table whose head is repeated on every page. ``widths``: parts of the page's width. The first ``words`` columns are words,
    the rest numbers; ``total``: the last row is one."""
    cells: list[list[Any]] = [[paragraph(one, "cell_head") for one in head]]
    for index, row in enumerate(rows):
        bold = total and index == len(rows) - 1
        cells.append([paragraph(value, _cell_style(column, words, bold=bold)) for column, value in enumerate(row)])
    styled = [
        ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
        ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2.5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    if total:
        styled.append(("BACKGROUND", (0, -1), (-1, -1), _TOTAL))
    return Table(
        cells,
        colWidths=[WIDTH * part for part in widths],
        repeatRows=1,
        style=TableStyle(styled),
        spaceBefore=1.5 * mm,
        spaceAfter=2.5 * mm,
    )


def _cell_style(column: int, words: int, *, bold: bool) -> str:
    kind = "cell_words" if column < words else "cell_number"
    return f"{kind}_bold" if bold else kind


@cache
def _style(name: str) -> ParagraphStyle:
    register_fonts()
    base = ParagraphStyle("body", fontName=PLAIN, fontSize=10, leading=14.5, alignment=TA_JUSTIFY, spaceAfter=3, splitLongWords=1)
    small = {"fontSize": 8.5, "leading": 12, "spaceAfter": 0, "alignment": 0}
    cell = {"fontSize": 7.5, "leading": 9.5, "spaceAfter": 0, "alignment": 0}
    centre = small | {"alignment": TA_CENTER}
    others: dict[str, dict[str, Any]] = {
        "body": {},
        "small": small,
        "bold_small": small | {"fontName": BOLD},
        "centre_small": centre,
        "centre_bold_small": centre | {"fontName": BOLD},
        "title": {"fontName": BOLD, "fontSize": 14, "leading": 19, "alignment": TA_CENTER, "spaceAfter": 0},
        "subtitle": {"fontName": BOLD, "fontSize": 11, "leading": 15, "alignment": TA_CENTER},
        "part": {"fontName": BOLD, "fontSize": 11, "leading": 15, "spaceBefore": 7, "alignment": 0, "keepWithNext": 1},
        "soft": small | {"fontSize": 8, "leading": 11, "textColor": HexColor("#4d5a53")},
        "cell_head": cell | {"fontName": BOLD, "alignment": TA_CENTER},
        "cell_words": cell,
        "cell_words_bold": cell | {"fontName": BOLD},
        "cell_number": cell | {"alignment": TA_RIGHT},
        "cell_number_bold": cell | {"fontName": BOLD, "alignment": TA_RIGHT},
    }
    return ParagraphStyle(name, parent=base, **others[name])
