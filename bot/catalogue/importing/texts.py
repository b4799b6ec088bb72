"""Texts of sources brought to one spelling, and cut where a message has no room."""

import re
import unicodedata

from bot.catalogue.importing.limits import MAX_TEXT

# Control and format characters carry no meaning here and can hide text (right-to-left marks) or break a terminal.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BREAKS = re.compile(r"\s*\n\s*")
_WRAPPED = re.compile(r"(?<![.;:!?])\n(?=[a-zà-ỹđ](?![).\]]))")
_SENTENCE_END = re.compile(r"[.;!?](?=\s|$)|\n")

_NOTHING = re.compile(
    r"^\W*(?:không|không có|không có thông tin|không quy định|không yêu cầu|không áp dụng|chưa quy định|chưa xác định|khác|a"
    r"|không có yêu cầu,? điều kiện|thông tin không có|n/?a|\W*)\W*$",
    re.IGNORECASE,
)
_STATED_ABSENT = re.compile(
    r"^\W*(?:không|không có|không có thông tin|không yêu cầu|không áp dụng|không có yêu cầu,? điều kiện)\W*$", re.I
)


def tidy(text: str) -> str:
    """The text in composed form (NFC), without unseen characters, blanks single, line breaks single; cut at ``MAX_TEXT``."""
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))
    return _BREAKS.sub("\n", _BLANKS.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """The tidy text on one line."""
    return " ".join(tidy(text).split())


def unwrapped(text: str) -> str:
    """The text with lines joined that a page's width broke: a line that goes on in lower case is no line of its own."""
    return _WRAPPED.sub(" ", text)


def says_nothing(text: str | None) -> bool:
    """Whether the cell is empty or only says that there is nothing."""
    return text is None or bool(_NOTHING.match(text))


def states_absence(text: str | None) -> bool:
    """Whether the cell says in words that there is nothing ("Không có"): that is knowledge, an empty cell is none."""
    return text is not None and bool(text.strip()) and bool(_STATED_ABSENT.match(text))


def cut(text: str, limit: int) -> str:
    """At most ``limit`` letters of the text, ended at a sentence, else at a word, with "…" where something is missing."""
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    ends = [match.end() for match in _SENTENCE_END.finditer(head)]
    if ends and ends[-1] >= limit // 3:
        return head[: ends[-1]].rstrip(" ;\n") + " …"
    return head.rsplit(" ", 1)[0].rstrip(" ,;:(-") + " …"


def short(text: str, limit: int) -> str:
    """At most ``limit`` letters on one line, ended at a word; for names and titles."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:(-–") + "…"
