"""The arithmetic of capacity: from processor milliseconds per message to processes and cores. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

BUSIEST_HOUR_SHARE = 0.18
BURST = 5
CITIZENS_SHARE = 0.5
"""Of the messages in and out, the citizens' own: each has one answer."""
BUSY_AT_MOST = 0.6
"""A core that is busier than this lets bursts wait."""
CONNECTIONS = {"gateway": 20, "worker": 10, "sender": 20, "actions": 10, "engine": 10, "console": 20, "trainer": 10}
"""At most, of one process each: twice its pool (docs/operators/postgresql.md)."""
CONNECTIONS_SHARE = 0.7
ONE_IS_ENOUGH = ("console", "trainer")


@dataclass(frozen=True)
class Load:
    """A day as the load model has it. ``messages``: per conversation, in and out."""

    name: str
    conversations: int
    messages: int

    @property
    def messages_a_day(self) -> int:
        """In and out."""
        return self.conversations * self.messages

    @property
    def mean(self) -> float:
        """Messages a second in the busiest hour, in and out."""
        return self.messages_a_day * BUSIEST_HOUR_SHARE / 3600

    @property
    def turns(self) -> float:
        """Citizens' messages a second in the busiest hour."""
        return self.mean * CITIZENS_SHARE

    @property
    def burst_turns(self) -> float:
        """The same in a burst: what there must be room for."""
        return self.turns * BURST


LOADS = (Load("Low", 500, 8), Load("Base", 4_000, 8), Load("Peak", 12_000, 10), Load("Stress", 30_000, 10))


def kind_of(process: str) -> str:
    """``worker-2`` is a worker; ``engine-b`` is a slot of its own."""
    head, _, tail = process.rpartition("-")
    return head if tail.isdigit() else process


def by_kind(cpu_ms: Mapping[str, float]) -> dict[str, float]:
    """What all processes of a kind take together (processor milliseconds per message, or cores), simulators left out; the most
    first."""
    found: dict[str, float] = {}
    for name, used in cpu_ms.items():
        if not name.endswith("-simulator") and name not in ("portal", "model-server"):
            found[kind_of(name)] = found.get(kind_of(name), 0.0) + used
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def turns_per_core(cpu_ms: float) -> float:
    """Citizens' messages a second that one core carries at ``BUSY_AT_MOST``."""
    return math.inf if cpu_ms <= 0 else 1000 * BUSY_AT_MOST / cpu_ms


def processes_for(turns: float, cpu_ms: float) -> int:
    """How many processes of a kind carry so many turns a second; a process of ours uses one core."""
    return max(1, math.ceil(turns / turns_per_core(cpu_ms) - 1e-9))


def cores_for(turns: float, cpu_ms: Mapping[str, float], idle_cores: Mapping[str, float] | None = None) -> float:
    """Cores that these kinds together keep busy at ``BUSY_AT_MOST``, what they take without any message included."""
    idle = sum((idle_cores or {}).get(kind, 0.0) for kind in cpu_ms) / BUSY_AT_MOST
    return idle + sum(turns / turns_per_core(used) for used in cpu_ms.values())


def connections_for(processes: Mapping[str, int]) -> int:
    """The most connections that these processes and one console and trainer open."""
    counted = {**processes, **dict.fromkeys(ONE_IS_ENOUGH, 1)}
    return sum(CONNECTIONS.get(kind, 0) * count for kind, count in counted.items())


def max_connections_for(processes: Mapping[str, int]) -> int:
    """What ``max_connections`` has to be at least, in tens."""
    return math.ceil(connections_for(processes) / CONNECTIONS_SHARE / 10) * 10
