"""Which of the offered options a free text means: a number, a label, or words that only one option has."""

import re
from collections.abc import Mapping

from bot.language.normalise import fold

_ORDINALS = {
    "dau tien": 1,
    "thu nhat": 1,
    "dau": 1,
    "mot": 1,
    "thu hai": 2,
    "hai": 2,
    "thu ba": 3,
    "ba": 3,
    "thu tu": 4,
    "bon": 4,
}
_NUMBER = re.compile(r"^\W*(?:so|cai|muc|lua chon|truong hop)?\s*(?:thu\s*)?(\d{1,2})\W*$")
_ORDINAL = re.compile(
    r"^\W*(?:cai|muc|so|truong hop|thu tuc)?\s*(" + "|".join(sorted(_ORDINALS, key=len, reverse=True)) + r")\W*$"
)
_WORD = re.compile(r"[a-z0-9]+")

_COMMON = frozenset(
    {
        "la", "thi", "ma", "cua", "cho", "em", "toi", "minh", "con", "anh", "chi", "a", "da",
        "vang", "truong", "hop", "thu", "tuc", "dang", "ky", "lam", "cap", "cai", "nay", "do", "va",
        "hoac",
    }
)  # fmt: skip
"""Words that tell no option from another."""


def words(text: str) -> frozenset[str]:
    """The folded words of a text that can tell options apart."""
    return frozenset(_WORD.findall(fold(text))) - _COMMON


def chosen_option(text: str, options: Mapping[str, str]) -> str | None:
    """The value of the option meant by ``text``, or None where it means none or more than one."""
    values = list(options)
    position = _position(text)
    if position is not None:
        return values[position - 1] if 1 <= position <= len(values) else None
    folded = {value: fold(label) for value, label in options.items()}
    exact = [value for value, label in folded.items() if label == fold(text).strip(" .!?")]
    if len(exact) == 1:
        return exact[0]
    return _unique_overlap(words(text), {value: words(label) for value, label in options.items()})


def _position(text: str) -> int | None:
    folded = fold(text)
    if number := _NUMBER.match(folded):
        return int(number.group(1))
    if ordinal := _ORDINAL.match(folded):
        return _ORDINALS[ordinal.group(1)]
    return None


def _unique_overlap(said: frozenset[str], labels: Mapping[str, frozenset[str]]) -> str | None:
    """The one option that shares most of what was said, if most of what was said is about it."""
    scores = {value: len(said & label) for value, label in labels.items()}
    best = max(scores.values(), default=0)
    winners = [value for value, score in scores.items() if score == best]
    return winners[0] if best and len(winners) == 1 and best * 2 >= len(said) else None
