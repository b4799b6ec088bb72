"""A card to print: A4, one page where it fits, with the code that leads to its page. And the sheet for a counter."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from reportlab.lib.colors import HexColor, black
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from bot.cards.card import ServiceCard
from bot.cards.qr import qr_matrix
from bot.cards.telling import CardPart, parts_of, spoken_as_of, spoken_source
from bot.clock import VIETNAM_TIME
from bot.language.formats import spoken_date
from bot.printing import BOLD, PLAIN, fitted, printable, register_fonts
from bot.texts import say

_MARGIN = 16 * mm
_SOFT, _ACCENT, _LINE = HexColor("#4d5a53"), HexColor("#0b5a44"), HexColor("#c3ccc6")
_ON_THE_PAGE_ONLY = ("conditions", "steps", "legal_basis")
"""Parts that are left to the card's page, so that the print stays one sheet."""
_SIZES = (9.5, 8.5, 7.5)
"""Sizes of letters that are tried, the largest first; what fits on one page in none is printed on several in the middle one."""


@dataclass(frozen=True)
class PrintedCard:
    """A card to print: its version, the day from which it stands, and the address of its page."""

    card: ServiceCard
    version: int
    live_from: datetime
    address: str
    case: str | None = None
    notice: str | None = None


class QrCode(Flowable):  # type: ignore[misc] # the library ships no types
    """A QR code with its quiet zone, ``size`` points wide."""

    def __init__(self, address: str, size: float) -> None:
        super().__init__()
        self._rows, self.width, self.height = qr_matrix(address), size, size

    def draw(self) -> None:
        """Draws runs of dark modules."""
        module = self.width / (len(self._rows) + 8)
        self.canv.setFillColor(black)
        for y, row in enumerate(self._rows):
            x = 0
            while x < len(row):
                run = next((end for end in range(x, len(row)) if not row[end]), len(row)) - x
                if run:
                    self.canv.rect((x + 4) * module, self.height - (y + 5) * module, run * module, module, stroke=0, fill=1)
                x += run or 1


def card_pdf(printed: PrintedCard, language: str = "vi") -> bytes:
    """The card as a PDF."""
    for size in _SIZES:
        pdf, pages = _built(printed, size, language)
        if pages == 1:
            return pdf
    return _built(printed, _SIZES[1], language)[0]


def counter_sheet(name: str, code: str, address: str, language: str = "vi") -> bytes:
    """A sheet to hang at a counter: the procedure's name and a large code."""
    register_fonts()
    title = ParagraphStyle("sheet", fontName=BOLD, fontSize=26, leading=34, alignment=1, textColor=_ACCENT)
    line = ParagraphStyle("sheet-line", fontName=PLAIN, fontSize=14, leading=20, alignment=1)
    picture = QrCode(address, 120 * mm)
    picture.hAlign = "CENTER"
    story = [
        Spacer(1, 20 * mm),
        Paragraph(printable(name), title),
        Spacer(1, 4 * mm),
        Paragraph(printable(say("card_code", language, code=code)), line),
        Spacer(1, 10 * mm),
        picture,
        Spacer(1, 6 * mm),
        Paragraph(printable(say("card_qr_help", language)), line),
        Paragraph(printable(address), line),
    ]
    return _written(story, name, language, lambda canvas, _document: _foot(canvas, language))[0]


def _written(story: Sequence[Flowable], title: str, language: str, frame: Any) -> tuple[bytes, int]:
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=14 * mm,
        bottomMargin=16 * mm,
        title=title,
        author=say("public_site_name", language),
        lang="vi",
        invariant=1,
    )
    document.build(list(story), onFirstPage=frame, onLaterPages=frame)
    return written.getvalue(), document.page


