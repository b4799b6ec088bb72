"""Private numbers in what citizens type: found before anything is logged, replaced by placeholders, shown only masked.

The gateway exchanges each value for ``⟦kind:token⟧``; the engine and its logs hold nothing else. Written for text as it
comes from a platform: spaces and dots inside numbers, five kinds of dash, full-width digits, invisible characters,
letters among them, digits told in words.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from bot.language.document_numbers import find_documents
from bot.language.normalise import fold, visible
from bot.language.number_typing import as_codes, as_numbers
from bot.language.numbers_in_text import NumberSpan, find_numbers
from bot.language.one_reading import once
from bot.language.spoken_digits import find_spoken_numbers
from bot.language.tables import word_set

KINDS = (
    "dossier_code", "citizen_id", "phone", "email", "bank_card", "lookup_code", "phone_digits", "one_time_code", "passport",
    "social_insurance", "health_insurance", "tax_code", "driving_licence",
)  # fmt: skip

PLACEHOLDER = re.compile(r"⟦(" + "|".join(KINDS) + r"):([A-Za-z0-9_-]{1,64})⟧")

_D = "[0-9OoQIl|]"
_PART = r"(?:[ \n]{0,2}[\-/_~:.,;]{1,3}[ \n]{0,2}|[ \n]{1,2})"
"""What stands between the three parts of a code."""
_INNER = r"(?: ?[.,\-_/] ?| )"
"""What stands between the figures of an agency."""
_DOSSIER = re.compile(
    # Dots may stand between any figures of the older style, other marks only between its zeros: a date may stand before a code.
    rf"(?<![A-Za-z0-9])(?P<zeros>(?:(?:{_D} ?){{2,3}}\. ?){{3}}|(?:[0OoQ]{{2,3}} ?[.,\-_ ] ?){{3}})?"
    rf"(?P<letter>[A-Za-z]) ?(?P<number>{_D} ?{_D})(?P<groups>(?: ?{_D}{{1,3}})?(?:{_INNER}{_D}(?: ?{_D}){{0,2}}){{0,3}})"
    rf"{_PART}(?P<day>{_D} ?{_D}[ ./\-]?{_D} ?{_D}[ ./\-]?{_D} ?{_D})(?:{_PART})?"
    rf"(?P<counter>{_D}{{4,6}}|{_D}{{2}} {_D}{{2}}(?: {_D}{{2}})?)(?![A-Za-z0-9])"
)
_FIGURES_OF_AGENCY = re.compile(rf"{_D}+")
_MARK = re.compile(r"[.,\-_]")
_MOST_GROUPS = 3
_LETTERS_OF_AGENCIES = "HG"
"""Provinces and ministries: only behind these may a date's own marks stand in the middle ("phòng A12 12/05/26" is no code)."""
_LONE_BLANK = re.compile(r"(?<=\b[0-9A-Za-z|]) (?=[0-9A-Za-z|]\b)")
_REPAIR = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "|": "1"})
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64} ?@ ?[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,4}\.[A-Za-z]{2,24}")
_LOOKUP_TOKEN = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{4,8}(?![A-Za-z0-9])")
_NAMED_LOOKUP = re.compile(
    r"m[ãa] tra c[ứu]u(?: h[ồo] s[ơo])?[\s:=]*(?:l[àa]\s+)?(?P<code>(?=[A-Za-z]*[0-9])[A-Za-z0-9]{4,8})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_LOOKUP_COMPANIONS = word_set(
    "a ad anh bac ban bi cai chau chi co code con cua cuu da day di do em gui kem la ma mat minh ne nha nhe no num oi roi so "
    "tai thay the thi tim toi tra tren trong vang vay xin"
)
_CODE_COMPANIONS = _LOOKUP_COMPANIONS | word_set(
    "bao bay bon cuoi dien dt duoc duoi gui khau la lan mat moi mot nhan nhap nhu otp sau sdt thoai thu tin ve vua xac"
)
_SHORT_FIGURES = re.compile(r"(?<![A-Za-z0-9/.,])[0-9](?:[ .\-]?[0-9]){2,10}(?![A-Za-z0-9/])(?![.,][0-9])")
_WORDS = re.compile(r"\w+")
_NUMBER_KINDS = ("citizen_id", "phone", "bank_card")
_FIGURES = re.compile(r"(?<![0-9/])[0-9](?:[ .\-]?[0-9]){6,18}(?![0-9/])")
_CODE_LENGTH, _LONGEST_CODE = 6, 8
_PAPERS = ("passport", "social_insurance", "health_insurance", "tax_code", "driving_licence")
_SHORT_KINDS = ("phone_digits", "one_time_code")
_DAY = re.compile(r"[0-9]{1,2}([ .\-])[0-9]{1,2}\1(?:19|20)[0-9]{2}")


_KEYCAP = frozenset("\ufe0e\ufe0f\u20e3")
"""What makes a digit a little picture of a key."""


@dataclass(frozen=True)
class PrivateSpan:
    """A private value in a text: ``text[start:end]`` as typed, ``value`` in its one normalised spelling."""

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class _View:
    """The text as it is compared, and for each of its characters the position in the typed text."""

    text: str
    positions: tuple[int, ...]

    def span(self, kind: str, start: int, end: int, value: str) -> PrivateSpan:
        return PrivateSpan(kind, self.positions[start], self.positions[end - 1] + 1, value)


def _digit_as_ascii(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def _view(text: str) -> _View:
    shown: list[str] = []
    positions: list[int] = []
    for index, char in enumerate(text):
        plain = char if " " <= char <= "~" else "".join(map(_digit_as_ascii, visible(char)))
        if char in _KEYCAP:
            continue
        shown.append(plain)
        positions.extend([index] * len(plain))
    return _View("".join(shown), tuple(positions))


def _real_day(yymmdd: str) -> bool:
    try:
        date(2000 + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return False
    return True


def _repaired(digits: str) -> str:
    return re.sub(r"[^0-9A-Z|]", "", digits.upper()).translate(_REPAIR)


def dossier_code(text: str) -> str | None:
    """The dossier code that the text is, in its one spelling, or None. Look-alikes (O/0, I/l/1) are repaired where a digit
    must stand; the middle part must be a real date. Shape: ``<agency>-<yyMMdd>-<4 to 6 digits>``."""
    view = _view(text)
    match = _DOSSIER.fullmatch(view.text.strip())
    return _dossier_value(match) if match else None


def _dossier_value(match: re.Match[str]) -> str | None:
    day = _repaired(match["day"])
    written_as_date = re.search(r"[./\-]", match["day"]) is not None
    if not _real_day(day) or (written_as_date and match["letter"].upper() not in _LETTERS_OF_AGENCIES):
        return None
    groups = _FIGURES_OF_AGENCY.findall(_LONE_BLANK.sub("", match["groups"]))
    if len(groups) > _MOST_GROUPS or any(len(group) > 3 for group in groups):
        return None
    before = match["zeros"] or ""
    parts = before.replace(" ", "") if _MARK.search(before) else before
    zeros = [_repaired(part) for part in _FIGURES_OF_AGENCY.findall(parts)]
    agency = [*zeros, match["letter"].upper() + _repaired(match["number"]), *map(_repaired, groups)]
    return f"{'.'.join(agency)}-{day}-{_repaired(match['counter'])}"


def _dossier_codes(view: _View) -> list[PrivateSpan]:
    found = []
    for match in _DOSSIER.finditer(as_codes(view.text)):
        value = _dossier_value(match)
        if value is not None:
            found.append(view.span("dossier_code", match.start(), match.end(), value))
    return found


def _emails(view: _View) -> list[PrivateSpan]:
    return [
        view.span("email", match.start(), match.end(), match.group().replace(" ", "").lower())
        for match in _EMAIL.finditer(view.text)
    ]


def _numbers(view: _View) -> list[PrivateSpan]:
    found: list[NumberSpan] = find_numbers(as_numbers(view.text))
    return [view.span(number.kind, number.start, number.end, number.value) for number in found]


def _documents(view: _View, *, by_shape: bool) -> list[PrivateSpan]:
    found = find_documents(as_numbers(view.text), passports_by_shape=by_shape)
    return [view.span(kind, start, end, value) for kind, start, end, value in found]


def _spoken_numbers(view: _View) -> list[PrivateSpan]:
    found = find_spoken_numbers(as_numbers(view.text))
    return [view.span(number.kind, number.start, number.end, number.value) for number in found]


def _named_lookup_codes(view: _View) -> list[PrivateSpan]:
    """A lookup code that its sender calls by name is one, asked for or not."""
    found = _NAMED_LOOKUP.finditer(view.text)
    return [view.span("lookup_code", m.start("code"), m.end("code"), m["code"].upper()) for m in found]


def _lookup_codes(view: _View) -> list[PrivateSpan]:
    tokens = list(_LOOKUP_TOKEN.finditer(view.text))
    if len(tokens) != 1:
        return []
    token = tokens[0]
    others = _WORDS.findall(fold(view.text[: token.start()] + " " + view.text[token.end() :]))
    if len(others) > 8 or not all(word in _LOOKUP_COMPANIONS for word in others):
        return []
    return [view.span("lookup_code", token.start(), token.end(), token.group().upper())]


def _short_figures(view: _View, kind: str) -> list[PrivateSpan]:
    """The figures that were asked for: six in a row always, any other number of them where they stand almost alone."""
    found = [(m.start(), m.end(), re.sub(r"[^0-9]", "", m.group())) for m in _SHORT_FIGURES.finditer(view.text)]
    found = [one for one in found if kind == "phone_digits" or len(one[2]) <= _LONGEST_CODE]
    if kind == "one_time_code" and (whole := [one for one in found if len(one[2]) == _CODE_LENGTH]):
        return [view.span(kind, *one) for one in whole]
    if len(found) != 1:
        return []
    start, end, value = found[0]
    others = _WORDS.findall(fold(view.text[:start] + " " + view.text[end:]))
    alone = len(others) <= 12 and all(word in _CODE_COMPANIONS or (word.isdigit() and len(word) == 1) for word in others)
    return [view.span(kind, start, end, value)] if alone else []


def _mistyped_numbers(view: _View, kind: str) -> list[PrivateSpan]:
    """Figures that are likely the number that was asked for, one too many or too few: private all the same."""
    return [
        view.span(kind, match.start(), match.end(), re.sub(r"[^0-9]", "", match.group()))
        for match in _FIGURES.finditer(view.text)
        if not _DAY.fullmatch(match.group())
    ]


def find_private(text: str, expects: str | None = None) -> list[PrivateSpan]:
    """All private values in the text, in order, without overlaps; nothing inside placeholders.

    ``expects`` names what the last bot message asked for: a bare lookup code is only looked for when it is ``lookup_code``;
    one that stands behind "mã tra cứu" always is. So are a telephone's last digits (``phone_digits``) and a ``one_time_code``.
    Where a citizen id or a telephone number was asked for, figures that come near to one are private too.
    """
    return list(_private_spans(text, expects))


@once
def _private_spans(text: str, expects: str | None) -> Sequence[PrivateSpan]:
    view = _view(text)
    taken = [(match.start(), match.end()) for match in PLACEHOLDER.finditer(text)]
    found: list[PrivateSpan] = []
    codes = _dossier_codes(view)
    # Beside a dossier's code, or where one was asked for, a letter and figures are the code that opens it.
    papers = partial(_documents, by_shape=expects != "lookup_code" and not codes and not names_a_dossier(text))
    finders: list[Callable[[_View], list[PrivateSpan]]] = [lambda _view: codes, _emails, _named_lookup_codes, papers]
    finders += [_numbers, _spoken_numbers]
    finders += [_lookup_codes] if expects == "lookup_code" else []
    finders += [partial(_short_figures, kind=expects)] if expects in _SHORT_KINDS else []
    finders += [partial(_mistyped_numbers, kind=expects)] if expects in _NUMBER_KINDS else []
    for finder in finders:
        for span in finder(view):
            if all(span.end <= start or end <= span.start for start, end in taken):
                found.append(span)
        taken.extend((span.start, span.end) for span in found)
    if expects != "lookup_code" and any(span.kind == "dossier_code" for span in found):
        found += _beside_dossier_code(view, found)
    return sorted(found, key=lambda span: span.start)


def _beside_dossier_code(view: _View, found: Sequence[PrivateSpan]) -> list[PrivateSpan]:
    """A token that stands almost alone beside a dossier code is its lookup code: "H05.12.3-260818-0001 7K2M"."""
    if any(span.kind == "lookup_code" for span in found):
        return []
    taken = [any(span.start <= place < span.end for span in found) for place in view.positions]
    rest = "".join(" " if gone else char for char, gone in zip(view.text, taken, strict=False))
    return _lookup_codes(replace(view, text=rest))


def placeholder(kind: str, token: str) -> str:
    """The placeholder of a stored value; raises ``ValueError`` for a kind or token that could not be read back."""
    made = f"⟦{kind}:{token}⟧"
    if not PLACEHOLDER.fullmatch(made):
        raise ValueError(f"not a placeholder: kind {kind!r}")
    return made


def placeholders_in(text: str) -> list[tuple[str, str]]:
    """The (kind, token) pairs of a text, in order."""
    return [(match[1], match[2]) for match in PLACEHOLDER.finditer(text)]


def names_a_dossier(text: str) -> bool:
    """Whether a dossier's code stands in a masked text."""
    return any(kind == "dossier_code" for kind, _ in placeholders_in(text))


def strip_forged_placeholders(text: str) -> str:
    """The text with ``⟦`` and ``⟧`` turned into plain brackets: only the gateway makes placeholders."""
    return text.replace("⟦", "[").replace("⟧", "]")


def replace_private(
    text: str, make_token: Callable[[PrivateSpan], str], expects: str | None = None
) -> tuple[str, list[PrivateSpan]]:
    """A citizen's text with every private value exchanged for its placeholder, and the values (positions in the text after
    forged placeholders were stripped). ``make_token`` stores a value and returns its token. For raw citizen text only."""
    text = strip_forged_placeholders(text)
    found = find_private(text, expects)
    return exchanged(text, found, make_token), found


def exchanged(text: str, found: Sequence[PrivateSpan], make_token: Callable[[PrivateSpan], str]) -> str:
    """The text with these values exchanged for placeholders; ``make_token`` stores a value and returns its token. For raw
    citizen text whose forged placeholders were stripped."""
    pieces, last = [], 0
    for span in found:
        pieces += [text[last : span.start], placeholder(span.kind, make_token(span))]
        last = span.end
    return "".join(pieces) + text[last:]


def neutralise(text: str) -> str:
    """The text for intent recognition: private values and placeholders become `` __kind__ `` words."""
    spans = [(match.start(), match.end(), match[1]) for match in PLACEHOLDER.finditer(text)]
    spans += [(span.start, span.end, span.kind) for span in find_private(text)]
    pieces, last = [], 0
    for start, end, kind in sorted(spans):
        pieces += [text[last:start].rstrip(" "), f" __{kind}__ "]
        last = end + len(text[end:]) - len(text[end:].lstrip(" "))
    return re.sub(r" +__", " __", "".join(pieces) + text[last:]).strip(" ") if spans else text


def masked(kind: str, value: str) -> str:
    """The value as people may see it: only the last digits of a number, the first letter of an address; an unknown kind
    and a lookup code show nothing."""
    if kind == "email":
        return f"{value[:1]}***@…" if not value[:1].isdigit() else "***@…"
    digits = {"citizen_id": 3 if len(value) > 9 else 2, "phone": 3, "bank_card": 4, "dossier_code": 4}
    shown = min((digits | dict.fromkeys(_PAPERS, 3)).get(kind, 0), len(value) // 2)
    stars = 3 if kind == "dossier_code" else max(len(value) - shown, 3)
    if kind == "phone":
        stars = 7
    return "*" * stars + (value[-shown:] if shown else "")
