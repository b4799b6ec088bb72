"""Numbers of papers that hold letters or have no shape of their own: passports, health insurance cards. Insurance and tax numbers
are told from other figures by what stands before them (``NAMED_BEFORE``); ``numbers_in_text`` reads the figures.

A passport of Vietnam is a letter and seven or eight figures, a card of health insurance two letters and thirteen figures (newer
cards show the ten figures of the social insurance alone), a driving licence twelve figures, a tax code ten or thirteen.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from bot.language.normalise import fold_in_place

DocumentKind = Literal["passport", "social_insurance", "health_insurance", "tax_code", "driving_licence"]

_FILLERS = (
    r"(?:(?:so|ma|la|cua|em|toi|minh|moi|cu|nay|con|chau|anh|chi|ong|ba|bo|me|vo|chong|be|no|day|pho thong|viet nam|vn|ca nhan"
    r"|cong ty|cty|co quan|doanh nghiep|ho kinh doanh|bao hiem|dinh danh|the|hang (?:a|a1|a2|b|b1|b2|c|d|e))\b\W{0,3}){0,6}$"
)
_INSURANCE = r"bhxh|bao hiem xa hoi|bhyt|bao hiem y te|ma (?:the )?bao hiem|the bao hiem|so so bao hiem"


def _named(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b\W{{0,3}}{_FILLERS}")


NAMED_BEFORE: Mapping[DocumentKind, tuple[re.Pattern[str], tuple[int, ...]]] = {
    "tax_code": (_named(r"mst|ma so thue|msthue|ma thue"), (10, 13)),
    "social_insurance": (_named(_INSURANCE), (10,)),
    "driving_licence": (_named(r"gplx|giay phep lai xe|bang lai(?: xe)?"), (12,)),
}
"""What stands before such a number (folded), and how many figures it has."""

_PASSPORT = r"ho chieu|hochieu|hchieu|passport|pass port"
_PASSPORT_BEFORE = _named(_PASSPORT)
_PASSPORT_NEAR = re.compile(rf"\b(?:{_PASSPORT})\b")
_SERIES = "bceknp"
"""Letters that passports of Vietnam begin with; another letter needs the word beside it."""
_TIGHT = re.compile(rf"(?<![\w.\-/@]){'[' + _SERIES + _SERIES.upper() + ']'}[0-9]{{7,8}}(?![\w@]|[.\-/][0-9A-Za-z])")
_SPACED = re.compile(r"(?<![\w.])[A-Za-z](?:[ .\-]{0,2}[0-9]){7,8}(?![\w]|[ .\-]{0,2}[0-9])")
_BARE = re.compile(r"(?<![\w.,/])[0-9](?:[ .\-]?[0-9]){6,7}(?![\w]|[ .,\-/]?[0-9])")
_PROCEDURE = re.compile(r"[1-9]\.[0-9]{6}")
_DAY = re.compile(r"[0-9]{1,2}([ .\-])[0-9]{1,2}\1(?:19|20)[0-9]{2}")
_MONEY_AFTER = re.compile(r"\s{0,2}(?:dong|d\b|k\b|vnd|trieu|tr\b|nghin|ngan)")
_CARD = re.compile(r"(?<![\w.])[A-Za-z]{2}(?P<figures>(?:[ .\-]{0,2}[0-9]){13})(?![\w]|[ .\-]{0,2}[0-9])")
_AFTER_A_WORD = re.compile(r"[A-Za-z]{2}[ .\-]{1,2}[0-9]{3}|[Tt][Kk]")
"""Two letters and then three figures at once may be a word before an account's number ("stk la 1903…"), or "tk" itself."""
_INSURANCE_NEAR = re.compile(rf"\b(?:{_INSURANCE}|ma the)\b")
_PLACE_OF_CARD = re.compile(r"[1-5](?:0[1-9]|[1-9][0-9])")


def names_a_passport(before: str) -> bool:
    """Whether a folded text ends by calling what follows a passport's number."""
    return _PASSPORT_BEFORE.search(before) is not None


def named_kind(digits: str, before: str) -> DocumentKind | None:
    """The kind of these figures behind a folded text that calls them by name; None where it does not."""
    found = (kind for kind, (named, sizes) in NAMED_BEFORE.items() if len(digits) in sizes and named.search(before))
    return next(found, None)


def find_documents(text: str, *, passports_by_shape: bool = True) -> Iterator[tuple[DocumentKind, int, int, str]]:
    """Passports and health insurance cards: kind, place and the number in its one spelling. The text must have plain ASCII digits
    and dashes. ``passports_by_shape``: also where nothing calls them so; a code to look a dossier up may look the same."""
    folded = fold_in_place(text)
    taken: list[tuple[int, int]] = []
    for kind, match in _matches(text, folded, by_shape=passports_by_shape):
        start, end = match.span()
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            yield kind, start, end, re.sub(r"[^0-9A-Z]", "", match.group().upper())


def _matches(text: str, folded: str, *, by_shape: bool) -> Iterator[tuple[DocumentKind, re.Match[str]]]:
    for match in _CARD.finditer(text):
        if _PLACE_OF_CARD.match(re.sub(r"[^0-9]", "", match["figures"])) and (
            _INSURANCE_NEAR.search(folded) or not _AFTER_A_WORD.match(match.group())
        ):
            yield "health_insurance", match
    near = _PASSPORT_NEAR.search(folded) is not None
    if not near and not by_shape:
        return
    for match in _TIGHT.finditer(text):
        yield "passport", match
    if not near:
        return
    for pattern in (_SPACED, _BARE):
        for match in pattern.finditer(text):
            named = names_a_passport(folded[max(0, match.start() - 60) : match.start()])
            if _DAY.fullmatch(match.group()) or _PROCEDURE.fullmatch(match.group()):
                continue
            if named and not _MONEY_AFTER.match(folded[match.end() : match.end() + 12]):
                yield "passport", match
