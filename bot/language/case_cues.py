"""Words by which a citizen shows which case is theirs: how old, late, lost, for whom, from abroad, poor …

The patterns stand in ``tables/case_cues.yml``. A cue is a hint for the choice of a case, never a decision.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from bot.language.ages import find_ages
from bot.language.normalise import fold_in_place, has_marks, nfc, tone_key
from bot.language.tables import load_table

AGE = "age"

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class CaseCue:
    """What a stretch of the composed text tells about the case: ``kind`` (late, loss, for_whom …) and its ``value``
    (overdue, lost, child …; for an age ``8`` or ``>=14``)."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class _Row:
    kind: str
    value: str
    pattern: re.Pattern[str]


def _compiled(patterns: list[str], parts: Mapping[str, str]) -> re.Pattern[str]:
    source = "|".join(f"(?:{pattern})" for pattern in patterns)
    for name, part in parts.items():
        source = source.replace(f"<{name}>", part)
    return re.compile(rf"(?<!\w)(?:{source})(?!\w)")


@cache
def _rows() -> tuple[_Row, ...]:
    table = load_table("case_cues")
    kinds: dict[str, dict[str, Any]] = table["kinds"]
    return tuple(
        _Row(kind, value, _compiled(list(map(str, patterns)), table["parts"]))
        for kind, values in kinds.items()
        for value, patterns in values.items()
    )


@cache
def _marks() -> Mapping[str, frozenset[str]]:
    return {str(bare): frozenset(map(tone_key, words)) for bare, words in load_table("case_cues")["marks"].items()}


def _is_other_word(typed: str, folded: str) -> bool:
    """Whether a typed word only looks like the pattern's: ``muốn`` for ``muộn``."""
    allowed = _marks().get(folded)
    return allowed is not None and has_marks(typed) and tone_key(typed) not in allowed


def _from_table(text: str) -> list[CaseCue]:
    folded = fold_in_place(text)
    found: list[CaseCue] = []
    for row in _rows():
        for match in row.pattern.finditer(folded):
            words = _WORD.finditer(folded, match.start(), match.end())
            if not any(_is_other_word(text[word.start() : word.end()], word.group()) for word in words):
                found.append(CaseCue(row.kind, row.value, match.start(), match.end()))
    return found


def _longest_of_each_kind(cues: Iterable[CaseCue]) -> list[CaseCue]:
    found: list[CaseCue] = []
    for cue in sorted(cues, key=lambda c: (c.start - c.end, c.start, c.kind, c.value)):
        if all(cue.kind != other.kind or cue.end <= other.start or cue.start >= other.end for other in found):
            found.append(cue)
    return sorted(found, key=lambda c: (c.start, c.end, c.kind))


def find_cues_but_ages(text: str) -> list[CaseCue]:
    """The cues of ``find_case_cues`` other than ages, for who looks for ages anyway."""
    return _longest_of_each_kind(_from_table(nfc(text)))


def find_case_cues(text: str, today: date) -> list[CaseCue]:
    """All cues in a text (written out or as typed), in order. Cues of different kinds may overlap ("nộp hộ mẹ" tells for whom
    and that somebody else files); of one kind the longer wins."""
    text = nfc(text)
    ages = (CaseCue(AGE, age.value, age.start, age.end) for age in find_ages(text, today))
    return _longest_of_each_kind((*_from_table(text), *ages))
