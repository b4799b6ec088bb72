"""When the first matter is answered, when the citizen is asked, when the assistant says that it does not know.

Answering about the wrong procedure is the worst error. Two probabilities decide, both learnt from written questions
(``weights.json``): that the first matter is meant, and that one of those offered is. Their thresholds were set on
``data/eval/search_dev.tsv`` and checked on ``search_test.tsv``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.catalogue.search.ranking import Candidate, evidence
from bot.catalogue.search.result import Verdict
from bot.catalogue.search.weights import Weights

NEAR = 0.12
"""A matter with this share of the first one's chance is near enough to be offered beside it."""


@dataclass(frozen=True)
class Judgement:
    """The verdict, how many candidates to show, whether the first may be answered with the others beside it, and the
    probability that the first is meant."""

    verdict: Verdict
    shown: int
    likely: bool
    right: float


def probability(log_odds: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def judge(candidates: Sequence[Candidate], exact: Sequence[int], words: int, weights: Weights, limit: int) -> Judgement:
    """The judgement on candidates, best first. ``exact``: the matters whose wording is the whole question; ``words``: how many
    words were asked."""
    if not candidates:
        return Judgement("unknown", 0, False, 0.0)
    if tuple(exact) == (candidates[0].matter,):
        return Judgement("sure", limit, False, 1.0)
    values = evidence(candidates, words)
    right = probability(weights.right.score(values))
    if right >= weights.sure:
        return Judgement("sure", limit, False, right)
    if probability(weights.within.score(values)) >= weights.offer:
        return Judgement("choose", _near(candidates, weights.least, limit), right >= weights.likely, right)
    return Judgement("unknown", limit, False, right)


def _near(candidates: Sequence[Candidate], least: int, limit: int) -> int:
    """How many of the first are near enough to be offered."""
    near = sum(candidate.chance >= NEAR * candidates[0].chance for candidate in candidates[:limit])
    return min(limit, max(least, near))
