"""Who writes what when."""

import random

import pytest

from benchmarks.load.traffic import CHANNELS, QUESTIONS, day, evenly, talks


def test_a_fixed_rate_gives_every_second_as_many() -> None:
    assert evenly(2, 3) == [0, 0.5, 1, 1.5, 2, 2.5]


def test_a_day_has_its_three_peaks() -> None:
    moments = day(24_000, 24, random.Random(1))
    hours = [sum(int(at) == hour for at in moments) for hour in range(24)]
    assert len(moments) == 24_000
    assert moments == sorted(moments)
    assert min(hours[8], hours[9], hours[14], hours[15], hours[20], hours[21]) > max(hours[7], hours[10], hours[12], hours[18])


def test_a_citizen_stays_on_one_platform_and_never_begins_with_a_button() -> None:
    said = talks(evenly(10, 40), 4, seed=3)
    assert len(said) == 400
    assert len({one.citizen for one in said}) == 100
    by_citizen: dict[int, list[str]] = {}
    for one in said:
        by_citizen.setdefault(one.citizen, []).append(one.kind)
        assert one.channel == CHANNELS[one.citizen % 2]
        assert one.text in QUESTIONS[one.kind]
    assert all(kinds[0] != "buttons" for kinds in by_citizen.values())
    assert {one.kind for one in said} == set(QUESTIONS)


def test_the_same_seed_gives_the_same_talks() -> None:
    assert talks(evenly(5, 5), 3, seed=7) == talks(evenly(5, 5), 3, seed=7)


def test_nobody_writes_less_than_once() -> None:
    with pytest.raises(ValueError, match="at least once"):
        talks([0.0], 0, seed=1)
