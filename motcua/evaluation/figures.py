"""The figures of an evaluation, as pure functions over judged answers."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers whose confidence lies in one tenth: how many, their mean confidence, and the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def share(part: int, whole: int) -> float:
    """A share rounded to four digits; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of all values do not exceed, to the hundredth; 0 where there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return round(ordered[max(0, min(len(ordered), int(rank)) - 1)], 2)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean F1 over the labels that occur in the file (expected, said); what is only said has no F1 of its own."""
    expected, said = Counter(e for e, _ in pairs), Counter(s for _, s in pairs)
    right = Counter(e for e, s in pairs if e == s)
    scores = [2 * right[label] / (expected[label] + said[label]) for label in expected]
    return round(sum(scores) / len(scores), 4) if scores else 0.0


def mean_reciprocal_rank(ranks: Iterable[int | None]) -> float:
    """The mean of 1/rank, 0 for what was not found; ranks begin at 1."""
    values = [1 / rank if rank else 0.0 for rank in ranks]
    return round(sum(values) / len(values), 4) if values else 0.0


def reliability_bins(answers: Sequence[tuple[float, bool]], bins: int = BINS) -> list[Bin]:
    """The answers (confidence, right) in bins of equal width; empty bins are left out."""
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in answers:
        sorted_in.setdefault(min(bins - 1, max(0, int(confidence * bins))), []).append((confidence, right))
    return [
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            count=len(inside),
            confidence=sum(confidence for confidence, _ in inside) / len(inside),
            right=sum(right for _, right in inside) / len(inside),
        )
        for number, inside in sorted(sorted_in.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far confidence and share right are apart, weighted by the number of answers."""
    total = sum(one.count for one in bins)
    return round(sum(one.count * abs(one.confidence - one.right) for one in bins) / total, 4) if total else 0.0


def by_group(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """The items of each group, groups in the order in which they first occur."""
    grouped: dict[K, list[T]] = {}
    for item in items:
        grouped.setdefault(key(item), []).append(item)
    return grouped
