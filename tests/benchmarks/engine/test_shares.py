"""Processes held to a share of a core, and what is judged where cores are short."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.engine.measuring import Pids, family_seconds
from benchmarks.engine.one_line import ConnectionLostError, OneLine, whole_answer
from benchmarks.engine.report import measured_part, verdicts
from benchmarks.engine.shares import cpu_now, held, share_that_fits
from benchmarks.engine.stages import fitting_share
from motcua.stack import free_ports
from tests.benchmarks.engine.test_report import one_load, results
from tests.waiting import wait_for

BUSY = "while True: pass"


@pytest.fixture
def busy() -> Iterator[list["subprocess.Popen[bytes]"]]:
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(2)]
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def used(processes: list["subprocess.Popen[bytes]"], seconds: float) -> list[float]:
    before, began = [cpu_now(process.pid) for process in processes], time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return [(cpu_now(process.pid) - spent) / took for process, spent in zip(processes, before, strict=True)]


def test_held_processes_use_no_more_than_their_share_and_go_on_afterwards(busy: list["subprocess.Popen[bytes]"]) -> None:
    with held([process.pid for process in busy], 0.2):
        shares = used(busy, 1.5)
    assert max(shares) < 0.26, shares
    assert min(shares) > 0.02, "stopped for good"
    spent = [cpu_now(process.pid) for process in busy]
    wait_for(lambda: all(cpu_now(one.pid) > was for one, was in zip(busy, spent, strict=True)), what="both to go on")


def test_a_process_that_ends_while_it_is_held_disturbs_nothing(busy: list["subprocess.Popen[bytes]"]) -> None:
    with held([process.pid for process in busy], 0.3):
        busy[0].kill()
        busy[0].wait()
        assert used(busy[1:], 0.5)[0] > 0.0


@pytest.mark.parametrize(
    ("cores", "engine_ms", "others_ms", "share"),
    [(2, 4.0, 4.0, 0.35), (2, 5.0, 0.0, 0.7), (8, 5.0, 1.0, 1.0), (1, 6.0, 2.0, 0.26)],
)
def test_two_engines_at_their_share_leave_room_for_all_else(cores: int, engine_ms: float, others_ms: float, share: float) -> None:
    found = share_that_fits(cores, engine_ms, others_ms)
    assert found == share
    assert 2 * found * (1 + others_ms / engine_ms) <= cores


def test_the_share_counts_everything_that_took_part() -> None:
    load = one_load(100.0) | {"engine_cpu_ms": 4.0, "client_cpu_ms": 1.0, "actions_cpu_ms": 1.0, "stores_cpu_ms": 2.0}
    assert fitting_share(load, 2) == 0.35
    assert fitting_share(load | {"engine_cpu_ms": None}, 2) is None


def test_where_cores_are_short_the_target_is_judged_on_the_held_figures_and_the_page_says_so() -> None:
    held_loads = {"share": 0.4, "one": one_load(50.0), "two": one_load(98.0)}
    found = results(replicas={"one": one_load(100.0), "two": one_load(120.0), "held": held_loads})
    verdict = next(one for one in verdicts(found) if one.what.startswith("two processes"))
    assert (verdict.what, verdict.measured, verdict.met) == (
        "two processes against one (each held to a share of a core)",
        1.96,
        True,
    )
    page = measured_part(found)
    assert "The target is judged on the held figures" in page
    assert "| two | 120.0 | 1.20 | 1.20 |" in page
    assert "| two, each held to 40% of a core | 98.0 | 1.96 | 1.96 |" in page


def test_a_moment_in_which_the_machine_did_something_else_decides_nothing() -> None:
    steady, disturbed = one_load(50.0) | {"rounds": [50.0, 40.0, 60.0]}, one_load(80.0) | {"rounds": [100.0, 82.0, 20.0]}
    held_loads = {"share": 0.4, "one": steady, "two": disturbed}
    found = results(replicas={"one": one_load(100.0), "two": one_load(120.0), "held": held_loads})
    verdict = next(one for one in verdicts(found) if one.what.startswith("two processes"))
    assert verdict.measured == 2.0
    assert "| two, each held to 40% of a core | 80.0 | 1.60 | 2.00 |" in measured_part(found)


def test_with_cores_enough_the_plain_figures_are_judged() -> None:
    found = results(replicas={"one": one_load(100.0), "two": one_load(195.0)})
    found["about"]["cores"] = 8
    verdict = next(one for one in verdicts(found) if one.what == "two processes against one")
    assert (verdict.measured, verdict.met) == (1.95, True)
    assert "8 cores hold two engines and all else" in measured_part(found)


def test_a_servers_children_count_as_the_server() -> None:
    spin = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'while True: pass']); child.wait()"
    parent = subprocess.Popen([sys.executable, "-c", spin], start_new_session=True)
    try:
        wait_for(lambda: (Pids([], parent.pid).read()[1] or 0.0) > 0.5, what="the child's processor time")
        assert (family_seconds(parent.pid) or 0.0) > cpu_now(parent.pid)
    finally:
        os.killpg(parent.pid, 9)
        parent.wait()


ANSWERS: tuple[tuple[bytes, Any], ...] = (
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", (200, b"ab")),
    (b"HTTP/1.1 503 Away\r\ncontent-length:3\r\n\r\nabc", (503, b"abc")),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", (200, b"abc")),
    (b"HTTP/1.1 204 None\r\n\r\n", (204, b"")),
)


@pytest.mark.parametrize(("whole", "answer"), ANSWERS)
def test_an_answer_is_read_when_it_is_whole_and_not_before(whole: bytes, answer: Any) -> None:
    assert [whole_answer(whole[:length]) for length in range(len(whole))] == [None] * len(whole)
    assert whole_answer(whole) == answer


def test_what_is_no_http_and_a_server_that_is_away_are_told() -> None:
    with pytest.raises(ValueError, match="not HTTP"):
        whole_answer(b"nonsense\r\n\r\n")

    with pytest.raises(ConnectionLostError, match="ConnectionRefusedError"):
        asyncio.run(OneLine("127.0.0.1", 1).post("/", {}, b""))


def test_the_constant_action_server_answers_what_comes_in_pieces_and_one_after_the_other() -> None:
    port = free_ports(1)[0]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.engine.constant_actions", str(port)])

    async def asked() -> list[bytes]:
        for _ in range(200):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        bodies = []
        for _ in range(2):
            for piece in (b"POST /webhook HTTP/1.1\r\nConte", b"nt-Length: 4\r\n\r\n{", b'"": '):
                writer.write(piece)
                await asyncio.sleep(0.01)
            head = await reader.readuntil(b"\r\n\r\n")
            bodies.append(await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0])))
        writer.close()
        return bodies

    try:
        first, second = asyncio.run(asked())
        assert first == second
        assert b'"responses"' in first
    finally:
        server.kill()
        server.wait()
