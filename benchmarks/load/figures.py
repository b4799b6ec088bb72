"""What is made of measured values. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

P50, P95, P99 = 0.50, 0.95, 0.99


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that ``share`` of the values do not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


@dataclass(frozen=True)
class Spread:
    """How values lie, in their own unit."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None
    most: float | None


def spread(values: Sequence[float]) -> Spread:
    """The spread of the values."""
    p50, p95, p99 = (percentile(values, share) for share in (P50, P95, P99))
    return Spread(len(values), p50, p95, p99, max(values, default=None))


def by_second(pairs: Iterable[tuple[float, float]]) -> dict[int, list[float]]:
    """Values by the whole second of the moment that belongs to each."""
    found: dict[int, list[float]] = {}
    for at, value in pairs:
        found.setdefault(int(at), []).append(value)
    return found


def slope_per_hour(points: Sequence[tuple[float, float]]) -> float | None:
    """The slope of the straight line through (seconds, value) by least squares, per hour; None below two moments."""
    if len({at for at, _ in points}) < 2:
        return None
    mean_at = math.fsum(at for at, _ in points) / len(points)
    mean = math.fsum(value for _, value in points) / len(points)
    rise = math.fsum((at - mean_at) * (value - mean) for at, value in points)
    return 3600 * rise / math.fsum((at - mean_at) ** 2 for at, _ in points)


def least_of_core(looks: Sequence[Mapping[str, float]], seconds: float) -> dict[str, float]:
    """The least share of a core that each process took between two looks at its processor time, ``seconds`` apart: a round
    that is due after a start is no idling. A process that is missing in a look is left out."""
    known = set.intersection(*(set(look) for look in looks))
    return {name: min((after[name] - before[name]) / seconds for before, after in pairwise(looks)) for name in sorted(known)}


def above_idle(used: Mapping[str, float], idle_cores: Mapping[str, float], seconds: float, messages: int) -> dict[str, float]:
    """Processor milliseconds per message of each process, without what it would have used in this time all the same."""
    return {name: 1000 * max(0.0, took - idle_cores.get(name, 0.0) * seconds) / messages for name, took in used.items()}
