"""What the search has learnt: how much each sign counts, and how sure the first matter is.

Written by ``scripts/fit_search.py`` from ``data/eval/search_train.tsv``; thresholds from ``search_dev.tsv``. Never by hand.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WEIGHTS_FILE = Path(__file__).with_name("weights.json")

WORD_SIGNS = (
    *("pairs_rel", "pairs_abs", "pieces", "covered", "balance"),
    *("document_rel", "document_abs", "named", "use", "people"),
)
DENSE_SIGNS = ("nearest", "nearest_rel", "together", "together_rel")
WORD_EVIDENCE = ("chance", "margin", "covered", "balance", "named", "pieces", "pairs_abs", "words")
DENSE_EVIDENCE = ("nearest", "together")


@dataclass(frozen=True)
class Logistic:
    """A logistic regression over named values."""

    bias: float
    weights: Mapping[str, float]

    def score(self, values: Mapping[str, float]) -> float:
        """The log-odds."""
        return self.bias + sum(weight * values[name] for name, weight in self.weights.items())


@dataclass(frozen=True)
class Weights:
    """For searches with or without sentence vectors. ``rank``: the weight of each sign. ``right``: log-odds that the first matter
    is meant; ``within``: that one of the offered is. ``sure``, ``likely``, ``offer``: thresholds of their probabilities.
    ``least``: so many are offered at least."""

    rank: Mapping[str, float]
    right: Logistic
    within: Logistic
    sure: float
    likely: float
    offer: float
    least: int


LARGE = 500
"""From this number of matters on a catalogue is large: a near match then has been compared with much."""


@dataclass(frozen=True)
class LearntWeights:
    """Both sets for a size of catalogue. ``enough``: above this probability of being right by words alone, the encoder is not
    asked."""

    words: Weights
    dense: Weights
    enough: float


def _logistic(raw: Mapping[str, float]) -> Logistic:
    return Logistic(raw["bias"], {name: value for name, value in raw.items() if name != "bias"})


def _weights(raw: Mapping[str, Mapping[str, float]]) -> Weights:
    thresholds = raw["thresholds"]
    return Weights(
        dict(raw["rank"]),
        _logistic(raw["right"]),
        _logistic(raw["within"]),
        thresholds["sure"],
        thresholds["likely"],
        thresholds["offer"],
        int(thresholds["least"]),
    )


@cache
def learnt_weights(matters: int, path: Path = WEIGHTS_FILE) -> LearntWeights:
    """The weights that ship with the code, for a catalogue of so many matters."""
    raw = json.loads(path.read_text(encoding="utf-8"))["large" if matters >= LARGE else "small"]
    return LearntWeights(_weights(raw["words"]), _weights(raw["dense"]), raw["enough"])
