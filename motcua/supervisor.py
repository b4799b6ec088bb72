"""Starts the processes, restarts one that crashed, renews all one after the other, and stops them cleanly."""

import ctypes
import math
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.handover import READY, READY_FD
from motcua.processes import ProcessSpec, working_directory

STOP_SECONDS = 25
"""A process that has not stopped by then is killed (reliability: stop in under 25 s)."""
STABLE_SECONDS = 60
"""After this long without a crash the back-off starts from its first step again."""
START_SECONDS = 300.0
"""How long a process may take to come up: Rasa loads its model."""
_BACKLOG = 2048
BACK_OFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class StartFailedError(Exception):
    """A process did not become healthy; the message names it, its log and the last lines of it."""


@dataclass
class _Running:
    spec: ProcessSpec
    process: subprocess.Popen[bytes]
    started: float
    crashes: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Owns the processes of one product. ``say`` receives one line per event, for a person."""

    specs: Sequence[ProcessSpec]
    log_dir: Path
    environment: Mapping[str, str]
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _running: dict[str, _Running] = field(default_factory=dict)
    _listeners: dict[tuple[str, int], socket.socket] = field(default_factory=dict)
    _stopping: bool = False
    _renewal_wanted: bool = False

    def start(self) -> None:
        """Starts all processes; returns at once."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        for spec in self.specs:
            self._running[spec.name] = _Running(spec, self._spawn(spec), self.clock())

    def _spawn(self, spec: ProcessSpec, ready: int | None = None) -> subprocess.Popen[bytes]:
        """Starts one. ``ready``: the end of a pipe that it closes when it does its work."""
        files = {name: self._listener(address) for name, address in spec.listens_on.items()}
        if ready is not None:
            files[READY_FD] = ready
        with (self.log_dir / f"{spec.name}.log").open("ab") as log:
            return subprocess.Popen(
                spec.command,
                cwd=working_directory(),
                env={**self.environment, **spec.environment, **{name: str(number) for name, number in files.items()}},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=tuple(files.values()),
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def _listener(self, address: tuple[str, int]) -> int:
        """The number of the socket that a process and its successors accept from; who calls in between waits there."""
        if address not in self._listeners:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self._listeners[address] = socket.create_server(address, family=family, backlog=_BACKLOG)
        return self._listeners[address].fileno()

    def wait_healthy(self, seconds: float = START_SECONDS) -> None:
        """Waits until every process answers its health check. Raises ``StartFailedError``, naming the first that does not."""
        deadline = self.clock() + seconds
        for spec in self.specs:
            began = self.clock()
            while not self._healthy(spec):
                if self._stopping:
                    return
                crashed = self._running[spec.name].process.poll() is not None and self._running[spec.name].crashes >= 2
                if crashed or self.clock() > deadline:
                    raise StartFailedError(self._failure(spec))
                self.look_after()
                time.sleep(0.2)
            self.say(f"  ✓ {spec.title} ({self.clock() - began:.1f} s)")

    def _healthy(self, spec: ProcessSpec) -> bool:
        if self._running[spec.name].process.poll() is not None:
            return False
        return spec.health_url is None or answers(spec.health_url)

    def _failure(self, spec: ProcessSpec) -> str:
        log = self.log_dir / f"{spec.name}.log"
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]) if log.exists() else ""
        return f"{spec.title} ({spec.name}) không khởi động được. Nhật ký: {log}\n{tail}"

    def look_after(self) -> None:
        """Restarts what has crashed, with back-off. Call it every fraction of a second."""
        now = self.clock()
        for running in self._running.values():
            if self._stopping or running.process.poll() is None:
                if now - running.started > STABLE_SECONDS:
                    running.crashes = 0
                continue
            if running.restart_at is None:
                wait = BACK_OFF_SECONDS[min(running.crashes, len(BACK_OFF_SECONDS) - 1)]
                running.crashes += 1
                running.restart_at = now + wait
                code = running.process.returncode
                self.say(f"  ! {running.spec.title} đã dừng (mã {code}); khởi động lại sau {wait:.0f} s")
            elif now >= running.restart_at:
                running.process, running.started, running.restart_at = self._spawn(running.spec), now, None

    def run_until_stopped(self) -> None:
        """Looks after the processes until SIGINT or SIGTERM, then stops them; SIGHUP renews them meanwhile."""
        while not self._stopping:
            if self._renewal_wanted:
                self._renewal_wanted = False
                self.renew()
            self.look_after()
            time.sleep(0.3)
        self.stop()

    def request_renewal(self, *_: object) -> None:
        """Signal handler: ``run_until_stopped`` renews the processes once what it is at is done."""
        self._renewal_wanted = True

    def renew(self, seconds: float = START_SECONDS) -> bool:
        """Rolling restart: every process of ours is followed by a new one, one after the other in the order of their start.

        Of those that hand over the old one goes on until the new one tells that it works; of the others the new one must
        answer before the next is touched. A new one that does not come up in so many seconds ends the renewal: an old one that
        still runs is kept. Says what became of each; False where not all were renewed."""
        for spec in self.specs:
            if not spec.ours or self._stopping:
                continue
            began = self.clock()
            came_up = self._hand_over(spec, seconds) if spec.hands_over else self._replace(spec, seconds)
            if not came_up and not self._stopping:
                self.say(f"  ! {spec.title}: tiến trình mới không chạy được; dừng việc khởi động lại. {self._failure(spec)}")
                return False
            self.say(f"  ↻ {spec.title} ({self.clock() - began:.1f} s)")
        return not self._stopping

    def _hand_over(self, spec: ProcessSpec, seconds: float) -> bool:
        reading, writing = os.pipe()
        try:
            new = self._spawn(spec, writing)
        finally:
            os.close(writing)
        try:
            came_up = self._wait(lambda: _tells_ready(reading), new, seconds)
        finally:
            os.close(reading)
        if not came_up:
            _end(new)
            return False
        old, self._running[spec.name] = self._running[spec.name].process, _Running(spec, new, self.clock())
        self._see_off(spec, old)
        return True

    def _replace(self, spec: ProcessSpec, seconds: float) -> bool:
        running = self._running[spec.name]
        running.restart_at = math.inf  # its end is no crash
        self._see_off(spec, running.process)
        running.process, running.started, running.restart_at = self._spawn(spec), self.clock(), None
        return self._wait(lambda: self._healthy(spec), running.process, seconds)

    def _wait(self, ready: Callable[[], bool], new: subprocess.Popen[bytes], seconds: float) -> bool:
        """Whether the new process is there in time and still runs; the others are looked after meanwhile."""
        deadline = self.clock() + seconds
        while self.clock() < deadline and not self._stopping and new.poll() is None:
            if ready():
                return new.poll() is None
            self.look_after()
            time.sleep(0.1)
        return False

    def _see_off(self, spec: ProcessSpec, old: subprocess.Popen[bytes]) -> None:
        """Ends an old process: in its own time, by force after ``STOP_SECONDS``."""
        _signal_group(old, signal.SIGTERM)
        deadline = self.clock() + STOP_SECONDS
        while old.poll() is None and self.clock() < deadline:
            self.look_after()
            time.sleep(0.05)
        if old.poll() is None:
            self.say(f"  ! {spec.title} không dừng kịp, buộc dừng")
        _end(old)

    def request_stop(self, *_: object) -> None:
        """Signal handler."""
        self._stopping = True

    def stop(self) -> None:
        """Stops all processes, last started first; kills what does not stop in time."""
        self._stopping = True
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()
        order = list(reversed(self._running.values()))
        for running in order:
            _signal_group(running.process, signal.SIGTERM)
        deadline = self.clock() + STOP_SECONDS
        for running in order:
            try:
                running.process.wait(max(0.1, deadline - self.clock()))
            except subprocess.TimeoutExpired:
                self.say(f"  ! {running.spec.title} không dừng kịp, buộc dừng")
            _end(running.process)

    def is_up(self, name: str) -> bool:
        """Whether the process runs now."""
        return self._running[name].process.poll() is None

    def pids(self) -> Mapping[str, int]:
        """Process ids by name."""
        return {name: running.process.pid for name, running in self._running.items()}


def answers(url: str) -> bool:
    """Whether a health address answers 200 within two seconds."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _end(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _tells_ready(pipe: int) -> bool:
    """Whether the process at the pipe's other end has told that it works. Does not wait."""
    readable, _, _ = select.select([pipe], [], [], 0)
    return bool(readable) and os.read(pipe, 1) == READY


def _die_with_parent() -> None:
    """Linux: the child gets SIGTERM when the supervisor is killed, so that nothing is left holding the ports."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
