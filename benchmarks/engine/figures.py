"""From what was heard to figures, and from figures to verdicts. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that so large a share of the values does not exceed; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def mean(values: Sequence[float]) -> float | None:
    """The mean; None without values."""
    return sum(values) / len(values) if values else None


@dataclass(frozen=True)
class Load:
    """One load on one side. Times in milliseconds; ``…_cpu_ms``: processor time a turn, None where the system does not tell;
    ``rounds``: the turns a second of each round."""

    citizens: int
    turns: int
    per_second: float
    p50: float | None
    p95: float | None
    p99: float | None
    longest: float | None
    faults: Mapping[str, int]
    engine_cpu_ms: float | None = None
    actions_cpu_ms: float | None = None
    client_cpu_ms: float | None = None
    stores_cpu_ms: float | None = None
    rounds: Sequence[float] = ()


@dataclass(frozen=True)
class Round:
    """A part of a load: what the citizens heard, and the seconds of processor time of the engine, of the action server and of the
    stores; None where the system does not tell."""

    heard: Mapping[str, Any]
    engine_cpu_s: float | None = None
    actions_cpu_s: float | None = None
    stores_cpu_s: float | None = None


def load(citizens: int, rounds: Sequence[Round]) -> Load:
    """The figures of all rounds together."""
    ms: Sequence[float] = [one for part in rounds for one in part.heard["ms"]]
    turns, seconds = len(ms), sum(float(part.heard["seconds"]) for part in rounds)

    def each(totals: Sequence[float | None]) -> float | None:
        told = [total for total in totals if total is not None]
        return None if len(told) < len(rounds) or not turns else rounded(sum(told) * 1000 / turns)

    return Load(
        citizens,
        turns,
        rounded(turns / seconds) or 0.0 if seconds else 0.0,
        *(rounded(percentile(ms, share)) for share in (0.5, 0.95, 0.99, 1.0)),
        dict(sum((Counter(part.heard["faults"]) for part in rounds), Counter[str]())),
        each([part.engine_cpu_s for part in rounds]),
        each([part.actions_cpu_s for part in rounds]),
        each([part.heard.get("own_cpu_s") for part in rounds]),
        each([part.stores_cpu_s for part in rounds]),
        [round(len(part.heard["ms"]) / part.heard["seconds"], 2) if part.heard["seconds"] else 0.0 for part in rounds],
    )


def rounded(value: float | None, digits: int = 2) -> float | None:
    """Rounded; None stays None."""
    return None if value is None else round(value, digits)


SESSION_PARTS = ((1, 10), (91, 100), (191, 200))
"""Messages of a long conversation whose mean time is told."""


def session_means(ms: Sequence[float]) -> dict[str, float | None]:
    """The mean time of the first, the middle and the last messages of one conversation."""
    return {f"{first}-{last}": rounded(mean(ms[first - 1 : last])) for first, last in SESSION_PARTS}


def ratio(ours: float | None, other: float | None) -> float | None:
    """Ours as a multiple of the other's; None where one is missing or the other is 0."""
    return rounded(ours / other) if ours is not None and other else None


def usual_ratio(ours: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """How many times as fast ours is in the middle one of the rounds, each compared with the other's of the same moment: the
    machine's speed changes, and a moment in which it does something else would count against whoever has it. Of all rounds
    together where they were not told."""
    pairs = [(mine, its) for mine, its in zip(ours.get("rounds") or (), other.get("rounds") or (), strict=False) if its]
    if not pairs:
        return ratio(ours.get("per_second"), other.get("per_second"))
    return rounded(median(mine / its for mine, its in pairs))


@dataclass(frozen=True)
class Verdict:
    """A target and what was measured. ``met``: None where it was not measured."""

    what: str
    target: str
    measured: float | None
    unit: str
    met: bool | None


def at_least(what: str, wanted: float, measured: float | None, unit: str = "×") -> Verdict:
    """Met where the figure is as large."""
    return Verdict(what, f"≥ {wanted:g} {unit}", measured, unit, None if measured is None else measured >= wanted)


def below(what: str, wanted: float, measured: float | None, unit: str) -> Verdict:
    """Met where the figure is smaller."""
    return Verdict(what, f"< {wanted:g} {unit}", measured, unit, None if measured is None else measured < wanted)
