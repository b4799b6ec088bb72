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
    # Bold markup inside of a paragraph finds its font by this.
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    # The library writes wrong text for what lies above: a reader that searches or reads aloud would lose the whole line.
    return frozenset(char for char in plain.face.charToGlyph if char <= 0xFFFF)


def drawable(text: str) -> str:
    """The text with a box for what the font cannot draw, without what nobody can see."""
    glyphs = register_fonts()
    return "".join(
        char if ord(char) in glyphs or char == "\n" else "" if not char.isprintable() else _NO_GLYPH for char in nfc(text)
    )


def printable(text: str) -> str:
    """As ``drawable``, as it may stand in a paragraph: without markup of its own."""
    return escape(drawable(text), quote=False)


def fitted(text: str, font: str, size: float, width: float) -> str:
    """The text cut to a line of this width in points."""
    shown = nfc(text)
    while len(shown) > 1 and pdfmetrics.stringWidth(shown, font, size) > width:
        shown = shown[:-2] + "…"
    return shown
