"""Two lists of dossiers held against each other, checked against the plainest possible recount."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sync_monitor.comparing import SimpleRecord, compare, is_merged

DAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def record(name: str = "r1", **changes: object) -> SimpleRecord:
    made = SimpleRecord(name, "U1", "Phường Kinh Bắc", "2", DAY, DAY + timedelta(days=5), None, DAY, "kinh-bac")
    return replace(made, **changes)  # type: ignore[arg-type] # a test's shorthand


def test_equal_lists_have_no_difference_in_whatever_order() -> None:
    records = [record(f"r{number}") for number in range(50)]
    found = compare(reversed(records), records)
    assert (found.compared, found.differences, found.rate) == (50, (), 0.0)


def test_nothing_to_compare_has_no_rate() -> None:
    assert compare([], []).rate is None


def test_each_kind_of_difference_is_named_with_both_sides() -> None:
    ours = [record("same"), record("gone"), record("status"), record("dates", due_at=DAY), record("merged", status_code="5")]
    theirs = [
        record("same"),
        record("new"),
        record("status", status_code="4"),
        record("dates"),
        record("merged", status_code="9", ended_at=DAY),
    ]
    found = {one.record_id: one for one in compare(theirs, ours).differences}
    assert {name: one.kind for name, one in found.items()} == {
        "new": "missing_here",
        "gone": "missing_there",
        "status": "status_differs",
        "dates": "dates_differ",
        "merged": "status_merged",
    }
    assert (found["status"].theirs, found["status"].ours) == ({"status_code": "4"}, {"status_code": "2"})
    assert found["dates"].ours == {"due_at": "2026-11-02T01:00+00:00"}
    assert compare(theirs, ours).rate == pytest.approx(4 / 6), "a merged state is no fault"


@pytest.mark.parametrize(
    ("theirs", "ours", "merged"),
    [
        ("9", "5", True),
        ("9", "6", True),
        ("9", "8", True),
        ("5", "9", True),
        ("9", "4", False),
        ("5", "6", False),
        ("9", "9", False),
        ("", "9", False),
    ],
)
def test_what_the_national_list_merges_is_told_apart(theirs: str, ours: str, merged: bool) -> None:
    assert is_merged(theirs, ours) is merged


def test_a_merged_state_does_not_excuse_other_dates() -> None:
    found = compare([record(status_code="9", received_at=None)], [record(status_code="5")])
    assert [one.kind for one in found.differences] == ["status_merged", "dates_differ"]
    assert found.rate == 1.0


def test_seconds_that_a_system_cuts_off_are_no_difference() -> None:
    assert not compare([record()], [record(received_at=DAY + timedelta(seconds=59))]).differences
    assert compare([record()], [record(received_at=DAY + timedelta(seconds=60))]).differences


def test_of_a_record_named_twice_the_newest_statement_counts_whichever_comes_first() -> None:
    old, new = record(status_code="2"), record(status_code="3", as_of=DAY + timedelta(hours=1))
    for theirs in ([old, new], [new, old]):
        found = compare(theirs, [record(status_code="3")])
        assert (found.differences, found.repeated, found.compared) == ((), 1, 1)


def test_ids_that_cannot_be_kept_are_counted_and_left_out() -> None:
    hostile = [record(""), record("   "), record("x" * 65), record("a\0b")]
    found = compare([*hostile, record()], [record()])
    assert (found.unusable, found.compared, found.differences) == (4, 1, ())


def test_units_add_up_and_examples_stay_few() -> None:
    theirs = [record(f"a{n}", unit_code="A", unit_name="Xã A") for n in range(20)] + [
        record("b", unit_code="B", unit_name="Xã B")
    ]
    found = compare(theirs, [])
    assert {code: (unit.compared, unit.differing) for code, unit in found.units.items()} == {"A": (20, 20), "B": (1, 1)}
    assert len(found.examples["missing_here"]) == 5


@given(st.integers(0, 2**32))
def test_a_plain_recount_finds_the_same(seed: int) -> None:
    chance = random.Random(seed)

    def some_list() -> list[SimpleRecord]:
        return [
            record(
                f"r{chance.randrange(12)}",
                unit_code=chance.choice("AB"),
                status_code=chance.choice("2459"),
                due_at=chance.choice([None, DAY, DAY + timedelta(days=1)]),
                ended_at=chance.choice([None, DAY]),
                as_of=DAY + timedelta(minutes=number),
            )
            for number in range(chance.randrange(15))
        ]

    theirs, ours = some_list(), some_list()
    found = compare(theirs, ours)
    last_theirs, last_ours = {one.record_id: one for one in theirs}, {one.record_id: one for one in ours}
    expected = set()
    for number in range(12):
        name = f"r{number}"
        one, other = last_theirs.get(name), last_ours.get(name)
        if one and not other:
            expected.add((name, "missing_here"))
        if other and not one:
            expected.add((name, "missing_there"))
        if one and other:
            pair = one.status_code + other.status_code
            merged = pair in ("95", "59")
            if merged:
                expected.add((name, "status_merged"))
            elif pair[0] != pair[1]:
                expected.add((name, "status_differs"))
            if one.due_at != other.due_at or (one.ended_at != other.ended_at and not merged):
                expected.add((name, "dates_differ"))
    assert {(difference.record_id, difference.kind) for difference in found.differences} == expected
    faulty = {name for name, kind in expected if kind != "status_merged"}
    assert sum(unit.differing for unit in found.units.values()) == len(faulty)
    assert found.compared == len(last_theirs.keys() | last_ours.keys())
