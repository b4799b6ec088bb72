"""Digits in a sentence: which of them are a citizen's id, a telephone number or a bank card.

Numbers are typed in one piece or in groups (``024 099 001 234``, ``0912.345.678``); amounts of money, dates and years must
not be taken for them. Citizen ids: circular 59/2021/TT-BCA (three digits of the province, one of century and sex, two of
the year of birth, six random).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.language.document_numbers import named_kind
from bot.language.normalise import fold_in_place
from bot.language.tables import word_set

_RUN = re.compile(r"(?<![0-9])(?:\+|\(\+?)?[0-9]+(?:(?: {0,2}[.\-] {0,2}| {1,3}|\) ?)\(?[0-9]+)*(?![0-9])")
_CHUNK = re.compile(r"[0-9]+")
_PHONE = re.compile(r"(?:0[35789][0-9]{8}|01[2689][0-9]{8}|02[0-9]{9})")
_MONEY_AFTER = re.compile(r"\s{0,2}(?:dong|d\b|vnd|trieu|tr\b|ty\b|ti\b|nghin|ngan|usd|do la|m2|met)")
_ID_BEFORE = re.compile(
    r"(?:cccd|cmnd|cmt|cmtnd|can cuoc(?: cong dan)?|chung minh(?: thu| nhan dan)?|dinh danh)\W{0,3}"
    r"(?:(?:ca nhan|so|cu|moi|cua|em|toi|minh|la|nay|so la)\W{1,3}){0,4}$"
)
_ACCOUNT_BEFORE = re.compile(
    r"(?:stk|so tk|so tai khoan(?! (?:dinh danh|vneid))|so the(?: atm| ngan hang)?)\W{0,3}"
    r"(?:(?:la|so|cua|ngan hang|nh|em|toi|minh)\W{1,3}){0,4}$"
)
# Province codes of citizen ids in use since 2016.
PROVINCE_CODES = word_set(
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 044 045 "
    "046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091 092 093 "
    "094 095 096"
)


@dataclass(frozen=True)
class NumberSpan:
    """A private number and where it stands."""

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class _Candidate:
    digits: str
    groups: tuple[str, ...]
    before: str
    after: str
    dotted: bool


def _passes_luhn(digits: str) -> bool:
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_money(candidate: _Candidate) -> bool:
    in_thousands = len(candidate.groups) > 1 and all(len(group) == 3 for group in candidate.groups[1:])
    if _MONEY_AFTER.match(candidate.after):
        return True
    return candidate.dotted and in_thousands and candidate.digits.endswith("000")


def _is_citizen_id(candidate: _Candidate) -> bool:
    digits = candidate.digits
    announced = bool(_ID_BEFORE.search(candidate.before))
    if len(digits) == 12:
        return announced or (digits[:3] in PROVINCE_CODES and digits[3] in "0123" and not _is_money(candidate))
    if len(digits) != 9 or len(set(digits)) == 1:
        return False
    # The old card's number has no shape of its own: in groups it must be called by name.
    return announced or not (_is_money(candidate) or len(candidate.groups) > 1)


def _as_phone(candidate: _Candidate) -> str | None:
    digits = candidate.digits
    for prefix in ("0084", "84"):
        if digits.startswith(prefix) and _PHONE.fullmatch("0" + digits[len(prefix) :].removeprefix("0")):
            return "0" + digits[len(prefix) :].removeprefix("0")
    if not _PHONE.fullmatch(digits) or _is_money(candidate):
        return None
    return digits


def _is_card(digits: str, groups: tuple[str, ...] = ()) -> bool:
    sizes = tuple(map(len, groups))
    if len(sizes) > 1 and sizes != (4, 6, 5) and set(sizes[:-1]) != {4}:
        return False
    return 13 <= len(digits) <= 19 and digits[0] in "234569" and len(set(digits)) > 1 and _passes_luhn(digits)


def _classify(candidate: _Candidate) -> tuple[str, str] | None:
    named = named_kind(candidate.digits, candidate.before)
    if named in ("tax_code", "social_insurance") and not _is_money(candidate):
        return named, candidate.digits
    phone = _as_phone(candidate)
    if phone is not None:
        return "phone", phone
    if _is_citizen_id(candidate):
        return "citizen_id", candidate.digits
    if named is not None:
        return named, candidate.digits
    if _is_card(candidate.digits, candidate.groups) or (
        8 <= len(candidate.digits) <= 19 and _ACCOUNT_BEFORE.search(candidate.before)
    ):
        return "bank_card", candidate.digits
    return None


def kind_of_digits(digits: str, before: str = "", after: str = "") -> tuple[str, str] | None:
    """The kind and the value of a private number that these digits are between two folded texts; None for other digits."""
    return _classify(_Candidate(digits, (digits,), before, after, dotted=False))


def _is_date(groups: tuple[str, ...]) -> bool:
    if len(groups) < 3 or len(groups[2]) != 4:
        return False
    day, month, year = (int(group) for group in groups[:3])
    return len(groups[0]) <= 2 and len(groups[1]) <= 2 and 1 <= day <= 31 and 1 <= month <= 12 and 1900 <= year <= 2100


def _too_short(groups: tuple[str, ...]) -> bool:
    """Single figures between others are a list, except a zero that leads."""
    return min(map(len, groups[1:] if groups[0] == "0" else groups)) < 2


def _longest(text: str, folded: str, chunks: list[re.Match[str]], first: int) -> tuple[int, NumberSpan] | None:
    """The longest private number that begins at a group; a group that is one by itself wins over longer readings."""
    best: tuple[int, NumberSpan] | None = None
    groups: tuple[str, ...] = ()
    for last in range(first, min(first + 12, len(chunks))):
        groups += (chunks[last].group(),)
        digits = "".join(groups)
        if len(digits) > 19:
            break
        start, end = chunks[first].start(), chunks[last].end()
        if len(digits) < 9 or (len(groups) > 1 and (_too_short(groups) or _is_date(groups))):
            continue
        before, after = folded[max(0, start - 60) : start].lstrip(), folded[end : end + 12]
        found = _classify(_Candidate(digits, groups, before.rstrip("+("), after, "." in text[start:end]))
        if found is None:
            continue
        if text[start - 1 : start] == "+" and found[0] == "phone":
            start -= 1
        best = last, NumberSpan(found[0], start, end, found[1])
        # Nine figures may be the old id, or the beginning of a new one; a branch's three stand behind a tax code's ten.
        if len(groups) == 1 and len(digits) != 9 and found[0] != "tax_code":
            break
    return best


def _in_run(text: str, folded: str, run: re.Match[str]) -> Iterator[NumberSpan]:
    chunks = list(_CHUNK.finditer(text, run.start(), run.end()))
    index = 0
    while index < len(chunks):
        found = _longest(text, folded, chunks, index)
        if found is None:
            index += 1
            continue
        index = found[0] + 1
        yield found[1]


def find_numbers(text: str) -> list[NumberSpan]:
    """Citizen ids (12 digits; 9 of the old card), Vietnamese telephone numbers and bank cards (Luhn), in order. Phones come
    back as ``0…``. The text must have plain ASCII digits and dashes."""
    folded = fold_in_place(text)
    return [number for run in _RUN.finditer(text) for number in _in_run(text, folded, run)]
