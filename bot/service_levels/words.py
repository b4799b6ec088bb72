"""The report in words: rows for tables, CSV and PDF. One place, so that all of them say the same."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from bot.language.formats import spoken_money
from bot.printing import BOLD, PLAIN, fitted, register_fonts
from bot.service_levels.report import LevelReport, Measure
from bot.spreadsheets import spreadsheet_cell
from bot.sync_monitor.drawings import target_drawing
from bot.sync_monitor.state_page import part_name, percent
from bot.texts import say

_COLUMNS = ("measure", "value", "target", "n", "met")


@dataclass(frozen=True)
class Row:
    """One measure in words. ``met``: ``met``, ``missed`` or ``unmeasured``."""

    measure: str
    value: str
    target: str
    n: str
    met: str
    drawing: str

    def cells(self, language: str = "vi") -> list[str]:
        """The cells of a table."""
        return [self.measure, self.value, self.target, self.n, say(f"level_{self.met}", language)]


def rows_of(report: LevelReport, language: str = "vi") -> list[Row]:
    """A row for each measure."""
    return [_row(one, language) for one in report.measures]


def _row(one: Measure, language: str) -> Row:
    part = part_name(one.part, language) if one.part else ""
    measure = say(f"level_{one.key}", language, part=part)
    target = say("level_at_least" if one.at_least else "level_at_most", language, value=_value(one, one.target, language))
    value = _value(one, one.value, language)
    met = {True: "met", False: "missed", None: "unmeasured"}[one.met]
    words = f"{measure}: {value}, {target}"
    return Row(measure, value, target, str(one.n), met, target_drawing(one.value, one.target, words, at_least=one.at_least))


def _value(one: Measure, value: float | None, language: str) -> str:
    if value is None or one.unit == "share":
        return percent(value, language) if value is not None else say("level_unmeasured", language)
    if math.isinf(value):
        return say("level_never", language)
    shown = f"{value:.1f}".removesuffix(".0")
    return say(f"level_{one.unit}", language, value=shown.replace(".", ",") if language == "vi" else shown)


def money_lines(report: LevelReport, language: str = "vi") -> list[str]:
    """What a solved question cost."""
    lines = [say("level_solved", language, solved=report.solved.solved, questions=report.solved.questions)]
    each = report.cost_per_solved
    if each is None:
        return [*lines, say("level_cost_none", language)]
    return [*lines, say("level_cost", language, cost=spoken_money(report.cost), each=spoken_money(round(each)))]


def unit_lines(report: LevelReport, name_of: Callable[[str], str], language: str = "vi") -> list[str]:
    """The use by agency."""
    return [
        say(
            "level_unit", language, accounts=unit.accounts, handoffs=unit.handoffs, conversations=unit.conversations,
            agency=name_of(unit.agency) if unit.agency else say("level_all_agencies", language),
        )
        for unit in report.units
    ]  # fmt: skip


def report_csv(report: LevelReport, name_of: Callable[[str], str]) -> str:
    """Everything as CSV with a byte order mark; no cell is calculated by a spreadsheet."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([say("level_title", month=report.month.spoken)])
    table.writerow([say(f"level_column_{name}") for name in _COLUMNS])
    table.writerows([spreadsheet_cell(cell) for cell in row.cells()] for row in rows_of(report))
    table.writerows([spreadsheet_cell(line)] for line in (*money_lines(report), *unit_lines(report, name_of)))
    table.writerows([spreadsheet_cell(item.item), str(item.amount)] for item in report.costs)
    return "\ufeff" + written.getvalue()


def report_pdf(report: LevelReport, name_of: Callable[[str], str], made: str) -> bytes:
    """The report as a PDF to sign and file. ``made``: when and by whom, for the foot of each page."""
    register_fonts()
    written = io.BytesIO()
    page = _Page(Canvas(written, pagesize=A4), made)
    page.canvas.setTitle(say("level_title", month=report.month.spoken))
    page.line(say("level_title", month=report.month.spoken), BOLD, 15)
    page.line("", PLAIN, 6)
    page.cells([say(f"level_column_{name}") for name in _COLUMNS], BOLD)
    for row in rows_of(report):
        page.cells(row.cells(), PLAIN)
    page.line("", PLAIN, 6)
    for line in (*money_lines(report), *unit_lines(report, name_of)):
        page.line(line, PLAIN, 9)
    for item in report.costs:
        page.line(f"{item.item}: {spoken_money(item.amount)}", PLAIN, 9)
    page.close()
    return written.getvalue()


class _Page:
    """Lines from top to bottom, on as many pages as they need."""

    _LEFT, _TOP, _BOTTOM = 18 * mm, 280 * mm, 22 * mm
    _AT = (0, 78 * mm, 108 * mm, 136 * mm, 154 * mm)
    _WIDE = (76 * mm, 29 * mm, 27 * mm, 17 * mm, 24 * mm)

    def __init__(self, canvas: Canvas, made: str) -> None:
        self.canvas, self._made, self._y = canvas, made, self._TOP

    def line(self, text: str, font: str, size: float) -> None:
        """One line, cut to the page."""
        self._move(size * 1.5)
        self._draw(self._LEFT, text, font, size, 174 * mm)

    def cells(self, texts: Sequence[str], font: str) -> None:
        """One row of the table."""
        self._move(15)
        for at, wide, text in zip(self._AT, self._WIDE, texts, strict=True):
            self._draw(self._LEFT + at, text, font, 8, wide)

    def close(self) -> None:
        """Ends the document."""
        self._foot()
        self.canvas.save()

    def _move(self, by: float) -> None:
        self._y -= by
        if self._y < self._BOTTOM:
            self._foot()
            self.canvas.showPage()
            self._y = self._TOP - by

    def _foot(self) -> None:
        self.canvas.setFont(PLAIN, 8)
        self.canvas.drawString(self._LEFT, 12 * mm, self._made)

    def _draw(self, x: float, text: str, font: str, size: float, wide: float) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self._y, fitted(text, font, size, wide))
