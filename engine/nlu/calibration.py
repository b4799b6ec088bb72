"""From the scores of two classifiers to confidences that are as right as they say.

A message of one or two known words gets scores as high as a whole sentence, from far fewer hints, and is wrong more often: scores
are divided by a temperature that is the higher, the fewer hints (features that the model knows) a message has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize

# About as many as a message of average length has, so that ``temperature`` is the one of such a message.
_TYPICAL_HINTS = 200.0
# Held-out examples are by the writers of the examples. On 138 fresh messages in other manners of writing, with and without marks,
# 6.5 % of the answers at 0.7 or more were wrong at the temperature that suits held-out examples, 2.7 % at this many times it.
_STRANGERS = 1.4


@dataclass(frozen=True)
class Calibration:
    """``share``: how much of the second classifier's scores is added to the first's. ``temperature``: what the sum is divided
    by for a message of typical length. ``steepness``: the power by which the temperature falls with the number of
    hints; 0 treats all messages alike."""

    share: float
    temperature: float
    steepness: float

    def chances(self, scores: Any, hints: Any) -> Any:
        """Rows that sum to 1 from the summed scores, one row a message; ``hints``: the number of known features of each."""
        relative = np.maximum(np.asarray(hints, dtype=float), 1.0) / _TYPICAL_HINTS
        return _softmax(scores / (self.temperature * relative**-self.steepness)[:, None])


# Where there are too few examples to measure it; in the middle of what larger data gave.
UNMEASURED = Calibration(share=0.08, temperature=0.4, steepness=0.0)


def _softmax(scores: Any) -> Any:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def calibrated(first: Any, second: Any, hints: Any, truth: Sequence[int]) -> Calibration:
    """The calibration with the least log loss on messages that neither classifier has seen (``truth``: their columns), then
    made more cautious: citizens write less like the examples than held-out examples do."""
    rows = np.arange(len(truth))

    def log_loss(parameters: Any) -> float:
        tried = _calibration(parameters)
        chances = tried.chances(first + tried.share * second, hints)[rows, truth]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    bounds = [(0.0, 2.0), (-4.0, 2.0), (0.0, 1.0)]
    found = _calibration(minimize(log_loss, x0=(0.08, -1.0, 0.1), bounds=bounds, method="L-BFGS-B").x)
    return replace(found, temperature=_STRANGERS * found.temperature)


def _calibration(parameters: Any) -> Calibration:
    share, log_temperature, steepness = map(float, parameters)
    return Calibration(share, float(np.exp(log_temperature)), steepness)
