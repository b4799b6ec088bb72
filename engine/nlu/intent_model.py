"""Four TF-IDF views of a text and two linear classifiers over them: from a text to a probability per intent.

Views: characters and words, each of the text with marks and of the text without. Persisted as JSON and NumPy arrays, so that
loading a model never runs code from it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupShuffleSplit

from bot.language.cues import find_cues
from bot.language.masking import neutralise
from bot.language.normalise import clean, fold, fold_in_place
from bot.language.shorthand import expand
from engine.nlu.augmentation import Example
from engine.nlu.calibration import UNMEASURED, Calibration, calibrated
from engine.nlu.counted_views import CountedViews
from engine.nlu.linear_learners import LinearScores, counted_words, support_vectors

MAX_TEXT = 2_000
_FEWEST_FOR_CALIBRATION = 300
_FILE_FORMAT = 3


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
    """``c`` is the inverse strength of the regularisation; ``balanced`` weighs rare intents up."""

    c: float = 0.5
    balanced: bool = False
    min_df: int = 2
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


class IntentModel:
    """A trained classifier. Build it with ``fit`` or ``load``."""

    def __init__(self, vectorizers: list[TfidfVectorizer], scores: LinearScores, calibration: Calibration):
        self._vectorizers = vectorizers
        self._views = CountedViews(vectorizers)
        self._scores = scores
        self.intents = scores.intents
        self.calibration = calibration

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
        learners = _Learners(csr_matrix(hstack(parts)), intents, _first_word(parts), options)
        calibration = learners.measured([example.group for example in examples])
        first, second = learners.trained(np.arange(len(intents)))
        return cls(vectorizers, first.plus(second, calibration.share), calibration)

    def probabilities(self, texts: Sequence[str]) -> Any:
        """One row per text, one column per intent in the order of ``intents``; rows sum to 1. What reads the same is looked at
        once: most messages are one clause."""
        read = {text: readable(text) for text in dict.fromkeys(texts)}
        seen = [read[text] for text in texts]
        different = list(dict.fromkeys(seen))
        features = self._features(different)
        chances = self.calibration.chances(self._scores.of(features), _hints(features))
        return chances[[different.index(text) for text in seen]]

    def _features(self, texts: Sequence[str]) -> csr_matrix:
        """What the vectorizers' ``transform`` gives side by side."""
        # In another precision than the weights, every message would copy all of them.
        return self._views.features([_seen([text], view)[0] for text in texts for view in VIEWS], self._scores.weights.dtype)

    def save(self, folder: Path) -> None:
        """Writes the model into an existing folder."""
        described = {
            "format": _FILE_FORMAT,
            "intents": self.intents,
            "calibration": asdict(self.calibration),
            "vocabularies": [{term: int(at) for term, at in vec.vocabulary_.items()} for vec in self._vectorizers],
        }
        (folder / "intents.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        idf = {f"idf{number}": vec.idf_.astype(np.float32) for number, vec in enumerate(self._vectorizers)}
        np.savez_compressed(folder / "weights.npz", weights=self._scores.weights, bias=self._scores.bias, **idf)

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
            scores = LinearScores(described["intents"], arrays["weights"], arrays["bias"])
        return cls(vectorizers, scores, Calibration(**described["calibration"]))


def _first_word(parts: Sequence[csr_matrix]) -> int:
    """The column where the views of words begin; the views of characters stand before them."""
    return sum(part.shape[1] for part, view in zip(parts, VIEWS, strict=True) if view.analyzer != "word")


def _hints(features: csr_matrix) -> Any:
    return np.diff(features.indptr)


@dataclass(frozen=True)
class _Learners:
    """The training data of both classifiers."""

    features: csr_matrix
    intents: Sequence[str]
    first_word: int
    options: TrainingOptions

    def trained(self, rows: Any) -> tuple[LinearScores, LinearScores]:
        """Both classifiers, having seen these rows."""
        seen, intents = self.features[rows], [self.intents[row] for row in rows]
        options = self.options
        first = support_vectors(seen, intents, c=options.c, balanced=options.balanced, seed=options.seed)
        return first, counted_words(seen, intents, self.first_word)

    def measured(self, groups: Sequence[int]) -> Calibration:
        """Measured on a fifth of the examples (with all their copies) that two further classifiers have not seen; where there
        are too few examples to tell, ``UNMEASURED``."""
        if len(self.intents) < _FEWEST_FOR_CALIBRATION:
            return UNMEASURED
        splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=self.options.seed)
        train_rows, test_rows = next(splitter.split(self.features, groups=groups))
        first, second = self.trained(train_rows)
        column_of = {name: column for column, name in enumerate(first.intents)}
        known = [row for row in test_rows if self.intents[row] in column_of]
        asked = self.features[known]
        return calibrated(first.of(asked), second.of(asked), _hints(asked), [column_of[self.intents[row]] for row in known])
