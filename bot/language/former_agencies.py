"""Which names of agencies are no longer in force, and since when (``tables/former_agencies.yml``, dated data)."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from bot.language.normalise import fold
from bot.language.tables import load_table

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class FormerAgency:
    """A name out of force. ``since``: the day, where known; ``gone``: the agency was abolished and its work went elsewhere."""

    since: date | None
    gone: bool


@dataclass(frozen=True)
class _Row:
    pattern: re.Pattern[str]
    but_not: re.Pattern[str] | None
    former: FormerAgency


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(
            _whole(str(row["pattern"])),
            _whole(str(row["not_in"])) if row.get("not_in") else None,
            FormerAgency(row.get("since"), bool(row.get("gone", False))),
        )
        for row in load_table("former_agencies")["former"]
    )


def former_agency(name: str) -> FormerAgency | None:
    """What is known of a name that citizens still use, or None where it is a name of today (or a short form of one)."""
    folded = " ".join(_WORD.findall(fold(name)))
    for row in _rows():
        if row.pattern.search(folded) and not (row.but_not and row.but_not.search(folded)):
            return row.former
    return None


def looked_at() -> str:
    """The month in which the table was last looked at, as ``2026-11``."""
    return str(load_table("former_agencies")["as_of"])
