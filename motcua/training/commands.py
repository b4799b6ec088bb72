"""A command of a job as a child process that cannot run away: its own group, low priority, limits of memory and time, ended with
whoever started it."""

import ctypes
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NICE = 10
POLL_SECONDS = 0.3
GRACE_SECONDS = 8.0
"""How long a group has after SIGTERM before it is killed."""
_SHOWN_LINES = 12
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST_LINE = 400


class CommandFailedError(Exception):
    """A command ended badly; the text says how, with its last lines."""


@dataclass(frozen=True)
class Limits:
    """``seconds``: of the clock; ``memory_mb``: of address space; None: no limit of memory (for a command that only watches
    others)."""

    seconds: float
    memory_mb: int | None = None


@dataclass(frozen=True)
class Command:
    """What is run. ``output``: where standard output goes, among the log where it is None; ``log``: where the rest goes."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    input: Path | None = None
    output: Path | None = None


class _Tail:
    """The lines that were added to a file since the last look."""

    def __init__(self, path: Path) -> None:
        self._path, self._read, self._rest = path, path.stat().st_size if path.exists() else 0, b""

    def lines(self) -> list[str]:
        with self._path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        self._read += len(content)
        *whole, self._rest = (self._rest + content).split(b"\n")
        return [shown_line(line.decode("utf-8", "replace")) for line in whole]


def shown_line(line: str) -> str:
    """A line of a command's output as it may stand in a page: without colours and control characters, cut."""
    plain = _COLOURS.sub("", line)
    return "".join(char for char in plain if char >= " ")[:_LONGEST_LINE].strip()


def run_command(
    command: Command,
    limits: Limits,
    watch: Callable[[], None],
    on_log: Callable[[str], None] = lambda _line: None,
    on_output: Callable[[str], None] = lambda _line: None,
) -> None:
    """Runs the command to its end. ``watch`` is called several times a second and may raise to have it ended.

    Raises ``CommandFailedError``: it could not be started, ended with another code than 0, or took too long."""
    began = time.monotonic()
    process = _started(command, limits)
    tails = [(_Tail(command.log), on_log)] + ([(_Tail(command.output), on_output)] if command.output is not None else [])
    try:
        while True:
            ended = _waited(process)
            for tail, tell in tails:
                for line in tail.lines():
                    tell(line)
            if ended:
                break
            watch()
            if time.monotonic() - began > limits.seconds:
                raise CommandFailedError(f"quá {limits.seconds / 60:.0f} phút mà chưa xong, đã dừng")
    finally:
        end_group(process)
    if process.returncode:
        raise CommandFailedError(_reason(process.returncode, command.log))


def _started(command: Command, limits: Limits) -> subprocess.Popen[bytes]:
    command.log.parent.mkdir(parents=True, exist_ok=True)
    given = command.input.open("rb") if command.input is not None else None
    told = command.output.open("wb") if command.output is not None else None
    try:
        with command.log.open("ab") as log:
            return subprocess.Popen(
                list(command.arguments),
                cwd=command.folder,
                env={**command.environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
                stdin=given or subprocess.DEVNULL,
                stdout=told or log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _restrained(limits),
            )
    except OSError as error:
        raise CommandFailedError(f"không khởi động được {Path(command.arguments[0]).name}: {error.strerror}") from error
    finally:
        for opened in (given, told):
            if opened is not None:
                opened.close()


def _restrained(limits: Limits) -> None:
    os.nice(NICE)
    if limits.memory_mb is not None:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_mb << 20, limits.memory_mb << 20))
    # A loop that does not even look at the clock is ended by the kernel: no command of ours uses more than its time on two cores.
    cpu = int(limits.seconds * 2) + 60
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 10))
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM if limits.memory_mb is None else signal.SIGKILL)


def _waited(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends the child and whatever it has started: asked first, killed where it does not listen."""
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _reason(code: int, log: Path) -> str:
    if code in (-signal.SIGKILL, -signal.SIGXCPU):
        how = "đã bị hệ thống dừng (hết bộ nhớ hoặc hết thời gian tính)"
    else:
        how = f"kết thúc với mã {code}"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = [shown_line(line) for line in file.read().decode("utf-8", "replace").splitlines()]
    tail = [line for line in lines if line][-_SHOWN_LINES:]
    return "\n".join([how, *tail])
