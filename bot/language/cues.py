"""The words by which a clause asks something: which facet, and where the question's words begin and end.

The patterns stand in ``tables/cues.yml`` and are matched on folded text (lower case, no marks).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.language.tables import load_table, word_set

_GAP_WORDS = word_set(
    "a ah oi nhi nhe nha vay the z v thi luon em anh chi minh toi ad voi da ha ne ak dc duoc khong k ko bac chau con co chu "
    "mn them nua xin cho hoi ban ca va roi cung lai giup muon biet"
) | {"moi nguoi", "cho em hoi", "ngoai ra"}  # fmt: skip
FILLER_GAP = re.compile(r"[\s,.:;\-+&]*(?:(?:" + "|".join(sorted(_GAP_WORDS, key=len, reverse=True)) + r")\b[\s,.:;\-+&]*)*")


@dataclass(frozen=True)
class Cue:
    """Question words of one facet. ``opens``: the words begin a question by themselves, so that a clause may begin there
    even where no comma stands."""

    facet: str
    start: int
    end: int
    opens: bool


@dataclass(frozen=True)
class _Pattern:
    facet: str
    pattern: re.Pattern[str]
    opens: bool


@cache
def _patterns() -> tuple[_Pattern, ...]:
    table = load_table("cues")
    parts = {name: str(value) for name, value in table["parts"].items()}
    found = []
    for facet, rows in table["facets"].items():
        for row in rows:
            source = str(row["pattern"])
            for name, value in parts.items():
                source = source.replace(f"<{name}>", value)
            found.append(_Pattern(facet, re.compile(rf"(?<!\w)(?:{source})(?!\w)"), bool(row.get("opens", True))))
    return tuple(found)


def _all(folded: str, start: int, end: int) -> Iterator[Cue]:
    for row in _patterns():
        for match in row.pattern.finditer(folded, start, end):
            yield Cue(row.facet, match.start(), match.end(), row.opens)


def find_cues(folded: str, start: int = 0, end: int | None = None) -> list[Cue]:
    """The cues of a folded text in order, without overlaps: the earlier wins, then the longer."""
    found: list[Cue] = []
    for cue in sorted(_all(folded, start, len(folded) if end is None else end), key=lambda c: (c.start, -c.end)):
        if not found or cue.start >= found[-1].end:
            found.append(cue)
    return found
