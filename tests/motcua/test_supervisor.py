"""The supervisor with real processes: a crashed one comes back, all of them stop, a hopeless one is named."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.handover import LISTEN_FD
from motcua.processes import ProcessSpec
from motcua.renewal import NothingRunsError, ask_for_renewal, noted
from motcua.supervisor import StartFailedError, Supervisor
from tests.engine_process import free_port
from tests.waiting import wait_for

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


SERVER = """
import os, signal, sys
from bot.handover import inherited_listener, tell_ready
if os.path.exists(sys.argv[1]):
    sys.exit("the new release is broken")
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(1))
listener = inherited_listener()
listener.settimeout(0.05)
tell_ready()
while not told:
    try:
        caller, _ = listener.accept()
    except TimeoutError:
        continue
    caller.sendall(str(os.getpid()).encode())
    caller.close()
"""


class Caller:
    """Calls a server again and again and notes which process answered; a refused call ends the calling."""

    def __init__(self, port: int) -> None:
        self.port, self.over = port, threading.Event()
        self.answered: list[int] = []
        self._calling = ThreadPoolExecutor(1)
        self._done = self._calling.submit(self._call)

    def _call(self) -> None:
        while not self.over.is_set():
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as link:
                self.answered.append(int(link.makefile().read()))

    def stop(self) -> list[int]:
        """The processes that answered, in order. Raises what a call met."""
        self.over.set()
        self._calling.shutdown()
        self._done.result()
        return list(dict.fromkeys(self.answered))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Supervisor, Caller, Path, list[str]]]:
    """Two processes under supervision, one of which serves callers on a socket that is handed over."""
    port, broken, told = free_port(), tmp_path / "broken", []
    command = (sys.executable, "-c", SERVER, str(broken))
    server = ProcessSpec("server", "server", command, None, port, hands_over=True, listens_on={LISTEN_FD: ("127.0.0.1", port)})
    supervisor = Supervisor([spec("plain", SLEEPER), server], tmp_path, dict(os.environ), told.append)
    supervisor.start()
    caller = Caller(port)
    until(lambda: bool(caller.answered), supervisor)
    yield supervisor, caller, broken, told
    supervisor.stop()


def test_a_renewal_follows_every_process_by_a_new_one_and_refuses_nobody(
    served: tuple[Supervisor, Caller, Path, list[str]],
) -> None:
    supervisor, caller, _, told = served
    before = dict(supervisor.pids())
    assert supervisor.renew()
    after = supervisor.pids()
    until(lambda: after["server"] in caller.answered, supervisor)
    assert caller.stop() == [before["server"], after["server"]], "no call was refused, and none went back to the old one"
    assert after["plain"] != before["plain"]
    assert not any(alive(pid) for pid in before.values())
    assert not any("!" in line for line in told), "nothing is told as a crash"


def test_a_new_process_that_does_not_come_up_leaves_the_old_one_at_work(
    served: tuple[Supervisor, Caller, Path, list[str]],
) -> None:
    supervisor, caller, broken, told = served
    before = dict(supervisor.pids())
    broken.touch()
    assert not supervisor.renew()
    assert supervisor.pids()["server"] == before["server"]
    assert caller.stop() == [before["server"]]
    assert any("the new release is broken" in line for line in told)


def test_two_that_accept_at_one_address_share_the_callers_and_cover_for_each_other(tmp_path: Path) -> None:
    port, command = free_port(), (sys.executable, "-c", SERVER, str(tmp_path / "broken"))
    one = ProcessSpec("server", "server", command, None, port, hands_over=True, listens_on={LISTEN_FD: ("127.0.0.1", port)})
    supervisor = Supervisor([one, replace(one, name="server-2")], tmp_path, dict(os.environ), lambda _: None)
    supervisor.start()
    caller = Caller(port)
    try:
        first = set(supervisor.pids().values())
        until(lambda: set(caller.answered) == first, supervisor)
        assert supervisor.renew()
        second = set(supervisor.pids().values())
        until(lambda: second <= set(caller.answered), supervisor)
        assert set(caller.stop()) == first | second, "no call was refused"
        assert not first & second
    finally:
        caller.over.set()
        supervisor.stop()


def test_the_signal_renews_and_the_product_that_runs_is_found_by_its_folder(tmp_path: Path) -> None:
    supervisor = Supervisor([spec("one", SLEEPER)], tmp_path, dict(os.environ), lambda _: None)
    supervisor.start()
    first = supervisor.pids()["one"]
    with pytest.raises(NothingRunsError):
        ask_for_renewal(tmp_path)
    before = signal.signal(signal.SIGHUP, supervisor.request_renewal)
    try:
        with noted(tmp_path), ThreadPoolExecutor(1) as beside:
            running = beside.submit(supervisor.run_until_stopped)
            assert ask_for_renewal(tmp_path) == os.getpid()
            wait_for(lambda: supervisor.pids()["one"] != first, what="the new process")
            supervisor.request_stop()
            running.result()
    finally:
        signal.signal(signal.SIGHUP, before)
