"""The page of capacity is written by the command, between its markers."""

import pytest

from benchmarks.load.capacity import PAGE, between, core_rows, cost_rows, load_rows, webhook_rows
from benchmarks.webhooks import Acknowledged, told

CPU = {"engine": 30.0, "worker": 15.0, "postgresql": 15.0}
IDLE = {"engine": 0.01, "worker": 0.05}


def test_only_what_stands_between_the_markers_is_rewritten() -> None:
    text = "a\n<!-- measured: x -->\nold\n<!-- end of x -->\nb\n"
    assert between(text, "x", ["new"]) == "a\n<!-- measured: x -->\n\nnew\n\n<!-- end of x -->\nb\n"
    with pytest.raises(ValueError, match="no part 'y'"):
        between(text, "y", [])


def test_the_page_has_every_part() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for part in ("cores", "loads", "runs", "webhooks", "cost", "memory"):
        assert between(text, part, ["x"]) != text


def test_what_breaks_first_stands_first() -> None:
    assert core_rows(CPU, IDLE)[2] == "| engine | 30.0 | 20 | 1.0 % | breaks first |"


def test_every_load_says_how_many_processes_it_needs() -> None:
    stress = load_rows(CPU, IDLE)[-1].split(" | ")
    assert stress[:6] == ["| Stress", "300,000", "7.5", "37.5", "2", "1"]


def test_each_database_stands_beside_the_echo_of_the_same_run() -> None:
    found = told([Acknowledged("echo", [1.0, 2.0], 0, 0.5), Acknowledged("sqlite", [4.0, 8.0], 1, 2.0)])
    rows = webhook_rows({"rate": 200, "seconds": 60, "cores": 2, "servers": found})
    assert rows[0].startswith("200 webhooks a second for 60 s")
    assert rows[-1] == "| sqlite | 6.0 ms | 8.0 ms | 8.0 ms (×4.0) | 2.00 (×4.0) | 1 |"


def test_the_cost_of_a_size_stands_beside_the_first() -> None:
    assert (
        cost_rows({"1": {"claim": (5, 2, 1)}, "10": {"claim": (5, 3, 3)}})[-1]
        == "| claim | 2.0 + 1.0 (×1.00) | 3.0 + 3.0 (×2.00) |"
    )
