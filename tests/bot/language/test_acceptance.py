"""How people type, row by row: `data/eval/language_acceptance.tsv` is what the language package must get right, all of it.

Kinds: written (shorthand), telex, kept (must stay as typed), collision / reading / undecided with the collision's name, place,
agency, date, money, age, duration, private. "-" means that nothing may be found. The day is 26/11/2026, a Thursday.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from bot.language.ages import find_ages, find_durations
from bot.language.collisions import decided, undecided
from bot.language.dates import find_dates
from bot.language.masking import find_private
from bot.language.money import find_money
from bot.language.written import written_out
from tests.bot.language.catalogue_names import AGENCIES, PLACES

TODAY = date(2026, 11, 26)
FILE = Path(__file__).parents[3] / "data" / "eval" / "language_acceptance.tsv"
ROWS = [tuple(line.split("\t")) for line in FILE.read_text(encoding="utf-8").splitlines()[1:]]


def first(values: list[str]) -> str:
    return values[0] if values else "-"


def written(text: str) -> str:
    return written_out(text).text


FOUND: Mapping[str, Callable[[str], str]] = {
    "written": written,
    "telex": written,
    "kept": written,
    "collision": written,
    "reading": lambda text: first([found.reading for found in decided(text)]),
    "undecided": lambda text: first([found.token for found in undecided(text)]),
    "place": lambda text: first([",".join(match.place_ids) for match in PLACES.find(written(text))]),
    "agency": lambda text: first([",".join(match.agency_ids) for match in AGENCIES.find(written(text))]),
    "date": lambda text: first([found.value for found in find_dates(written(text), TODAY)]),
    "age": lambda text: first([found.value for found in find_ages(written(text), TODAY)]),
    "money": lambda text: first([str(found.vnd) for found in find_money(text)]),
    "duration": lambda text: first([f"{found.amount:g} {found.unit}" for found in find_durations(text)]),
    "private": lambda text: first([found.kind for found in find_private(text)]),
}


@pytest.mark.parametrize(("kind", "text", "expected"), ROWS, ids=lambda value: value[:40])
def test_what_people_type_is_understood(kind: str, text: str, expected: str) -> None:
    assert FOUND[kind.partition(":")[0]](text) == expected


def test_the_set_has_all_its_parts() -> None:
    counts = Counter(kind.partition(":")[0] for kind, _, _ in ROWS)
    assert len(ROWS) >= 300
    assert counts["collision"] + counts["reading"] + counts["undecided"] >= 60
    assert counts["place"] >= 60
    assert counts["agency"] >= 40
    assert counts["private"] >= 30
    assert min(counts[kind] for kind in ("telex", "date", "money")) >= 20


def test_each_of_the_23_collisions_has_four_deciding_contexts_and_one_that_must_be_asked() -> None:
    decided_rows = Counter(kind.partition(":")[2] for kind, _, _ in ROWS if kind.startswith(("collision:", "reading:")))
    asked = Counter(kind.partition(":")[2] for kind, _, _ in ROWS if kind.startswith("undecided:"))
    assert len(decided_rows) == 23
    assert set(decided_rows) == set(asked)
    assert min(decided_rows.values()) >= 4
