"""Four TF-IDF views of a text and a logistic regression over them: from a text to a probability per intent.

Views: characters and words, each of the text with marks and of the text without. Persisted as JSON and NumPy arrays, so that
loading a model never runs code from it.
"""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit

from bot.language.cues import find_cues
from bot.language.masking import neutralise
from bot.language.normalise import clean, fold, fold_in_place
from bot.language.shorthand import expand
from engine.nlu.augmentation import Example

MAX_TEXT = 2_000
_FEWEST_FOR_CALIBRATION = 300
_FILE_FORMAT = 2


class TooFewIntentsError(ValueError):
    """The training data does not have two intents to tell apart."""


@dataclass(frozen=True)
class View:
    """One way to look at a text: ``char_wb`` or ``word`` n-grams, with or without marks."""

    analyzer: str
    ngrams: tuple[int, int]
    folded: bool


VIEWS = (
    View("char_wb", (2, 5), folded=False),
    View("char_wb", (2, 5), folded=True),
    View("word", (1, 2), folded=False),
    View("word", (1, 2), folded=True),
)


@dataclass(frozen=True)
class TrainingOptions:
    """``c`` is the inverse strength of the regularisation; ``balanced`` weighs rare intents up. More iterations than these
    change nothing measurable."""

    c: float = 10.0
    balanced: bool = False
    min_df: int = 2
    max_iterations: int = 15
    seed: int = 42


def written_out(text: str) -> str:
    """The text as clauses are looked for in it: cleaned, shorthand written out, at most ``MAX_TEXT`` characters read."""
    return expand(clean(text[:MAX_TEXT]))


def readable(text: str) -> str:
    """A text as the views see it: written out, numbers and placeholders as words, lower case, and after it one word per
    question phrase that ``bot.language.cues`` knows."""
    seen = written_out(neutralise(text[:MAX_TEXT])).lower()
    cues = [f"cue_{cue.facet}" for cue in find_cues(fold_in_place(seen))]
    return " ".join([seen, *(cues or ["cue_none"])])


def _vectorizer(view: View, min_df: int = 1, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer=view.analyzer,
        ngram_range=view.ngrams,
        lowercase=False,
        token_pattern=r"\w+" if view.analyzer == "word" else None,
        min_df=min_df,
        sublinear_tf=True,
        vocabulary=vocabulary,
        dtype=np.float32,
    )


def _seen(texts: Sequence[str], view: View) -> list[str]:
    return [fold(text) for text in texts] if view.folded else list(texts)


