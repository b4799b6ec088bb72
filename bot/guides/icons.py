"""Small drawings of the situations of life, all in one hand. Pure."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

_GREEN, _LIGHT, _SECOND = "#0b5a44", "#e1f0e8", "#b96a00"

_SHAPES: Mapping[str, tuple[str, str]] = {
    "sinh-con": (
        '<circle cx="32" cy="24" r="11"/><path d="M14 52 q18 -26 36 0 z M27 25 q5 5 10 0"/>',
        "",
    ),
    "ket-hon": (
        '<circle cx="25" cy="36" r="13"/><path d="M25 17 l4 6 h-8 z"/>',
        '<circle cx="39" cy="36" r="13"/>',
    ),
    "mua-ban-nha-dat": (
        '<path d="M8 32 L26 17 L44 32 M13 29 v21 h26 v-21"/>',
        '<circle cx="47" cy="44" r="9"/><path d="M47 39 v10 M43 44 h8"/>',
    ),
    "di-hoc": (
        '<path d="M8 26 L32 15 L56 26 L32 37 z M18 32 v12 q14 9 28 0 v-12 M56 26 v15"/>',
        "",
    ),
    "mo-ho-kinh-doanh": (
        '<path d="M10 26 l4 -11 h36 l4 11 z M14 26 v25 h36 v-25 M27 51 v-14 h10 v14"/>',
        "",
    ),
    "xay-nha": (
        '<path d="M8 34 L32 14 L56 34 M14 30 v22 h36 v-22"/>',
        '<path d="M22 52 v-14 h20 v14 M22 45 h20"/>',
    ),
    "nghi-viec": (
        '<path d="M10 24 h44 v27 h-44 z M24 24 v-7 h16 v7 M10 36 h44"/>',
        "",
    ),
    "ve-huu": (
        '<circle cx="28" cy="20" r="9"/><path d="M13 53 q0 -20 15 -20 q12 0 15 13"/>',
        '<path d="M48 53 v-21 q0 -6 -6 -6"/>',
    ),
    "mat-giay-to": (
        '<path d="M10 18 h34 v26 h-34 z M16 26 h12 M16 33 h18"/>',
        '<path d="M44 34 l12 18 h-24 z M44 41 v5"/>',
    ),
    "nguoi-than-mat": (
        '<path d="M32 52 v-28 M32 44 q-10 0 -12 -9 M32 44 q10 0 12 -9 M18 53 h28"/>',
        '<path d="M32 24 q-12 0 -12 -12 q12 0 12 12 q0 -12 12 -12 q0 12 -12 12"/>',
    ),
    "lao-dong-nuoc-ngoai": (
        '<circle cx="32" cy="33" r="20"/><path d="M12 33 h40 M32 13 q-14 20 0 40 q14 -20 0 -40"/>',
        "",
    ),
}
"""By the situation's id: what is drawn in green, and what in the second colour."""

_OTHER = ('<path d="M14 12 h26 l10 10 v30 h-36 z M22 30 h20 M22 38 h20"/>', "")


def event_icon(event_id: str, title: str) -> str:
    """The drawing of a situation; a sheet of paper for one that has none."""
    first, second = _SHAPES.get(event_id, _OTHER)
    drawn = f'<g stroke="{_GREEN}">{first}</g><g stroke="{_SECOND}">{second}</g>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img" aria-labelledby="t">\n'
        f'<title id="t">{escape(title)}</title>\n<rect width="64" height="64" rx="14" fill="{_LIGHT}"/>\n'
        f'<g fill="none" stroke-width="3.5" stroke-linejoin="round" stroke-linecap="round">{drawn}</g>\n</svg>\n'
    )
