"""The frame of every chart, and how texts get into it."""

from html import escape

from markupsafe import Markup


def text(x: float, y: float, words: str, *, css: str = "chart-text", anchor: str = "start") -> str:
    """One line of words."""
    return f'<text x="{place(x)}" y="{place(y)}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>'


def place(value: float) -> str:
    """A coordinate, short."""
    return f"{value:.1f}".removesuffix(".0")


def cut(words: str, most: int) -> str:
    """Words that fit; the whole stands in the table beside the chart."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def drawing(key: str, title: str, told: str, width: float, height: float, parts: list[str]) -> Markup:
    """A whole chart. ``key``: unique on the page (letters, digits, ``-``); ``told``: what the picture says, in words."""
    head = (
        f'<svg class="chart" role="img" aria-labelledby="{escape(key)}-title {escape(key)}-told" '
        f'viewBox="0 0 {place(width)} {place(height)}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{escape(key)}-title">{escape(title)}</title><desc id="{escape(key)}-told">{escape(told)}</desc>'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 (every text in it is escaped)
