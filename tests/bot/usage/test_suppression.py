"""Small figures are hidden, and nobody who adds and subtracts what is shown gets one back."""

import random
from collections.abc import Iterator, Mapping
from itertools import product

import pytest

from bot.usage.measures import MEASURES
from bot.usage.suppression import FIGURES, ONLINE, UNITS, Figures, rounded, shown_alone, shown_rows


def test_every_measure_is_decided_on() -> None:
    assert sorted(name for unit in UNITS for name in unit.figures) == sorted(FIGURES)
    assert set(FIGURES) == {*MEASURES, ONLINE}
    assert len(FIGURES) == len(set(FIGURES))


@pytest.mark.parametrize(("n", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (1234, 1234)])
def test_one_to_four_are_hidden(n: int, shown: int | None) -> None:
    assert shown_alone({"questions": n})["questions"] == shown


@pytest.mark.parametrize(("n", "shown"), [(0, 0), (3, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)])
def test_finer_figures_are_rounded(n: int, shown: int | None) -> None:
    assert rounded(n) == shown


def test_parts_that_would_tell_the_small_one_go_with_it() -> None:
    figures = shown_alone({"started": 23, "finished": 3, "abandoned": 20})
    assert (figures["started"], figures["finished"], figures["abandoned"]) == (23, None, None)
    assert shown_alone({"dossiers": 100, ONLINE: 97})[ONLINE] is None, "three were not filed online"
    assert shown_alone({"ended": 10, "ended_on_time": 10})["ended_on_time"] == 10
    few = shown_alone({"dossiers": 3, "supplements": 0})
    assert (few["dossiers"], few["supplements"]) == (None, None)


def rows_of(numbers: list[int], name: str = "questions") -> tuple[Figures, Mapping[int, Figures]]:
    rows = {place: {name: n} for place, n in enumerate(numbers)}
    total = {name: sum(numbers)}
    known = shown_alone(total)
    return known, shown_rows(known, rows)


@pytest.mark.parametrize(
    ("numbers", "hidden"),
    [
        ([10, 20, 30], []),
        ([3, 20, 30, 0], [0, 1]),
        ([3, 4, 30], [0, 1]),
        ([1, 1, 30, 40], [0, 1, 2]),
        ([1, 0, 0, 5], [0, 3, 1, 2]),
        ([1, 1, 1, 1, 1, 60], [0, 1, 2, 3, 4, 5]),
        ([1, 1], [0, 1]),
        ([0, 0], []),
    ],
)
def test_a_second_row_goes_where_one_alone_would_be_worked_out(numbers: list[int], hidden: list[int]) -> None:
    _, rows = rows_of(numbers)
    assert [place for place, shown in rows.items() if shown["questions"] is None] == sorted(hidden)


def test_what_is_shown_is_exact() -> None:
    known, rows = rows_of([3, 50, 60, 0])
    assert known["questions"] == 113
    assert [shown["questions"] for shown in rows.values()] == [None, None, 60, 0]


def possible(total: int | None, rows: list[int | None], most: list[int]) -> Iterator[tuple[int, ...]]:
    """Every table that agrees with what is shown."""
    spaces = [[shown] if shown is not None else range(limit + 1) for shown, limit in zip(rows, most, strict=True)]
    for table in product(*spaces):
        if total is None or sum(table) == total:
            yield table


@pytest.mark.parametrize("seed", range(150))
def test_nobody_recovers_a_hidden_row_from_its_total(seed: int) -> None:
    rng = random.Random(seed)
    numbers = [rng.choice([0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12]) for _ in range(rng.randrange(2, 6))]
    known, rows = rows_of(numbers)
    shown = [one["questions"] for one in rows.values()]
    if known["questions"] is None:
        assert all(one is None for one in shown)
        return
    missing = known["questions"] - sum(one or 0 for one in shown)
    tables = list(possible(known["questions"], shown, [missing] * len(numbers)))
    # Who knows how it is hidden may know that a hidden row among shown zeros is at least 1.
    if any(one == 0 for one in shown):
        tables = [table for table in tables if all(table[place] for place, one in enumerate(shown) if one is None)]
    for place, n in enumerate(numbers):
        if shown[place] is None and n:
            assert len({table[place] for table in tables}) >= 4, (numbers, shown)


@pytest.mark.parametrize("seed", range(150))
def test_nobody_recovers_a_hidden_part_from_wholes_and_totals(seed: int) -> None:
    rng = random.Random(seed)
    rows = {}
    for place in range(rng.randrange(2, 5)):
        whole = rng.choice([0, 2, 5, 6, 8, 10, 14])
        part = rng.choice([0, rng.randint(0, whole), whole])
        rows[place] = {"ended": whole, "ended_on_time": part}
    total = {name: sum(row[name] for row in rows.values()) for name in ("ended", "ended_on_time")}
    known = shown_alone(total)
    shown = shown_rows(known, rows)
    wholes = [shown[place]["ended"] for place in rows]
    parts = [shown[place]["ended_on_time"] for place in rows]
    tables = []
    for whole in possible(known["ended"], wholes, [14] * len(rows)):
        tables += [(whole, part) for part in possible(known["ended_on_time"], parts, list(whole)) if _fits(part, whole)]
    for place, row in rows.items():
        late = row["ended"] - row["ended_on_time"]
        if 0 < row["ended_on_time"] < 5:
            assert len({part[place] for _, part in tables}) > 1, (rows, wholes, parts)
        if 0 < late < 5:
            assert len({whole[place] - part[place] for whole, part in tables}) > 1, (rows, wholes, parts)
        if 0 < row["ended"] < 5:
            assert len({whole[place] for whole, _ in tables}) > 1, (rows, wholes, parts)


def _fits(part: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    return all(one <= all_of for one, all_of in zip(part, whole, strict=True))


def test_units_name_wholes_before_their_parts() -> None:
    seen: set[str] = set()
    for unit in UNITS:
        assert unit.whole is None or unit.whole in seen
        seen.update(unit.figures)
