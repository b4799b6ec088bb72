"""What the product's processes take, read from ``/proc`` (Linux)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return Taken(
        (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / _MB, int(fields[17])
    )


def taken_by(pids: Mapping[str, int]) -> dict[str, Taken]:
    """The same of several, by name; one that is gone is left out."""
    return {name: found for name, pid in pids.items() if (found := taken(pid)) is not None}


def postgres_cpu_seconds() -> float | None:
    """Processor seconds of the PostgreSQL servers on this machine so far; None where none runs here. A backend that ended takes
    its count along to its parent."""
    total, seen = 0.0, False
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "comm").read_text().strip() not in ("postgres", "postmaster"):
                continue
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        seen = True
        total += sum(int(fields[place]) for place in (11, 12, 13, 14)) / _TICKS
    return total if seen else None