def _built(printed: PrintedCard, size: float, language: str) -> tuple[bytes, int]:
    register_fonts()
    story: list[Flowable] = [_head(printed, size, language)]
    if printed.card.origin == "imported":
        story.append(_text(say("card_imported", language), "warning", size))
    if printed.notice:
        story.append(_text(printed.notice, "warning", size))
    if printed.card.expired_on:
        ended = spoken_date(datetime.fromisoformat(printed.card.expired_on).date())
        story.append(_text(say("card_expired", language, date=ended), "warning", size))
    shown = [p for p in parts_of(printed.card, printed.case, language) if p.key not in _ON_THE_PAGE_ONLY]
    for part in shown:
        story += _part(part, size)
    if shown:
        story.append(_text(say("card_pdf_more", language), "soft", size))
    story += _source(printed, size, language)
    return _written(story, printed.card.name, language, lambda canvas, _document: _foot(canvas, language))


def _head(printed: PrintedCard, size: float, language: str) -> Flowable:
    card = printed.card
    words = [_text(say("card_heading", language), "soft", size), _text(card.name, "title", size)]
    words.append(
        _text(say("card_code", language, code=card.code) + " · " + say("card_field", language, field=card.field), "body", size)
    )
    if printed.case:
        words.append(_text(f"{say('card_case_label', language)}: {printed.case}", "heading", size))
    words.append(_text(say("card_qr_help", language), "soft", size))
    code = 32 * mm
    width = A4[0] - 2 * _MARGIN - code - 12
    table = Table([[words, QrCode(printed.address, code)]], colWidths=[width, code])
    flat = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]
    line = ("LINEBELOW", (0, 0), (-1, -1), 0.7, _LINE)
    table.setStyle(TableStyle([*flat, ("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 2), line]))
    return table


def _part(part: CardPart, size: float) -> list[Flowable]:
    heading = _text(part.title, "heading", size)
    lines: list[Flowable] = []
    for group in part.groups:
        if group.title:
            lines.append(_text(group.title, "group", size))
        signs = [f"{number}." for number in range(1, len(group.lines) + 1)] if group.numbered else ["•"] * len(group.lines)
        lines += [_text(f"{sign} {line}", "body", size) for sign, line in zip(signs, group.lines, strict=True)]
    lines += [_text(note, "soft", size) for note in part.notes]
    return [KeepTogether([heading, *lines[:1]]), *lines[1:]]


def _source(printed: PrintedCard, size: float, language: str) -> list[Flowable]:
    card = printed.card
    lines = [
        f"{say('card_source_line', language, source=spoken_source(card.source))}. "
        f"{say('card_as_of', language, as_of=spoken_as_of(card.source.as_of))}.",
        *([] if card.origin == "imported" else [say("card_reviewed", language)]),
        f"{_version(printed, language)} · {printed.address}",
    ]
    return [_text(say("card_source", language), "heading", size), *(_text(line, "soft", size) for line in lines)]


def _version(printed: PrintedCard, language: str) -> str:
    since = spoken_date(printed.live_from.astimezone(VIETNAM_TIME).date())
    return say("card_version", language, version=printed.version, date=since)


def _foot(canvas: Canvas, language: str) -> None:
    canvas.saveState()
    canvas.setFillColor(_SOFT)
    canvas.setFont(PLAIN, 7)
    width = A4[0] - 2 * _MARGIN
    canvas.drawString(_MARGIN, 9 * mm, fitted(say("public_footer", language), PLAIN, 7, width))
    canvas.restoreState()


def _text(text: str, style: str, size: float) -> Paragraph:
    return Paragraph(printable(text).replace("\n", "<br/>"), _style(style, size))


@cache
def _style(name: str, size: float) -> ParagraphStyle:
    base = ParagraphStyle("body", fontName=PLAIN, fontSize=size, leading=size * 1.36, splitLongWords=1)
    others: dict[str, dict[str, Any]] = {
        "body": {},
        "title": {"fontName": BOLD, "fontSize": size * 1.6, "leading": size * 2.1, "textColor": _ACCENT},
        "heading": {"fontName": BOLD, "fontSize": size * 1.1, "textColor": _ACCENT, "spaceBefore": size * 0.6, "spaceAfter": 1},
        "group": {"fontName": BOLD, "spaceBefore": 2},
        "soft": {"textColor": _SOFT, "fontSize": size * 0.9, "leading": size * 1.25},
        "warning": {"fontName": BOLD, "textColor": HexColor("#7a3d00"), "spaceBefore": 4},
    }
    return ParagraphStyle(name, parent=base, **others[name])
