"""Text within a platform's limit: split where people would pause, in composed form (NFC), never inside a character."""

import re
import unicodedata
from collections.abc import Iterator

from connectors.channel import TextUnit

# Paragraph, line, sentence, clause, word: the first kind of break that leaves a useful first part wins.
_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])\s+"),
    re.compile(r"(?<=[,;:])\s+"),
    re.compile(r"\s+"),
)
_LEAST_PART = 0.4
_JOINER = "\u200d"


def length(text: str, unit: TextUnit) -> int:
    """How long the platform finds the text."""
    return len(text) if unit == "characters" else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str, limit: int, unit: TextUnit = "characters") -> list[str]:
    """The text in parts of at most ``limit`` units. Nothing but white space at the breaks is lost; an empty text has no part."""
    rest = unicodedata.normalize("NFC", text).strip()
    parts = []
    while length(rest, unit) > limit:
        cut = _best_cut(rest, _fitting(rest, limit, unit))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def shorten(text: str, limit: int, unit: TextUnit = "characters") -> str:
    """The text, or its beginning and an ellipsis within the limit."""
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    if length(composed, unit) <= limit:
        return composed
    room = _fitting(composed, limit - 1, unit)
    word_end = composed.rfind(" ", 0, room + 1)
    return composed[: word_end if word_end >= room * 0.6 else room].rstrip(" ,;:.") + "…"


def _fitting(text: str, limit: int, unit: TextUnit) -> int:
    """How many characters from the beginning fit, moved back so that no visible character is broken; at least one."""
    end = min(len(text), limit)
    while unit == "utf16" and length(text[:end], unit) > limit:
        end -= max(1, (length(text[:end], unit) - limit) // 2)
    back = end
    while 0 < back < len(text) and _breaks_a_character(text, back):
        back -= 1
    return max(1, back or end)


def _breaks_a_character(text: str, at: int) -> bool:
    """Whether a cut before ``at`` would break one visible character (combining marks, emoji sequences, flags)."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after) in ("Mn", "Me", "Mc") or after == _JOINER or before == _JOINER:
        return True
    if _is_flag_half(before) and _is_flag_half(after):
        halves = next((i for i in range(at) if not _is_flag_half(text[at - 1 - i])), at)
        return halves % 2 == 1
    return 0x1F3FB <= ord(after) <= 0x1F3FF or 0xE0020 <= ord(after) <= 0xE007F


def _is_flag_half(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _best_cut(text: str, room: int) -> int:
    for pattern in _BREAKS:
        cuts = [end for end in _break_ends(pattern, text, room) if end >= room * _LEAST_PART]
        if cuts:
            return cuts[-1]
    return room


def _break_ends(pattern: re.Pattern[str], text: str, room: int) -> Iterator[int]:
    for match in pattern.finditer(text, 0, min(len(text), room + 2)):
        if match.start() <= room:
            yield match.start() or match.end()
