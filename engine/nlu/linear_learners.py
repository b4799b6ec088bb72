"""Two linear classifiers over the same features, and their sum.

A support vector machine tells intents apart best where examples are like the message; multinomial Bayes, which counts words and
fits no boundary, errs elsewhere. Their sum is right more often than either and sure of fewer errors, and it is one
matrix of weights again: asking it costs no more than asking one of them.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import LinearSVC

# Bayes is told little about words that it has not seen with an intent; more makes rare words say nothing.
_SMOOTHING = 0.05


@dataclass(frozen=True)
class LinearScores:
    """``weights``: one row a feature, one column an intent in the order of ``intents``; ``bias``: one number an intent."""

    intents: list[str]
    weights: Any
    bias: Any

    def of(self, features: csr_matrix) -> Any:
        """One row of scores a message. ``weights`` has one row a feature, so that a message reads the few of its own."""
        return np.asarray(features @ self.weights) + self.bias

    def plus(self, other: "LinearScores", share: float) -> "LinearScores":
        """The sum with ``share`` of the other, which has the same intents and features."""
        return LinearScores(self.intents, self.weights + share * other.weights, self.bias + share * other.bias)


def support_vectors(features: csr_matrix, intents: Sequence[str], *, c: float, balanced: bool, seed: int) -> LinearScores:
    """One intent against the rest. ``c`` is the inverse strength of the regularisation. More iterations change nothing
    measurable."""
    machine = LinearSVC(C=c, class_weight="balanced" if balanced else None, max_iter=15, tol=1e-2, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(features, intents)
    rows, bias = machine.coef_, machine.intercept_
    if len(rows) == 1:  # two intents share one boundary
        rows, bias = np.vstack([-rows, rows]), np.concatenate([-bias, bias])
    return _laid_out(machine.classes_, rows, bias)


def counted_words(features: csr_matrix, intents: Sequence[str], first_word: int) -> LinearScores:
    """Multinomial Bayes over the features from column ``first_word`` on; the ones before it weigh nothing."""
    bayes = MultinomialNB(alpha=_SMOOTHING).fit(features[:, first_word:], intents)
    # What all intents have in common tells none from another, and would only cost precision.
    words = bayes.feature_log_prob_ - bayes.feature_log_prob_.mean(axis=0)
    rows = np.hstack([np.zeros((len(words), first_word)), words])
    return _laid_out(bayes.classes_, rows, bayes.class_log_prior_)


def _laid_out(intents: Any, rows: Any, bias: Any) -> LinearScores:
    weights = np.ascontiguousarray(rows.T.astype(np.float32))
    return LinearScores([str(name) for name in intents], weights, np.asarray(bias, dtype=np.float32))
