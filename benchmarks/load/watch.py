"""What the product's processes take, read from ``/proc`` (Linux)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")
_MB = 1024 * 1024


@dataclass(frozen=True)
class Taken:
    """Of one process at a moment: processor seconds so far, resident memory in MB, threads."""

    cpu_seconds: float
    rss_mb: float
    threads: int


def taken(pid: int) -> Taken | None:
    """What a process takes; None where it is gone."""
    if not (fields := _fields(pid)):
        return None
    return Taken(
        (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / _MB, int(fields[17])
    )


def taken_by(pids: Mapping[str, int]) -> dict[str, Taken]:
    """The same of several, by name; one that is gone is left out."""
    return {name: found for name, pid in pids.items() if (found := taken(pid)) is not None}


def postgres_cpu_seconds(url: str) -> float | None:
    """Processor seconds of the PostgreSQL server at this address so far, all its processes together; None where it does not run
    on this machine. A backend that ended takes its count along to its parent."""
    with psycopg.connect(url, autocommit=True) as link:
        server = _parent_of(link.info.backend_pid)
    if server is None or not (fields := _fields(server)):
        return None
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    total = sum(int(fields[place]) for place in (11, 12, 13, 14))
    return (total + sum(int(found[place]) for child in children if (found := _fields(int(child))) for place in (11, 12))) / _TICKS


def _parent_of(backend: int) -> int | None:
    fields = _fields(backend)
    return int(fields[1]) if fields and _is_postgres(backend) else None


def _is_postgres(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() in ("postgres", "postmaster")


def _fields(pid: int) -> list[str]:
    """What ``/proc`` tells of a process after its name; nothing of one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []
