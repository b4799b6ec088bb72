"""Setting right what was answered: "nhầm, số 51 chứ không phải 15", "sửa ngày sinh thành 12/3/1990", "đổi 15 thành 51"."""

import re
from dataclasses import dataclass
from functools import cache

from bot.eforms.typed import as_typed
from bot.eforms.word_table import alternatives
from bot.language.normalise import clean, fold_in_place, nfc

_NOT = r"(?:khong|ko|k|kh|hong|chang|dau)"
_EDGES = " .,;:!"
_BECOMES = re.compile(r"\s(?:thanh|la|sang|bang)\s+|\s*(?::|=|->|→)\s*")
_PARTICLES = r"(?:\s+(?:nhe|nha|a|dau|ban|oi|di|voi|cho toi|giup toi))*"


@dataclass(frozen=True)
class Correction:
    """``old``: the wrong words, or those that name a field; ``new``: what is right; empty where it was not said. ``slip``: only
    "nhầm" says that something is wrong, so it is what was answered last. ``others``: other places where the words could be cut in
    two ("sửa người thành lập thành một cá nhân")."""

    old: str
    new: str
    slip: bool = False
    others: tuple[tuple[str, str], ...] = ()

    @property
    def cuts(self) -> tuple[tuple[str, str], ...]:
        """All pairs of old and new words."""
        return ((self.old, self.new), *self.others)


@dataclass(frozen=True)
class _Shapes:
    """The shapes of a correction, in the order in which they are tried."""

    whole: tuple[re.Pattern[str], ...]
    changed: re.Pattern[str]
    slip_alone: re.Pattern[str]
    field_alone: re.Pattern[str]
    slip_first: re.Pattern[str]


@cache
def _shapes() -> _Shapes:
    after_slip = r"(?:\s+(?:roi|mat|het|a|nhe|nha|day|mot|chut|ti|luon))*"
    slip = rf"(?:(?:{alternatives('slip_calls')})\W+)*(?:{alternatives('slips')}){after_slip}"
    change = rf"^\W*(?:(?:{alternatives('change_calls')})\W+)*(?:{alternatives('change_verbs')})"
    given = r"(?:\s+(?:lai|giup|ho(?= (?:toi|em|minh)\b)|cho|toi|em|minh))*"
    replaced_by = re.compile(
        rf"^\W*(?:{slip}\W+)?(?P<new>.+?)[\s,]+(?:chu|ma)\s+{_NOT}(?:\s+phai)?(?:\s+la)?\s+(?P<old>.+?){_PARTICLES}\W*$"
    )
    rejected = re.compile(
        rf"^\W*(?:{slip}\W+)?{_NOT} phai(?: la)?\s+(?P<old>[^,;]+?)\s*"
        r"(?:[,;]\s*(?:ma\s+)?(?:la\s+)?|\s+ma(?:\s+la)?\s+)(?P<new>.+)$"
    )
    changed = re.compile(rf"{change}{given}(?:\s+(?:cau|phan))?\s+(?P<rest>.+)$")
    right_last = re.compile(r"^(?P<old>.+?)\s+(?:phai )?la\s+(?P<new>.+?)\s+moi (?:dung|phai)\W*$")
    return _Shapes(
        (replaced_by, rejected, right_last),
        changed,
        re.compile(rf"^\W*{slip}\W*$"),
        re.compile(rf"{change}{given}(?:\s+(?P<old>.+?))?{_PARTICLES}\W*$"),
        re.compile(
            rf"^\W*{slip}(?:\s*[,.:;!-]+\s*|\s+(?=la\b)|\s+(?P<old>[^,:;]+?)\s*[,:;]\s*|\s+)(?:(?:phai )?la\s+)?(?P<new>.+)$"
        ),
    )


_COUNTED = re.compile(r"^(?:muc|cau|so|dong|phan|y)?\s*(?:so|thu)?\s*(\d{1,2})$")


def correction_in(text: str) -> Correction | None:
    """What a message sets right, or None where it sets nothing right."""
    plain = as_typed(text).replace("\n", " ")
    folded = fold_in_place(plain)
    if len(plain) > 400:
        return None
    shapes = _shapes()
    for pattern in shapes.whole:
        if match := pattern.match(folded):
            return Correction(_words(plain, match, "old"), _words(plain, match, "new"))
    if match := shapes.changed.match(folded):
        start = match.start("rest")
        cuts = [
            (plain[start : start + cut.start()].strip(_EDGES), plain[start + cut.end() :].strip(_EDGES))
            for cut in _BECOMES.finditer(match["rest"])
        ]
        good = [(old, new) for old, new in cuts if old and new]
        if good:
            return Correction(*good[0], others=tuple(good[1:]))
    if shapes.slip_alone.match(folded):
        return Correction("", "", slip=True)
    if match := shapes.field_alone.match(folded):
        return Correction(_words(plain, match, "old"), "")
    if match := shapes.slip_first.match(folded):
        return Correction(_words(plain, match, "old"), _words(plain, match, "new"), slip=True)
    return None


def _words(plain: str, match: re.Match[str], part: str) -> str:
    return plain[match.start(part) : match.end(part)].strip(_EDGES) if match[part] is not None else ""


def counted(text: str) -> int | None:
    """The number of a line that is meant ("mục 3", "số 3", "3"), or None."""
    match = _COUNTED.match(fold_in_place(nfc(clean(text))).strip(" .,"))
    return int(match[1]) if match else None


def replaced(value: str, old: str, new: str) -> str | None:
    """The value with the old words exchanged for the new ones; None where the old words do not stand in it as whole words.

    A word that both begin with is no part of either ("số 51 chứ không phải 15" changes "15", and so does "51 chứ không phải
    số 15")."""
    folded = fold_in_place(nfc(value))
    for before, after in _shorter(old, new):
        wanted = fold_in_place(nfc(before)).strip()
        found = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded) if wanted else None
        if found is not None:
            return value[: found.start()] + after.strip() + value[found.end() :]
    return None


def _shorter(old: str, new: str) -> list[tuple[str, str]]:
    """Both texts without a leading "số", "đường" and the like, and both as they are."""
    lead = re.compile(r"^(?:so nha|so|duong|pho|ten|thon|to|ngo|la)\s+")
    old, new = nfc(old), nfc(new)
    cut = [lead.sub("", fold_in_place(text)) for text in (old, new)]
    return [(old[len(old) - len(cut[0]) :], new[len(new) - len(cut[1]) :]), (old, new)]
