"""Transcripts as a PDF to print and file: a font with every Vietnamese letter, the agency and the date on each page."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from bot.clock import VIETNAM_TIME
from bot.language.normalise import nfc
from bot.officers.view import ViewHandoff, ViewLine
from bot.review.export import MOST_LINES, ExportedConversation
from bot.review.judgements import Judgement
from bot.review.labels import label_of
from bot.review.words import unmarked
from bot.texts import say

MOST_IN_PDF = 50
FONTS = Path(__file__).parent / "fonts"
"""Fonts with every Vietnamese letter, for all documents."""
_PLAIN, _BOLD = "MotCuaSans", "MotCuaSans-Bold"
_MARGIN = 20 * mm
_SOFT, _ACCENT, _LINE = HexColor("#4d5a53"), HexColor("#0b5a44"), HexColor("#c3ccc6")
_SPEAKERS = {"citizen": "#1c2420", "bot": "#0b5a44", "officer": "#7a3d00", "system": "#4d5a53"}
_NO_GLYPH = "\u25a1"
_LONGEST_PIECE = 6_000


@dataclass(frozen=True)
class Heading:
    """What stands on every page: the agency, when it was exported, and by whom."""

    agency: str
    at: datetime
    by: str


def transcripts_pdf(conversations: Iterable[ExportedConversation], heading: Heading, team_name: Callable[[str], str]) -> bytes:
    """The conversations, each beginning on a page of its own."""
    story: list[Flowable] = []
    for conversation in conversations:
        if story:
            story.append(PageBreak())
        story += _conversation(conversation, team_name)
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=28 * mm,
        bottomMargin=20 * mm,
        title=say("export_title"),
        author=heading.agency,
        lang="vi",
    )
    _fonts()
    document.build(story or [_text(say("export_empty"), _style("body"))], canvasmaker=_numbered(heading))
    return written.getvalue()


def _conversation(conversation: ExportedConversation, team_name: Callable[[str], str]) -> list[Flowable]:
    story: list[Flowable] = [
        _text(say("export_title"), _style("title")),
        _text(say("export_conversation", id=conversation.conversation_id), _style("subtitle")),
    ]
    facts = [
        ("export_channel", label_of("channel", conversation.channel)),
        ("export_teams", ", ".join(team_name(team) for team in conversation.teams)),
        ("export_handoffs", "; ".join(_handoff_words(one) for one in reversed(conversation.handoffs))),
        ("export_ratings", ", ".join(label_of("rating", one.rating) for one in conversation.handoffs if one.rating)),
    ]
    story += [
        Paragraph(f'<font color="{_SOFT.hexval().replace("0x", "#")}">{_safe(say(key))}:</font> {_safe(value)}', _style("body"))
        for key, value in facts
        if value
    ]
    story += [_text(say("export_masked"), _style("soft")), Spacer(1, 4 * mm)]
    if not any(line.text for line in conversation.lines):
        return [*story, _text(say("export_empty"), _style("body"))]
    for line in conversation.lines:
        story += _line(line, conversation.judgements.get(line.outbound_id or 0, ()))
    if conversation.cut:
        story.append(_text(say("export_cut", lines=MOST_LINES), _style("soft")))
    return story


def _handoff_words(one: ViewHandoff) -> str:
    opened = one.opened_at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
    ended = f" – {label_of('ended', one.outcome)}" if one.outcome else ""
    return f"{label_of('reason', one.reason)} ({opened}){ended}"


def _line(line: ViewLine, judged: Iterable[Judgement]) -> list[Flowable]:
    who = label_of("speaks", line.speaks) + (f" {line.name}" if line.name else "")
    at = line.at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
    color = _SPEAKERS.get(line.speaks, "#1c2420")
    head = f'<font name="{_BOLD}" color="{color}">{_safe(who)}</font>  <font size="8">{at}</font>'
    story: list[Flowable] = [Paragraph(head, _style("speaker"))]
    story += [_text(piece, _style("said")) for piece in _pieces(unmarked(line.text))]
    below = []
    if line.confidence is not None and line.speaks != "officer":
        below.append(say("export_confidence", percent=round(line.confidence * 100)))
    if line.sources:
        below.append(say("export_sources", sources="; ".join(line.sources)))
    if below:
        story.append(_text(" · ".join(below), _style("below")))
    for one in judged:
        verdict = label_of("verdict", one.verdict) + (f" – {label_of('fault', one.fault)}" if one.fault else "")
        words = [say("export_judged", name=one.name, verdict=verdict), one.note]
        if one.right_answer:
            words.append(say("export_right_answer", text=one.right_answer))
        story.append(_text(". ".join(word for word in words if word), _style("below")))
    return story


def _pieces(text: str) -> list[str]:
    """The text in parts that fit on a page, broken at lines."""
    parts = [text[start : start + _LONGEST_PIECE] for start in range(0, len(text), _LONGEST_PIECE)]
    return [part for part in parts if part.strip()]


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(_safe(text).replace("\n", "<br/>"), style)


def _safe(text: str) -> str:
    """The text as it may stand in a paragraph: no markup, and a box for what the font cannot draw."""
    glyphs = _fonts()
    shown = "".join(
        char if ord(char) in glyphs or char == "\n" else "" if not char.isprintable() else _NO_GLYPH for char in nfc(text)
    )
    return escape(shown, quote=False)


@cache
def _fonts() -> frozenset[int]:
    """Registers our fonts once; the characters that they can draw."""
    plain = TTFont(_PLAIN, str(FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(plain)
    pdfmetrics.registerFont(TTFont(_BOLD, str(FONTS / "DejaVuSans-Bold.ttf")))
    return frozenset(plain.face.charToGlyph)


@cache
def _style(name: str) -> ParagraphStyle:
    _fonts()
    base = ParagraphStyle("body", fontName=_PLAIN, fontSize=9.5, leading=14, splitLongWords=1)
    others: dict[str, dict[str, Any]] = {
        "body": {},
        "title": {"fontName": _BOLD, "fontSize": 15, "leading": 20, "textColor": _ACCENT},
        "subtitle": {"fontName": _BOLD, "fontSize": 10, "spaceAfter": 4},
        "soft": {"textColor": _SOFT, "fontSize": 8.5, "leading": 12},
        "speaker": {"spaceBefore": 7, "keepWithNext": 1},
        "said": {"leftIndent": 4 * mm},
        "below": {"leftIndent": 4 * mm, "textColor": _SOFT, "fontSize": 8, "leading": 11},
    }
    return ParagraphStyle(name, parent=base, **others[name])


def _numbered(heading: Heading) -> type[Canvas]:
    """A canvas that knows how many pages there are when it draws the head of each."""

    class NumberedCanvas(Canvas):  # type: ignore[misc] # the library ships no types
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                _draw_frame(self, heading, number, len(self._pages))
                super().showPage()
            super().save()

    return NumberedCanvas


def _draw_frame(canvas: Canvas, heading: Heading, page: int, pages: int) -> None:
    width, height = A4
    at = heading.at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
    canvas.saveState()
    canvas.setFillColor(_ACCENT)
    canvas.setFont(_BOLD, 9)
    canvas.drawString(_MARGIN, height - 15 * mm, _fitted(heading.agency, _BOLD, 9, width - 2 * _MARGIN))
    canvas.setFillColor(_SOFT)
    canvas.setFont(_PLAIN, 8)
    made = say("export_made", at=at, by=heading.by)
    canvas.drawString(_MARGIN, height - 20 * mm, _fitted(made, _PLAIN, 8, width - 2 * _MARGIN))
    canvas.setStrokeColor(_LINE)
    canvas.line(_MARGIN, height - 22 * mm, width - _MARGIN, height - 22 * mm)
    canvas.drawRightString(width - _MARGIN, 12 * mm, say("export_page", page=page, pages=pages))
    canvas.restoreState()


def _fitted(text: str, font: str, size: float, width: float) -> str:
    shown = nfc(text)
    while len(shown) > 1 and pdfmetrics.stringWidth(shown, font, size) > width:
        shown = shown[:-2] + "…"
    return shown
