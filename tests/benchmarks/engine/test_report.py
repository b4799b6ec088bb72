"""Figures, verdicts and the page of the engine's benchmark."""

from typing import Any

import pytest

from benchmarks.engine.figures import Round, at_least, below, load, percentile, ratio, session_means
from benchmarks.engine.report import BEGIN, END, charts, measured_part, possible_ratio, verdicts, with_measured_part
from benchmarks.engine.stock_project import with_epochs


def one_load(per_second: float, p95: float = 50.0) -> dict[str, Any]:
    return {
        "citizens": 8, "turns": 100, "per_second": per_second, "p50": 20.0, "p95": p95, "p99": 60.0, "longest": 70.0,
        "faults": {}, "engine_cpu_ms": 5.0, "actions_cpu_ms": 3.0, "client_cpu_ms": 0.5,
    }  # fmt: skip


def one_side(per_second: float, **more: Any) -> dict[str, Any]:
    session = {"1-10": 5.0, "91-100": 6.0, "191-200": 7.0}
    return {"start_s": 2.0, "engine_mb": 200.0, "loads": {"talk-8": one_load(per_second)}, "session_ms": session} | more


def results(**more: Any) -> dict[str, Any]:
    about = {
        "date": "2026-01-01", "commit": "abc", "cores": 2, "processor": "p", "python": "3.11", "command": "make bench",
        "load_before": 0.1, "folder": "performance",
    }  # fmt: skip
    default = {"stock": one_side(20.0), "unpatched": one_side(50.0), "ours": one_side(160.0)}
    found: dict[str, Any] = {"about": about, "stores": {"default": default}}
    return found | more


def test_percentiles_are_values_that_were_measured() -> None:
    assert [percentile([3.0, 1.0, 2.0, 4.0], share) for share in (0.5, 0.95, 1.0)] == [2.0, 4.0, 4.0]
    assert percentile([], 0.5) is None


def test_a_load_tells_turns_a_second_and_processor_time_of_each_server() -> None:
    found = load(8, [Round({"ms": [10.0, 20.0], "seconds": 0.5, "faults": {"empty": 1}, "own_cpu_s": 0.001}, 0.02, None)])
    assert (found.per_second, found.p50, found.longest, found.faults) == (4.0, 10.0, 20.0, {"empty": 1})
    assert (found.engine_cpu_ms, found.actions_cpu_ms, found.client_cpu_ms) == (10.0, None, 0.5)


def test_nothing_heard_is_no_figure() -> None:
    found = load(8, [Round({"ms": [], "seconds": 1.0, "faults": {"timeout": 8}}, 0.1)])
    assert (found.per_second, found.p95, found.engine_cpu_ms) == (0.0, None, None)
    assert (ratio(1.0, 0.0), ratio(None, 2.0)) == (None, None)


def test_a_long_conversation_is_told_by_its_beginning_middle_and_end() -> None:
    assert session_means([float(number) for number in range(1, 201)]) == {"1-10": 5.5, "91-100": 95.5, "191-200": 195.5}


@pytest.mark.parametrize(("measured", "met"), [(8.0, True), (7.99, False), (None, None)])
def test_a_target_is_met_missed_or_not_measured(measured: float | None, met: bool | None) -> None:
    assert at_least("x", 8, measured).met is met


def test_the_speed_is_judged_on_the_middle_round_beside_the_other_side_of_the_same_moment() -> None:
    found = results()
    found["stores"]["default"]["stock"]["loads"]["talk-8"]["rounds"] = [20.0, 10.0, 20.0]
    found["stores"]["default"]["ours"]["loads"]["talk-8"]["rounds"] = [180.0, 100.0, 40.0]
    assert next(one for one in verdicts(found) if "stock Rasa" in one.what).measured == 9.0


def test_a_bound_itself_is_not_below_it() -> None:
    assert below("x", 100, 100.0, "ms").met is False


def test_the_verdicts_compare_within_the_run() -> None:
    found = {one.what: (one.measured, one.met) for one in verdicts(results())}
    assert found["turns/s of 8 citizens against stock Rasa"] == (8.0, True)
    assert found["turns/s of 8 citizens against ours unpatched"] == (3.2, True)
    assert found["two processes against one"] == (None, None)
    shared = {"stock": one_side(20.0), "ours": one_side(60.0)}
    replicas = {"one": one_load(100.0), "two": one_load(150.0)}
    switch = {"ours": {"took_s": 2.0, "turns": 90, "longest_ms": 1500.0, "lost": 0}}
    more = results(replicas=replicas, switch=switch)
    more["stores"]["shared"] = shared
    found = {one.what: (one.measured, one.met) for one in verdicts(more)}
    assert found["the same with PostgreSQL and Redis, against stock Rasa"] == (3.0, False)
    assert found["two processes against one"] == (1.5, False)
    assert found["longest wait while the model changes"] == (1.5, False)
    assert found["turns lost while the model changes"] == (0.0, True)


def test_what_the_cores_leave_room_for_is_told_beside_two_processes() -> None:
    assert possible_ratio(results(replicas={"one": one_load(100.0)}), 2) == 2.0
    assert possible_ratio(results(replicas={"one": one_load(180.0)}), 2) == 1.31


def test_the_page_keeps_what_stands_outside_the_marks() -> None:
    page = f"before\n{BEGIN}\nbygone\n{END}\nafter"
    told = with_measured_part(page, measured_part(results()))
    assert told.startswith("before")
    assert told.endswith("after")
    assert "bygone" not in told
    assert "| turns/s of 8 citizens against stock Rasa | ≥ 8 × | 8.00 × | met |" in told
    assert "commit `abc`" in told
    with pytest.raises(ValueError, match="once"):
        with_measured_part("no marks", "x")


def test_the_charts_stand_alone() -> None:
    found = charts(results())
    assert set(found) == {"turns-default.svg", "session-default.svg"}
    assert all("<style>" in svg and svg.startswith("<svg") for svg in found.values())


def test_epochs_change_wherever_a_network_has_them() -> None:
    config = {"recipe": "r", "pipeline": [{"name": "A", "epochs": 100}, {"name": "B"}], "policies": [{"name": "C", "epochs": 9}]}
    found = with_epochs(config, 2)
    assert found["pipeline"] == [{"name": "A", "epochs": 2}, {"name": "B"}]
    assert (found["policies"], found["recipe"]) == ([{"name": "C", "epochs": 2}], "r")
