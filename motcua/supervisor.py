"""Starts the processes, restarts one that crashed, and stops all of them cleanly."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from motcua.processes import ProcessSpec, working_directory

STOP_SECONDS = 25
"""A process that has not stopped by then is killed (reliability: stop in under 25 s)."""
STABLE_SECONDS = 60
"""After this long without a crash the back-off starts from its first step again."""
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
    _stopping: bool = False

    def start(self) -> None:
        """Starts all processes; returns at once."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        for spec in self.specs:
            self._running[spec.name] = _Running(spec, self._spawn(spec), self.clock())

    def _spawn(self, spec: ProcessSpec) -> subprocess.Popen[bytes]:
        with (self.log_dir / f"{spec.name}.log").open("ab") as log:
            return subprocess.Popen(
                spec.command,
                cwd=working_directory(),
                env={**self.environment, **spec.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def wait_healthy(self, seconds: float = 300) -> None:
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
        """Looks after the processes until SIGINT or SIGTERM, then stops them."""
        while not self._stopping:
            self.look_after()
            time.sleep(0.3)
        self.stop()

    def request_stop(self, *_: object) -> None:
        """Signal handler."""
        self._stopping = True

    def stop(self) -> None:
        """Stops all processes, last started first; kills what does not stop in time."""
        self._stopping = True
        order = list(reversed(self._running.values()))
        for running in order:
            _signal_group(running.process, signal.SIGTERM)
        deadline = self.clock() + STOP_SECONDS
        for running in order:
            try:
                running.process.wait(max(0.1, deadline - self.clock()))
            except subprocess.TimeoutExpired:
                self.say(f"  ! {running.spec.title} không dừng kịp, buộc dừng")
            _signal_group(running.process, signal.SIGKILL)
            running.process.wait()

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


def _die_with_parent() -> None:
    """Linux: the child gets SIGTERM when the supervisor is killed, so that nothing is left holding the ports."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
