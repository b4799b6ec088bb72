"""Loads on one running engine: citizens in a process of their own, processor time of each server read around them."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.child_processes import ChildFailedError, cpu_seconds
from benchmarks.compared_engines import ROOT
from benchmarks.engine.citizens import Plan
from benchmarks.engine.figures import SESSION_PARTS, Round, session_means

SESSION_MESSAGES = SESSION_PARTS[-1][1]


@dataclass(frozen=True)
class Pids:
    """The servers whose processor time is read; several engines count as one."""

    engines: Sequence[int]
    actions: int | None = None
    databases: Sequence[str] = ()
    """Names of databases; PostgreSQL's processes that serve them are read, and all of Redis, where there are any."""

    def read(self) -> tuple[float | None, float | None, float | None]:
        """Seconds of the engines, of the action server and of the stores so far."""
        spent = [cpu_seconds(pid) for pid in self.engines]
        engines = None if None in spent else sum(one for one in spent if one is not None)
        actions = family_seconds(self.actions) if self.actions is not None else None
        return engines, actions, stores_seconds(self.databases) if self.databases else None


def family_seconds(pid: int) -> float | None:
    """Processor time, so far, of a process and of all that it started and that live; None where the system does not tell."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    family, asked = [pid], [pid]
    while asked:
        asked = [child for parent in asked for child in children.get(parent, ())]
        family += asked
    found = [seconds for one in family if (seconds := _seconds(one)) is not None]
    return sum(found) if found else None


def _seconds(pid: int) -> float | None:
    """As ``cpu_seconds``; None for a process that has just ended."""
    try:
        return cpu_seconds(pid)
    except OSError:
        return None


def stores_seconds(databases: Sequence[str]) -> float | None:
    """Processor time, so far, of the PostgreSQL processes that serve these databases and of Redis; None where the system does
    not tell. What PostgreSQL's common processes do (its log, its writer) is not in it."""
    found = [
        _seconds(int(folder.name))
        for folder in Path("/proc").glob("[0-9]*")
        if any(word in _title(folder) for word in (*databases, "redis-server"))
    ]
    return sum(one for one in found if one is not None) if found else None


def _title(folder: Path) -> str:
    """What the process calls itself; only servers, so that nobody who merely names a database is taken for one."""
    try:
        title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
    return title if title.startswith("postgres:") or "redis-server" in title.partition(" ")[0] else ""


class Crowd:
    """The citizens' process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def wait_for(self, word: str) -> None:
        """Until it says this. Raises ``ChildFailedError``."""
        if (said := self._read()).strip() != word:
            raise ChildFailedError(f"the citizens said {said.strip()!r} instead of {word!r}")

    def switch(self, addresses: Sequence[str]) -> None:
        """Sends all further turns there."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"switch {' '.join(addresses)}\n")
        self._process.stdin.flush()

    def heard(self) -> dict[str, Any]:
        """What came of it."""
        found: dict[str, Any] = json.loads(self._read())
        return found

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildFailedError("the citizens' process ended early")
        return line


@contextmanager
def crowd(plan: Plan) -> Iterator[Crowd]:
    """The citizens of the plan, speaking; ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.engine.citizens"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(plan)) + "\n")
        process.stdin.flush()
        yield Crowd(process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate()


def measured_round(plan: Plan, pids: Pids) -> Round:
    """A load, or a part of one. Raises ``ChildFailedError``."""
    with crowd(plan) as citizens:
        citizens.wait_for("begin")
        before = pids.read()
        citizens.wait_for("end")
        after = pids.read()
        spent = [None if a is None or b is None else b - a for a, b in zip(before, after, strict=True)]
        return Round(citizens.heard(), *spent)


def session(plan: Plan) -> dict[str, float | None]:
    """The mean times of the messages of one long conversation; nothing where some were not answered, since the places of the
    others would shift. Raises ``ChildFailedError``."""
    one = replace(plan, kind="session", citizens=1, seconds=0.0, warm=0.0, messages=SESSION_MESSAGES)
    with crowd(one) as citizen:
        citizen.wait_for("begin")
        citizen.wait_for("end")
        heard = citizen.heard()
    return {} if heard["faults"] else session_means(heard["ms"])
