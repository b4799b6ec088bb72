"""What every PDF of ours needs: a font with every Vietnamese letter, and text that can stand in it."""

from functools import cache
from html import escape
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from bot.language.normalise import nfc

PLAIN, BOLD = "MotCuaSans", "MotCuaSans-Bold"
_FONTS = Path(__file__).parent / "review" / "fonts"
_NO_GLYPH = "\u25a1"


@cache
def register_fonts() -> frozenset[int]:
    """Registers our fonts once; the characters that they can draw."""
    plain = TTFont(PLAIN, str(_FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(plain)
    pdfmetrics.registerFont(TTFont(BOLD, str(_FONTS / "DejaVuSans-Bold.ttf")))
    return frozenset(plain.face.charToGlyph)


def printable(text: str) -> str:
    """The text as it may stand in a paragraph: no markup, and a box for what the font cannot draw."""
    glyphs = register_fonts()
    shown = "".join(
        char if ord(char) in glyphs or char == "\n" else "" if not char.isprintable() else _NO_GLYPH for char in nfc(text)
    )
    return escape(shown, quote=False)


def fitted(text: str, font: str, size: float, width: float) -> str:
    """The text cut to a line of this width in points."""
    shown = nfc(text)
    while len(shown) > 1 and pdfmetrics.stringWidth(shown, font, size) > width:
        shown = shown[:-2] + "…"
    return shown
