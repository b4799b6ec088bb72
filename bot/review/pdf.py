"""Transcripts as a PDF to print and file: a font with every Vietnamese letter, the agency and the date on each page."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from bot.clock import VIETNAM_TIME
from bot.officers.view import ViewHandoff, ViewLine
from bot.printing import BOLD, PLAIN, fitted, printable, register_fonts
from bot.review.export import MOST_LINES, ExportedConversation
from bot.review.judgements import Judgement
from bot.review.labels import label_of
from bot.review.words import unmarked
from bot.texts import say

MOST_IN_PDF = 50
_MARGIN = 20 * mm
_SOFT, _ACCENT, _LINE = HexColor("#4d5a53"), HexColor("#0b5a44"), HexColor("#c3ccc6")
_SPEAKERS = {"citizen": "#1c2420", "bot": "#0b5a44", "officer": "#7a3d00", "system": "#4d5a53"}
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
    register_fonts()
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
        Paragraph(
            f'<font color="{_SOFT.hexval().replace("0x", "#")}">{printable(say(key))}:</font> {printable(value)}', _style("body")
        )
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
    head = f'<font name="{BOLD}" color="{color}">{printable(who)}</font>  <font size="8">{at}</font>'
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
    return Paragraph(printable(text).replace("\n", "<br/>"), style)


@cache
def _style(name: str) -> ParagraphStyle:
    register_fonts()
    base = ParagraphStyle("body", fontName=PLAIN, fontSize=9.5, leading=14, splitLongWords=1)
    others: dict[str, dict[str, Any]] = {
        "body": {},
        "title": {"fontName": BOLD, "fontSize": 15, "leading": 20, "textColor": _ACCENT},
        "subtitle": {"fontName": BOLD, "fontSize": 10, "spaceAfter": 4},
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
    canvas.setFont(BOLD, 9)
    canvas.drawString(_MARGIN, height - 15 * mm, fitted(heading.agency, BOLD, 9, width - 2 * _MARGIN))
    canvas.setFillColor(_SOFT)
    canvas.setFont(PLAIN, 8)
    made = say("export_made", at=at, by=heading.by)
    canvas.drawString(_MARGIN, height - 20 * mm, fitted(made, PLAIN, 8, width - 2 * _MARGIN))
    canvas.setStrokeColor(_LINE)
    canvas.line(_MARGIN, height - 22 * mm, width - _MARGIN, height - 22 * mm)
    canvas.drawRightString(width - _MARGIN, 12 * mm, say("export_page", page=page, pages=pages))
    canvas.restoreState()
