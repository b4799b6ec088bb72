"""Child processes of a benchmark: run to their end with time and memory, or served until something was asked of them."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from motcua.supervisor import answers

TELL_EVERY = 30.0
_SHOWN_LINES = 15


class ChildFailedError(Exception):
    """A child process ended badly; the text holds its command and its last lines."""


@dataclass(frozen=True)
class Ran:
    """What a run to the end cost. ``cpu_seconds``: of the process and its children, whatever else the machine does."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:])


def run(command: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path, say: Callable[[str], None]) -> Ran:
    """Runs a command to its end and tells now and then that it still works. Raises ``ChildFailedError``."""
    began = told = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(command), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.1)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                say(f"    … vẫn đang làm ({told - began:.0f} s)")
    except KeyboardInterrupt:
        process.kill()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ChildFailedError(f"{' '.join(command)}\n{tail(log)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Ran(round(time.monotonic() - began, 1), round(cpu, 1), round(usage.ru_maxrss / 1024, 1))


def resident_mb(pid: int) -> float | None:
    """The resident memory of a process now; None where the system does not tell (only Linux does here)."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return None
    line = next((line for line in status.read_text().splitlines() if line.startswith("VmRSS:")), None)
    return round(int(line.split()[1]) / 1024, 1) if line else None


def cpu_seconds(pid: int) -> float | None:
    """The processor time that a process has used since its start, all its threads; None where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return None
    # The name stands in brackets and may hold spaces.
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path, health: str, patience: float = 300
) -> Iterator[tuple[int, float]]:
    """A server for the length of the block: its process id, and the seconds until its health page said 200."""
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(command), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        while not answers(health):
            if process.poll() is not None or time.monotonic() - began > patience:
                raise ChildFailedError(f"{' '.join(command)}\n{tail(log)}")
            time.sleep(0.1)
        yield process.pid, round(time.monotonic() - began, 1)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
