"""Which figures nobody gets to see, so that no few people can be told apart. Pure (decision 0021).

A figure from 1 to 4 is hidden. So is what would give it away: the other parts of the same whole, and, where only a little is
missing between a total and its rows, further rows.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.shares import LEAST_SHOWN
from bot.usage.measures import MEASURES

Key = TypeVar("Key", bound=Hashable)


SLACK = 5
"""By how much more than 1 for each hidden row is missing from a total, at the least: otherwise each would be known to be 1."""

ROUNDED_TO = 5

ONLINE = "online"
"""Dossiers filed online: a part of ``dossiers`` that tables show beside the measures."""


@dataclass(frozen=True)
class Unit:
    """Figures that are hidden together. ``whole``: what they are parts of; with it shown, all but one of the parts and the rest
    would tell the last."""

    figures: tuple[str, ...]
    whole: str | None = None


UNITS: tuple[Unit, ...] = (
    Unit(("questions",)),
    Unit(("started",)),
    Unit(("handoffs",)),
    Unit(("dossiers",)),
    Unit(("ended",)),
    Unit(("ratings_good",)),
    Unit(("ratings_poor",)),
    Unit(("talks_good",)),
    Unit(("talks_poor",)),
    Unit(("finished", "abandoned"), "started"),
    Unit(("handoffs_answered",), "handoffs"),
    Unit((ONLINE,), "dossiers"),
    Unit(("supplements",), "dossiers"),
    Unit(("supplements_twice",), "supplements"),
    Unit(("ended_on_time",), "ended"),
    Unit(("electronic_results",), "ended"),
)
"""Wholes stand before their parts."""

FIGURES: tuple[str, ...] = tuple(name for one in MEASURES for name in ((one, ONLINE) if one == "dossiers" else (one,)))
"""All figures of a table, in order."""

Counts = Mapping[str, int]
Figures = Mapping[str, int | None]
"""What is shown: every name of ``FIGURES``, None where it is hidden."""


def shown_alone(counts: Counts) -> Figures:
    """The figures of one place that is part of no table: the small ones hidden, with what would tell them."""
    hidden: set[str] = set()
    for unit in UNITS:
        if _small(unit, counts) or unit.whole in hidden:
            hidden.update(unit.figures)
    return _figures(counts, hidden)


def shown_rows(total_shown: Figures, rows: Mapping[Key, Counts]) -> Mapping[Key, Figures]:
    """The figures of the rows that add up to a total of which ``total_shown`` is known."""
    hidden: dict[Key, set[str]] = {key: set() for key in rows}
    for unit in UNITS:
        gone = {key for key, counts in rows.items() if _small(unit, counts) or unit.whole in hidden[key]}
        if any(total_shown[name] is None for name in unit.figures):
            # Rows of a hidden total would add up to it.
            gone = set(rows)
        elif gone:
            gone = _with_more(unit, rows, gone)
        for key in gone:
            hidden[key].update(unit.figures)
    return {key: _figures(counts, hidden[key]) for key, counts in rows.items()}


def rounded(n: int) -> int | None:
    """A figure of a finer division than the table that is shown exactly: to the nearest 5, small ones hidden."""
    return None if 0 < n < LEAST_SHOWN else ROUNDED_TO * round(n / ROUNDED_TO)


def _figures(counts: Counts, hidden: set[str]) -> Figures:
    return {name: None if name in hidden else counts.get(name, 0) for name in FIGURES}


def _pieces(unit: Unit, counts: Counts) -> list[int]:
    """The figures of the unit, and what the whole has beside them."""
    own = [counts.get(name, 0) for name in unit.figures]
    return own if unit.whole is None else [*own, max(0, counts.get(unit.whole, 0) - sum(own))]


def _small(unit: Unit, counts: Counts) -> bool:
    return any(0 < piece < LEAST_SHOWN for piece in _pieces(unit, counts))


def _with_more(unit: Unit, rows: Mapping[Key, Counts], gone: set[Key]) -> set[Key]:
    """The hidden rows and as many of the smallest others as it takes; all of them where nothing less does."""
    gone = set(gone)
    # Rows of equal size stand in the order of their names, so that every table of the same month hides the same.
    left = sorted((key for key in rows if key not in gone), key=lambda key: (sum(_pieces(unit, rows[key])), str(key)))
    while wanting := _wanting(unit, rows, gone):
        more = next((key for key in left if any(_pieces(unit, rows[key])[piece] for piece in wanting)), None)
        if more is None:
            return set(rows)
        left.remove(more)
        gone.add(more)
    return gone


def _wanting(unit: Unit, rows: Mapping[Key, Counts], gone: set[Key]) -> list[int]:
    """Which pieces of the hidden rows could still be worked out from the total."""
    hidden = [_pieces(unit, rows[key]) for key in gone]
    wanting = []
    for piece in range(len(hidden[0])):
        values = [one[piece] for one in hidden if one[piece]]
        if values and (len(values) < 2 or sum(values) < len(values) + SLACK):
            wanting.append(piece)
    return wanting
