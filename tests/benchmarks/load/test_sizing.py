"""The arithmetic of capacity."""

import math

import pytest

from benchmarks.load.sizing import (
    LOADS,
    by_kind,
    connections_for,
    cores_for,
    max_connections_for,
    processes_for,
    turns_per_core,
)


def test_the_loads_are_those_of_the_model() -> None:
    assert {load.name: load.messages_a_day for load in LOADS} == {
        "Low": 4_000,
        "Base": 32_000,
        "Peak": 120_000,
        "Stress": 300_000,
    }
    peak = LOADS[2]
    assert (peak.mean, peak.turns, peak.burst_turns) == pytest.approx((6, 3, 15))


def test_a_core_carries_what_leaves_room_for_bursts() -> None:
    assert turns_per_core(20) == pytest.approx(30)
    assert turns_per_core(0) == math.inf
    assert [processes_for(turns, 20) for turns in (0.1, 30, 30.1, 61)] == [1, 1, 2, 3]


def test_copies_count_together_and_simulators_do_not_count() -> None:
    used = {"worker": 10.0, "worker-2": 5.0, "zalo-simulator": 50.0, "portal": 9.0, "engine": 30.0}
    assert list(by_kind(used).items()) == [("engine", 30), ("worker", 15)]


def test_cores_and_connections_are_sums() -> None:
    assert cores_for(30, {"worker": 10, "engine": 10}) == pytest.approx(1)
    assert cores_for(30, {"worker": 10, "engine": 10}, {"worker": 0.06, "console": 1}) == pytest.approx(1.1)
    assert connections_for({"worker": 2, "gateway": 1}) == 2 * 10 + 20 + 20 + 10
    assert max_connections_for({"worker": 2, "gateway": 1}) == 100
