"""What is made of measured values."""

import pytest

from benchmarks.load.figures import above_idle, by_second, least_of_core, percentile, slope_per_hour, spread


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)) == (50, 95, 99)
    assert percentile([7.0], 0.99) == 7
    assert percentile([], 0.5) is None


def test_the_spread_of_nothing_is_nothing() -> None:
    assert (spread([]).count, spread([]).p95, spread([]).most) == (0, None, None)


def test_memory_that_grows_a_megabyte_a_minute_grows_sixty_an_hour() -> None:
    assert slope_per_hour([(second, 100 + second / 60) for second in range(0, 600, 10)]) == pytest.approx(60)
    assert slope_per_hour([(0, 5.0), (60, 5.0)]) == pytest.approx(0)
    assert slope_per_hour([(0, 5.0)]) is None


def test_values_are_told_by_second() -> None:
    assert by_second([(0.1, 1), (0.9, 2), (3.5, 3)]) == {0: [1, 2], 3: [3]}


def test_what_a_process_takes_without_any_message_is_not_the_messages_cost() -> None:
    used = above_idle({"worker": 3.0, "portal": 0.1}, {"worker": 0.1, "portal": 0.05}, seconds=10, messages=100)
    assert used == pytest.approx({"worker": 20.0, "portal": 0.0})


def test_a_round_of_the_first_seconds_is_no_idling() -> None:
    looks = [{"worker": 1.0, "gateway": 2.0}, {"worker": 4.0, "gateway": 2.1}, {"worker": 4.1, "gateway": 2.3, "new": 1.0}]
    assert least_of_core(looks, 5.0) == pytest.approx({"worker": 0.02, "gateway": 0.02})