def _softmax(scores: Any) -> Any:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _fit_regression(features: csr_matrix, intents: Sequence[str], options: TrainingOptions) -> LogisticRegression:
    # One against the rest by dual coordinate descent: a tenth of the time of the multinomial solver, and not less accurate.
    regression = LogisticRegression(
        solver="liblinear",
        dual=True,
        C=options.c,
        class_weight="balanced" if options.balanced else None,
        max_iter=options.max_iterations,
        tol=1e-2,
        random_state=options.seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return regression.fit(features, intents)


def by_feature(regression: LogisticRegression) -> Any:
    """The weights with one row a feature, laid out in memory so."""
    return np.ascontiguousarray(regression.coef_.T.astype(np.float32))


def _scores(features: csr_matrix, weights: Any, bias: Any) -> Any:
    """``weights``: one row a feature, so that a message reads the few rows of its own features."""
    scores = np.asarray(features @ weights) + bias
    return np.hstack([-scores, scores]) if scores.shape[1] == 1 else scores


def calibration_temperature(scores: Any, truth: Sequence[int]) -> float:
    """The number that the scores are divided by so that confidences are as right as they say (least log loss)."""
    rows = np.arange(len(truth))

    def log_loss(log_temperature: float) -> float:
        chances = _softmax(scores / np.exp(log_temperature))[rows, truth]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return float(np.exp(minimize_scalar(log_loss, bounds=(-2.0, 2.0), method="bounded").x))


class IntentModel:
    """A trained classifier. Build it with ``fit`` or ``load``."""

    def __init__(self, vectorizers: list[TfidfVectorizer], intents: list[str], weights: Any, bias: Any, temperature: float):
        self._vectorizers = vectorizers
        self.intents = intents
        self._weights = weights
        self._bias = bias
        self.temperature = temperature

    @classmethod
    def fit(cls, examples: Sequence[Example], options: TrainingOptions) -> "IntentModel":
        """Trains on examples that are augmented already. Raises ``TooFewIntentsError``."""
        intents = [example.intent for example in examples]
        if len(set(intents)) < 2:
            raise TooFewIntentsError("at least two intents with examples are needed")
        texts = [readable(example.text) for example in examples]
        min_df = options.min_df if len(texts) >= _FEWEST_FOR_CALIBRATION else 1
        vectorizers = [_vectorizer(view, min_df) for view in VIEWS]
        parts = [vec.fit_transform(_seen(texts, view)) for vec, view in zip(vectorizers, VIEWS, strict=True)]
        features = csr_matrix(hstack(parts))
        regression = _fit_regression(features, intents, options)
        temperature = _temperature(features, intents, [example.group for example in examples], options)
        weights, bias = by_feature(regression), regression.intercept_.astype(np.float32)
        return cls(vectorizers, [str(name) for name in regression.classes_], weights, bias, temperature)

    def probabilities(self, texts: Sequence[str]) -> Any:
        """One row per text, one column per intent in the order of ``intents``; rows sum to 1."""
        seen = [readable(text) for text in texts]
        parts = [vec.transform(_seen(seen, view)) for vec, view in zip(self._vectorizers, VIEWS, strict=True)]
        # In another precision than the weights, every message would copy all of them.
        features = csr_matrix(hstack(parts), dtype=self._weights.dtype)
        scores = _scores(features, self._weights, self._bias)
        return _softmax(scores / self.temperature)

    def save(self, folder: Path) -> None:
        """Writes the model into an existing folder."""
        described = {
            "format": _FILE_FORMAT,
            "intents": self.intents,
            "temperature": self.temperature,
            "vocabularies": [{term: int(at) for term, at in vec.vocabulary_.items()} for vec in self._vectorizers],
        }
        (folder / "intents.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        idf = {f"idf{number}": vec.idf_.astype(np.float32) for number, vec in enumerate(self._vectorizers)}
        np.savez_compressed(folder / "weights.npz", weights=self._weights, bias=self._bias, **idf)

    @classmethod
    def load(cls, folder: Path) -> "IntentModel":
        """Reads what ``save`` wrote. Raises ``OSError``, ``ValueError`` or ``KeyError`` where that is not possible."""
        described = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
        if described["format"] != _FILE_FORMAT:
            raise ValueError(f"format {described['format']} of the intent model is unknown: train again")
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            vectorizers = []
            for number, (view, vocabulary) in enumerate(zip(VIEWS, described["vocabularies"], strict=True)):
                vectorizer = _vectorizer(view, vocabulary=vocabulary)
                vectorizer.idf_ = arrays[f"idf{number}"]
                vectorizers.append(vectorizer)
            weights, bias = arrays["weights"], arrays["bias"]
        return cls(vectorizers, described["intents"], weights, bias, described["temperature"])


def _temperature(features: csr_matrix, intents: Sequence[str], groups: Sequence[int], options: TrainingOptions) -> float:
    """Measured on a fifth of the examples (with all their copies) that a second regression has not seen; 1 where there are
    too few examples to tell."""
    if len(intents) < _FEWEST_FOR_CALIBRATION:
        return 1.0
    splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=options.seed)
    train_rows, test_rows = next(splitter.split(features, groups=groups))
    regression = _fit_regression(features[train_rows], [intents[row] for row in train_rows], options)
    number_of = {name: number for number, name in enumerate(regression.classes_)}
    known = [row for row in test_rows if intents[row] in number_of]
    scores = _scores(features[known], by_feature(regression), regression.intercept_)
    return calibration_temperature(scores, [number_of[intents[row]] for row in known])
