"""Shares with their 95 % intervals. Pure arithmetic; docs/administrators/surveys.md tells the method in full.

City: the stratified estimator ``p = Σ W_h p_h``, ``W_h = N_h / N`` (Cochran 1977, eq. 5.1), its variance ``Σ W_h² (1 − n_h/N_h)
p_h (1 − p_h) / (n_h − 1)`` (eq. 5.7 with the sample's variance of a share, eq. 5.14), and Wilson's interval (Wilson 1927) at
the effective number of answers ``n* = p (1 − p) / variance`` (Korn & Graubard 1998): it stays within 0 to 1 and does not shrink
to nothing near the ends. Group: Wilson's interval of its own answers, without the finite correction. Change between two waves:
Newcombe 1998, method 10, from the two intervals.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot import shares


@dataclass(frozen=True)
class Counted:
    """One group's answers to one question: dossiers in it, people who answered the question, and how many said "yes"."""

    group: str
    population: int
    answered: int
    good: int


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1 with its interval. ``n``: answers behind it; ``effective``: as many answers of a simple random
    sample would say as much; ``covered``: the part of the population whose groups have an answer."""

    value: float
    low: float
    high: float
    n: int
    effective: float
    covered: float = 1.0

    @property
    def margin(self) -> float:
        """The longer of the two sides of the interval."""
        return max(self.value - self.low, self.high - self.value)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's score interval for a share seen in ``n`` answers (need not be whole). (0, 1) where there are none."""
    if n <= 0:
        return 0.0, 1.0
    low, high = shares.wilson(min(max(share, 0.0), 1.0) * n, n)
    return min(low, share), max(high, share)


def group_share(counted: Counted) -> Share | None:
    """The share in one group; None without an answer."""
    if counted.answered == 0:
        return None
    value = counted.good / counted.answered
    low, high = wilson(value, counted.answered)
    return Share(value, low, high, counted.answered, counted.answered)


def city_share(groups: Iterable[Counted]) -> Share | None:
    """The share in the city. Groups without an answer are left out, the others weigh for what they are among themselves, and
    ``covered`` says how much that is. A group with a single answer tells no variance: the city's share stands for it."""
    every = list(groups)
    asked = [one for one in every if one.answered > 0]
    total = sum(one.population for one in asked)
    if not asked or total == 0:
        return None
    value = sum(one.population * one.good / one.answered for one in asked) / total
    variance = sum(_variance(one, total, value) for one in asked)
    n = sum(one.answered for one in asked)
    effective = _effective(asked, value, variance)
    low, high = wilson(value, effective)
    return Share(value, low, high, n, effective, total / sum(one.population for one in every))


def weight(population: int, answered: int) -> float:
    """For how many dossiers of its group an answer stands."""
    return population / answered if answered else 0.0


def design_effect(weights: Sequence[float]) -> float:
    """Kish's 1 + cv² of the weights (Kish 1965, §11.7): how many times more answers are needed than with equal weights."""
    if not weights or sum(weights) == 0:
        return 1.0
    return len(weights) * sum(one * one for one in weights) / sum(weights) ** 2


def change(before: Share, after: Share) -> tuple[float, float, float]:
    """``after`` − ``before`` with its interval. The two samples are drawn independently."""
    moved = after.value - before.value
    down = math.hypot(after.value - after.low, before.high - before.value)
    up = math.hypot(after.high - after.value, before.value - before.low)
    return moved, max(-1.0, moved - down), min(1.0, moved + up)


def response_rate(answered: int, invited: int) -> float | None:
    """Of those who were invited; None where nobody was."""
    return answered / invited if invited else None


def _variance(one: Counted, total: int, city: float) -> float:
    part = one.population / total
    left = max(0.0, 1 - one.answered / one.population) if one.population else 0.0
    if one.answered == 1:
        return part**2 * left * city * (1 - city)
    own = one.good / one.answered
    return part**2 * left * own * (1 - own) / (one.answered - 1)


def _effective(asked: Sequence[Counted], value: float, variance: float) -> float:
    """Never more than a census would tell: with no variance to be seen (all said the same), Kish's effective number."""
    n = sum(one.answered for one in asked)
    if variance > 0 and 0 < value < 1:
        return value * (1 - value) / variance
    return n / design_effect([weight(one.population, one.answered) for one in asked for _ in range(one.answered)])
