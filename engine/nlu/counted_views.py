"""A message's features without what scikit-learn repeats for each: the same numbers, to the last bit.

``TfidfVectorizer.transform`` cuts every word into its pieces again and looks each of them up, builds several matrices, and checks
them. Citizens use the same words again and again: what a word's pieces are in the vocabulary is remembered.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.sparsefuncs_fast import inplace_csr_row_normalize_l2

_WORDS_KEPT = 8_192
"""Most Vietnamese syllables that are in use; a citizen's odd word is soon forgotten again."""

Columns = Callable[[str], Iterable[int]]


class CountedViews:
    """Fitted vectorizers with sublinear counts and rows of length 1, asked for one message after the other."""

    def __init__(self, vectorizers: Sequence[TfidfVectorizer]) -> None:
        self._columns = [_columns_of(vectorizer) for vectorizer in vectorizers]
        self._rarities = [np.asarray(vectorizer.idf_, dtype=np.float64) for vectorizer in vectorizers]
        self._begins = list(itertools.accumulate((len(vectorizer.vocabulary_) for vectorizer in vectorizers), initial=0))

    def features(self, views: Sequence[str], dtype: Any) -> csr_matrix:
        """One row a message, the columns of all vectorizers side by side. ``views``: each message as each vectorizer sees it,
        message by message."""
        parts, columns = [], []
        for number, text in enumerate(views):
            view = number % len(self._columns)
            counts = Counter(self._columns[view](text))
            # In the order in which SciPy multiplies: sums in single precision then come out the same to the last bit.
            order = sorted(counts, reverse=True)
            there = np.array(order, dtype=np.int32)
            told = np.array([counts[column] for column in order], dtype=np.float32)
            parts.append((np.log(told) + 1) * self._rarities[view][there])
            columns.append(there + np.int32(self._begins[view]))
        ends = np.cumsum([0, *map(len, parts)], dtype=np.int32)
        data, indices, width = np.concatenate(parts), np.concatenate(columns), self._begins[-1]
        # Each view of each message has the length 1. A matrix of them would be checked for nothing.
        inplace_csr_row_normalize_l2(SimpleNamespace(data=data, indices=indices, indptr=ends, shape=(len(parts), width)))
        rows = len(parts) // len(self._columns)
        return csr_matrix((data, indices, ends[:: len(self._columns)]), shape=(rows, width), dtype=dtype)


def _columns_of(vectorizer: TfidfVectorizer) -> Columns:
    """The columns of everything in a text that the vocabulary knows, as often as it stands there."""
    known = vectorizer.vocabulary_.get
    if vectorizer.analyzer == "word":
        analyze = vectorizer.build_analyzer()
        return lambda text: [column for gram in analyze(text) if (column := known(gram)) is not None]

    @lru_cache(_WORDS_KEPT)
    def of_word(word: str) -> tuple[int, ...]:
        return tuple(column for gram in vectorizer._char_wb_ngrams(word) if (column := known(gram)) is not None)

    return lambda text: itertools.chain.from_iterable(map(of_word, text.split()))
