"""The supervisor with real processes: a crashed one comes back, all of them stop, a hopeless one is named."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from motcua.processes import ProcessSpec
from motcua.supervisor import StartFailedError, Supervisor

SLEEPER = "import signal,sys,time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\ntime.sleep(600)"


def spec(name: str, code: str) -> ProcessSpec:
    return ProcessSpec(name, name, (sys.executable, "-c", code), None, None)


def until(condition: Callable[[], bool], supervisor: Supervisor, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    pause = signal.sigtimedwait if hasattr(signal, "sigtimedwait") else None
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        supervisor.look_after()
        if pause:
            pause([signal.SIGUSR2], 0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_process_is_started_again_and_all_stop(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor([spec("one", SLEEPER), spec("two", SLEEPER)], tmp_path, dict(os.environ), told.append)
    supervisor.start()
    first = dict(supervisor.pids())
    os.kill(first["one"], signal.SIGKILL)
    until(lambda: supervisor.pids()["one"] != first["one"], supervisor)
    assert supervisor.pids()["two"] == first["two"]
    assert any("one" in line for line in told)
    supervisor.stop()
    assert not any(alive(pid) for pid in supervisor.pids().values())


def test_a_process_that_never_comes_up_is_named_with_its_last_words(tmp_path: Path) -> None:
    broken = ProcessSpec(
        "broken", "bộ phận hỏng", (sys.executable, "-c", "raise SystemExit('thiếu khoá')"), "http://127.0.0.1:9/", 9
    )
    supervisor = Supervisor([broken], tmp_path, dict(os.environ), lambda _: None)
    supervisor.start()
    with pytest.raises(StartFailedError, match="thiếu khoá"):
        supervisor.wait_healthy(seconds=20)
    supervisor.stop()
