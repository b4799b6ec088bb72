"""A campaign as an A4 poster for one ward: large letters, a code to scan, and the way for who has no telephone."""

import io

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from bot.outreach.campaigns.content import Content
from bot.outreach.campaigns.loudspeaker import Script
from bot.printing import BOLD, PLAIN, drawable, printable, register_fonts
from bot.texts import say

_ACCENT, _INK, _SOFT, _PALE = HexColor("#0b5a44"), HexColor("#1c2420"), HexColor("#4d5a53"), HexColor("#e7f0ec")
_MARGIN = 18 * mm
_QR = 70 * mm
_QUIET_MODULES = 4


def poster_pdf(content: Content, ward: str, centre: str, link: str) -> bytes:
    """One page. ``ward``: as it is called; ``centre``: where people get help; ``link``: the ward's own short link, which the code
    holds. A text that is too long is set smaller, and what still does not fit is left to the link."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, pageCompression=1, lang="vi")
    canvas.setTitle(drawable(f"{content.title} – {ward}"))
    canvas.setAuthor(say("public_site_name"))
    width, height = A4
    _head(canvas, ward)
    top = _fit(canvas, content.title, BOLD, (34, 30, 26, 22, 18), _ACCENT, height - 46 * mm, 42 * mm)
    top = _fit(canvas, content.short_text, PLAIN, (19, 17, 15, 13), _INK, top - 6 * mm, 62 * mm)
    bottom_of_text = 42 * mm + _QR + 14 * mm
    if content.long_text:
        _fit(canvas, content.long_text, PLAIN, (15, 13, 12, 11, 10, 9), _INK, top - 6 * mm, max(0, top - 6 * mm - bottom_of_text))
    _code(canvas, link, _MARGIN, 42 * mm)
    _beside_the_code(canvas, content, centre, link, _MARGIN + _QR + 8 * mm, 42 * mm + _QR, width - 2 * _MARGIN - _QR - 8 * mm)
    _foot(canvas, ward)
    canvas.showPage()
    canvas.save()
    return written.getvalue()


def speech_pdf(script: Script, title: str, facts: str) -> bytes:
    """A script for reading aloud, in large letters with room between the sentences. ``facts``: how long it takes."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, pageCompression=1, lang="vi")
    canvas.setTitle(drawable(title))
    width, height = A4
    top = height - 24 * mm
    for text, font, size, color, gap in [
        (title, BOLD, 18, _ACCENT, 4),
        (facts, PLAIN, 10, _SOFT, 8),
        *((line, PLAIN, 16, _INK, 5) for line in script.lines),
    ]:
        paragraph = _paragraph(text, font, size, color)
        _, tall = paragraph.wrap(width - 2 * _MARGIN, height)
        if top - tall < 18 * mm:
            canvas.showPage()
            top = height - 24 * mm
        paragraph.drawOn(canvas, _MARGIN, top - tall)
        top -= tall + gap * mm
    canvas.showPage()
    canvas.save()
    return written.getvalue()


def _head(canvas: Canvas, ward: str) -> None:
    width, height = A4
    canvas.setFillColor(_ACCENT)
    canvas.rect(0, height - 26 * mm, width, 26 * mm, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    register_fonts()
    canvas.setFont(BOLD, 20)
    canvas.drawString(_MARGIN, height - 17 * mm, drawable(say("public_site_name")))
    canvas.setFont(PLAIN, 13)
    canvas.drawRightString(width - _MARGIN, height - 17 * mm, drawable(ward[:1].upper() + ward[1:]))


def _foot(canvas: Canvas, ward: str) -> None:
    width, _ = A4
    canvas.setFillColor(_PALE)
    canvas.rect(0, 0, width, 30 * mm, stroke=0, fill=1)
    paragraph = _paragraph(say("campaign_poster_safe"), PLAIN, 10.5, _SOFT)
    _, tall = paragraph.wrap(width - 2 * _MARGIN, 20 * mm)
    paragraph.drawOn(canvas, _MARGIN, 24 * mm - tall)
    canvas.setFillColor(_SOFT)
    canvas.setFont(PLAIN, 8)
    canvas.drawString(_MARGIN, 6 * mm, drawable(say("campaign_poster_footer", site=say("public_site_name"), ward=ward)))


def _code(canvas: Canvas, link: str, left: float, bottom: float) -> None:
    """The QR code with its quiet zone, as squares: sharp at every size of print. Level Q: a fold or a stain costs nothing."""
    rows = [list(row) for row in segno.make_qr(link, error="q", boost_error=False).matrix]
    module = _QR / (len(rows) + 2 * _QUIET_MODULES)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setStrokeColor(_ACCENT)
    canvas.roundRect(left, bottom, _QR, _QR, 2 * mm, stroke=1, fill=1)
    canvas.setFillColor(HexColor("#000000"))
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                x = left + (across + _QUIET_MODULES) * module
                y = bottom + _QR - (down + 1 + _QUIET_MODULES) * module
                canvas.rect(x, y, module * 1.02, module * 1.02, stroke=0, fill=1)


def _beside_the_code(canvas: Canvas, content: Content, centre: str, link: str, left: float, top: float, width: float) -> None:
    lines = [
        (say("campaign_poster_scan"), BOLD, 15, _ACCENT),
        (say("campaign_poster_type", link=link.partition("://")[2] or link), PLAIN, 11.5, _INK),
        (say("campaign_poster_help", centre=centre), PLAIN, 11.5, _INK),
    ]
    if content.procedure_code:
        lines.append((say("campaign_poster_code", code=content.procedure_code), PLAIN, 10, _SOFT))
    for text, font, size, color in lines:
        paragraph = _paragraph(text, font, size, color)
        _, tall = paragraph.wrap(width, _QR)
        paragraph.drawOn(canvas, left, top - tall)
        top -= tall + 4 * mm


def _fit(canvas: Canvas, text: str, font: str, sizes: tuple[float, ...], color: HexColor, top: float, room: float) -> float:
    """Draws the text from ``top`` downwards in the largest size that fits; where none does, as many words as fit in the
    smallest. Returns where it ends."""
    width = A4[0] - 2 * _MARGIN
    for size in sizes:
        paragraph = _paragraph(text, font, size, color)
        _, tall = paragraph.wrap(width, A4[1])
        if tall <= room:
            paragraph.drawOn(canvas, _MARGIN, top - tall)
            return float(top - tall)
    words = text.split()
    while words:
        words = words[: max(len(words) * 9 // 10, len(words) - 20, 0)]
        paragraph = _paragraph(" ".join(words) + " …", font, sizes[-1], color)
        _, tall = paragraph.wrap(width, A4[1])
        if words and tall <= room:
            paragraph.drawOn(canvas, _MARGIN, top - tall)
            return float(top - tall)
    return top


def _paragraph(text: str, font: str, size: float, color: HexColor) -> Paragraph:
    style = ParagraphStyle(f"{font}{size}", fontName=font, fontSize=size, leading=size * 1.32, textColor=color, splitLongWords=1)
    return Paragraph(printable(text).replace("\n", "<br/>"), style)
