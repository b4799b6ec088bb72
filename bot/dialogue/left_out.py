"""A fact that is switched off is not told inside another answer either: its value leaves the text, the sentence stays. Pure.

"Nộp phí 8.000 đồng tại quầy" becomes "Nộp phí (mức phí đang được rà soát) tại quầy": steps keep their number and their sense.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator

from bot.language.money import find_money
from bot.language.normalise import fold_in_place
from bot.messages import BotMessage
from bot.texts import say

_ABOUT_FEES = re.compile(r"(?<!chi )\b(?:le )?phi\b|\b(?:mien|khong|muc|phai) thu\b|\b(?:re|dat) hon\b")
_FREE = re.compile(
    r"(?:(?<=^)|(?<=[:,;.(\-] )|(?<=la )|(?<=thi )|(?<=nop )|(?<=tuyen )|(?<=tiep )|(?<=duoc ))"
    r"(?:duoc )?(?:mien(?: thu)?(?: le)? phi|khong (?:phai )?(?:thu|mat|nop|tra|ton) (?:(?:le )?phi|tien))\b"
)
"""Said of filing; a procedure may have "miễn phí" in its name."""
_NUMBER = r"(?:[0-9]{1,3}(?:[.,][0-9])?|nua|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)"
_SPAN = rf"(?<![\w.,/])(?:{_NUMBER} ?(?:-|–|den) ?)?{_NUMBER}(?: ?\([^)]{{1,20}}\))?"
_DURATION = re.compile(
    rf"{_SPAN} (?:(?:ngay|buoi)(?: lam viec)?|gio lam viec)\b(?! (?:[0-9]|thang))"
    rf"|(?:(?<=trong )|(?<=vong )|(?<=qua )|(?<=sau )){_SPAN} gio\b"
)
_SAME_DAY = re.compile(r"\b(?:ngay )?trong (?:ngay|buoi)(?: lam viec)?\b(?! [0-9])")
_OWN_CONDITIONS = frozenset({"documents", "conditions", "legal_basis", "form"})
"""Here a number of days is about papers and citizens ("ảnh chụp không quá 06 tháng"), not about the agency's time."""


def without_facets(message: BotMessage, facets: Collection[str]) -> str:
    """The text of an answer on a procedure without the values of these facets. ``fee`` and ``processing_time`` can be told in
    passing; the status of a dossier is its own and not the catalogue's, and stays."""
    if message.kind == "status" or not facets:
        return message.text
    lines = unicodedata.normalize("NFC", message.text).split("\n")
    if "fee" in facets and message.facet != "fee":
        free_too = message.facet not in _OWN_CONDITIONS
        lines = [_exchanged(line, list(_fees(line, free_too=free_too)), say("switch_fee_left_out")) for line in lines]
    if "processing_time" in facets and message.facet not in ("processing_time", *_OWN_CONDITIONS):
        lines = [_exchanged(line, list(_times(line)), say("switch_time_left_out")) for line in lines]
    text = "\n".join(lines)
    return text if text != unicodedata.normalize("NFC", message.text) else message.text


def _fees(line: str, *, free_too: bool) -> Iterator[tuple[int, int]]:
    folded = fold_in_place(line)
    if not _ABOUT_FEES.search(folded):
        return
    yield from ((money.start, money.end) for money in find_money(line))
    if free_too:
        yield from (match.span() for match in _FREE.finditer(folded))


def _times(line: str) -> Iterator[tuple[int, int]]:
    folded = fold_in_place(line)
    for pattern in (_DURATION, _SAME_DAY):
        yield from (match.span() for match in pattern.finditer(folded))


def _exchanged(line: str, spans: list[tuple[int, int]], words: str) -> str:
    """The line with these stretches exchanged, once each; what stands beside each other is one."""
    pieces, last = [], 0
    for start, end in sorted(spans):
        if start < last:
            continue
        pieces += [line[last:start], words]
        last = end
    return "".join(pieces) + line[last:]
