"""A command of a job tells what it does, and cannot run away."""

import os
import sys
from pathlib import Path

import pytest

from motcua.training import commands
from motcua.training.commands import Command, CommandFailedError, Limits, run_command, shown_line
from tests.waiting import wait_for

PLENTY = Limits(seconds=60, memory_mb=2_048)


class WantedElsewhereError(Exception):
    """Stands for a wish to cancel."""


def python(code: str, folder: Path, *, output: bool = False, given: str | None = None) -> Command:
    asked = None
    if given is not None:
        asked = folder / "given"
        asked.write_text(given, encoding="utf-8")
    told = folder / "told" if output else None
    return Command((sys.executable, "-c", code), dict(os.environ), folder, folder / "log", asked, told)


def nothing() -> None:
    """Watches nothing."""


def test_output_and_log_are_told_line_by_line(tmp_path: Path) -> None:
    log: list[str] = []
    told: list[str] = []
    code = "import sys; print(sys.stdin.read().strip()); print('\\x1b[31mđang làm\\x1b[0m', file=sys.stderr)"
    run_command(python(code, tmp_path, output=True, given="một tin\n"), PLENTY, nothing, log.append, told.append)
    assert (told, log) == (["một tin"], ["đang làm"])


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="mã 3\ntệp hỏng"):
        run_command(python("import sys; print('tệp hỏng'); sys.exit(3)", tmp_path), PLENTY, nothing)
    gone = Command(("/no/such/python",), dict(os.environ), tmp_path, tmp_path / "log")
    with pytest.raises(CommandFailedError, match="không khởi động được python"):
        run_command(gone, PLENTY, nothing)


def test_more_memory_than_allowed_is_not_had(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="MemoryError"):
        run_command(python("b = bytearray(900 << 20)", tmp_path), Limits(seconds=60, memory_mb=512), nothing)


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="chưa xong"):
        run_command(python("import time; time.sleep(600)", tmp_path), Limits(seconds=0.0), nothing)


def test_work_gives_way_to_the_citizens_processes(tmp_path: Path) -> None:
    log: list[str] = []
    run_command(python("import os; print(os.nice(0), os.environ['OMP_NUM_THREADS'])", tmp_path), PLENTY, nothing, log.append)
    assert log == [f"{min(19, os.nice(0) + commands.NICE)} 1"]


@pytest.mark.parametrize("deaf", [False, True], ids=["listens", "deaf"])
def test_whoever_ends_a_command_ends_all_that_it_has_started(tmp_path: Path, deaf: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRACE_SECONDS", 0.3)
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" if deaf else ""
    inner = f"import os,time; {ignore} open('inner','w').write(str(os.getpid())); time.sleep(600)"
    code = f"{ignore}import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"

    def cancel() -> None:
        if (tmp_path / "inner").exists() and (tmp_path / "inner").read_text(encoding="utf-8"):
            raise WantedElsewhereError

    with pytest.raises(WantedElsewhereError):
        run_command(python(code, tmp_path), PLENTY, cancel)
    pid = int((tmp_path / "inner").read_text(encoding="utf-8"))
    wait_for(lambda: not is_alive(pid), what="the end of the grandchild")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("line", "shown"),
    [("\x1b[1;31mđỏ\x1b[0m", "đỏ"), ("a\x00b\r", "ab"), ("x" * 1_000, "x" * 400)],
    ids=["colours", "controls", "long"],
)
def test_lines_are_fit_for_a_page(line: str, shown: str) -> None:
    assert shown_line(line) == shown
