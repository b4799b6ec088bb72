"""Bags of terms with weights, laid out so that one question costs one pass over the places where its terms stand."""

import math
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

D = TypeVar("D")

_K1, _B = 1.2, 0.6


def terms_of(words: Sequence[str]) -> list[str]:
    """Words and pairs of neighbouring words."""
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def pieces_of(words: Sequence[str]) -> list[str]:
    """Character pieces of three and four letters, words bounded by blanks."""
    text = f" {' '.join(words)} "
    return [text[i : i + size] for size in (3, 4) for i in range(len(text) - size + 1)]


class WeightedIndex:
    """Documents as bags of terms; ``scores`` adds up the weights of a question's terms per document.

    ``terms`` cuts a document into its terms, ``cosine``: TF-IDF cosines, else BM25. ``most``: a term that stands in more than
    this share of the documents is left out (it tells nothing, and costs most)."""

    def __init__(self, documents: Sequence[D], terms: Callable[[D], Sequence[str]], *, cosine: bool, most: float = 1.0) -> None:
        self.size = len(documents)
        self._cosine = cosine
        frequency: Counter[str] = Counter()
        total = 0
        # Documents are cut twice rather than kept cut: all pieces of a catalogue are hundreds of megabytes.
        for document in documents:
            found = terms(document)
            frequency.update(set(found))
            total += len(found)
        limit = max(50.0, most * self.size)
        kept = {term: n for term, n in frequency.items() if n <= limit}
        self._number = {term: i for i, term in enumerate(kept)}
        self.idf = {term: math.log(1 + (self.size - n + 0.5) / (n + 0.5)) for term, n in kept.items()}
        self._lay_out((Counter(terms(document)) for document in documents), total / max(1, self.size))

    def _lay_out(self, counts: Iterable[Counter[str]], average: float) -> None:
        numbers, rows, weights = array("i"), array("i"), array("f")
        for row, count in enumerate(counts):
            for term, weight in self._weights(count, average):
                numbers.append(self._number[term])
                rows.append(row)
                weights.append(weight)
        terms = np.frombuffer(numbers, np.int32) if numbers else np.zeros(0, np.int32)
        order = np.argsort(terms, kind="stable")
        self._rows: Ints = np.frombuffer(rows, np.int32)[order] if rows else np.zeros(0, np.int32)
        self._weights_of: Floats = np.frombuffer(weights, np.float32)[order] if weights else np.zeros(0, np.float32)
        self._start = np.concatenate([[0], np.cumsum(np.bincount(terms, minlength=len(self._number)))])

    def _weights(self, count: Counter[str], average: float) -> Iterable[tuple[str, float]]:
        known = [(term, n) for term, n in count.items() if term in self.idf]
        if self._cosine:
            return self._unit_vector(known)
        shrink = _K1 * (1 - _B + _B * sum(count.values()) / max(average, 1e-9))
        return [(t, self.idf[t] * n * (_K1 + 1) / (n + shrink)) for t, n in known]

    def _unit_vector(self, known: Collection[tuple[str, int]]) -> list[tuple[str, float]]:
        norm = math.sqrt(sum((self.idf[t] * (1 + math.log(n))) ** 2 for t, n in known)) or 1.0
        return [(t, self.idf[t] * (1 + math.log(n)) / norm) for t, n in known]

    def __contains__(self, term: str) -> bool:
        return term in self._number

    def frequency(self, term: str) -> int:
        """In how many documents the term stands."""
        number = self._number.get(term)
        return 0 if number is None else int(self._start[number + 1] - self._start[number])

    def documents_with(self, term: str) -> Ints:
        """The documents that have the term."""
        number = self._number[term]
        return self._rows[self._start[number] : self._start[number + 1]]

    def scores(self, weights: dict[str, float]) -> Floats:
        """One score a document for a question's terms with their weights; terms the index does not have count nothing."""
        known = [(self._number[term], weight) for term, weight in weights.items() if term in self._number]
        if not known:
            return np.zeros(self.size, np.float32)
        spans = [(int(self._start[n]), int(self._start[n + 1]), w) for n, w in known]
        rows = np.concatenate([self._rows[a:b] for a, b, _ in spans])
        found = np.concatenate([self._weights_of[a:b] * np.float32(w) for a, b, w in spans])
        return np.bincount(rows, found, self.size).astype(np.float32)

    def question(self, terms: Iterable[str]) -> dict[str, float]:
        """The weights of a question's terms: counts for BM25, a unit vector for cosines."""
        count = Counter(term for term in terms if term in self._number)
        if not self._cosine:
            return dict.fromkeys(count, 1.0)
        return dict(self._unit_vector(count.items()))
