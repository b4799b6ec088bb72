"""Words against words: BM25 over words and word pairs, character pieces for misspellings, and how much of the question is
covered. All on folded text, so marks do not matter."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bot.catalogue.search.rows import Row

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_K1, _B = 1.2, 0.6


def terms_of(words: Sequence[str]) -> list[str]:
    """Words and pairs of neighbouring words."""
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def pieces_of(words: Sequence[str]) -> list[str]:
    """Character pieces of two to four letters, words bounded by blanks."""
    text = f" {' '.join(words)} "
    return [text[i : i + size] for size in (2, 3, 4) for i in range(len(text) - size + 1)]


@dataclass(frozen=True)
class _Postings:
    rows: Ints
    weights: Floats


class WeightedIndex:
    """Rows as bags of terms; ``scores`` adds up the weights of a question's terms per row."""

    def __init__(self, documents: Sequence[Sequence[str]], *, cosine: bool) -> None:
        self.size = len(documents)
        counts = [Counter(document) for document in documents]
        frequency = Counter(term for count in counts for term in count)
        self.idf = {term: math.log(1 + (self.size - n + 0.5) / (n + 0.5)) for term, n in frequency.items()}
        self._cosine = cosine
        average = sum(map(len, documents)) / max(1, self.size)
        gathered: dict[str, list[tuple[int, float]]] = {}
        for row, count in enumerate(counts):
            length = sum(count.values())
            norm = math.sqrt(sum((self.idf[t] * (1 + math.log(n))) ** 2 for t, n in count.items())) or 1.0
            for term, n in count.items():
                if cosine:
                    weight = self.idf[term] * (1 + math.log(n)) / norm
                else:
                    weight = self.idf[term] * n * (_K1 + 1) / (n + _K1 * (1 - _B + _B * length / max(average, 1e-9)))
                gathered.setdefault(term, []).append((row, weight))
        self._postings: Mapping[str, _Postings] = {
            term: _Postings(np.array([r for r, _ in found], np.int64), np.array([w for _, w in found], np.float32))
            for term, found in gathered.items()
        }

    def scores(self, terms: Iterable[str]) -> Floats:
        """One score a row: BM25, or the cosine where the index was built so."""
        count = Counter(term for term in terms if term in self._postings)
        found = np.zeros(self.size, np.float32)
        if not count:
            return found
        norm = math.sqrt(sum((self.idf[t] * (1 + math.log(n))) ** 2 for t, n in count.items())) or 1.0
        for term, n in count.items():
            postings = self._postings[term]
            factor = self.idf[term] * (1 + math.log(n)) / norm if self._cosine else 1.0
            found[postings.rows] += postings.weights * np.float32(factor)
        return found


@dataclass(frozen=True)
class LexicalScores:
    """Per row: BM25, character cosine, and the share of the question's weight that the row covers and the other way round."""

    bm25: Floats
    pieces: Floats
    covered: Floats
    fill: Floats


class LexicalIndex:
    """All rows, ready to be asked."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self._terms = WeightedIndex([terms_of(row.words) for row in rows], cosine=False)
        self._pieces = WeightedIndex([pieces_of(row.words) for row in rows], cosine=True)
        self.vocabulary = Counter(word for row in rows for word in row.words)
        self.pairs = {pair for row in rows for pair in pairwise(row.words)}
        gathered: dict[str, list[int]] = {}
        for index, row in enumerate(rows):
            for word in set(row.words):
                gathered.setdefault(word, []).append(index)
        self._word_rows = {word: np.array(found, np.int64) for word, found in gathered.items()}
        self._highest = max(self._terms.idf.values(), default=1.0)
        self._row_weight = np.array([sum(self.weight(w) for w in set(row.words)) for row in rows], np.float32)

    def weight(self, word: str) -> float:
        """How telling a word is; a word that no row has counts as the rarest."""
        return self._terms.idf.get(word, self._highest)

    def scores(self, words: Sequence[str], weights: Mapping[str, float], credit: Mapping[str, float]) -> LexicalScores:
        """All scores of a question. ``weights``: how much each of its words tells; ``credit``: how much of that a row gets
        that has the word."""
        covered = np.zeros(len(self.rows), np.float32)
        shared = np.zeros(len(self.rows), np.float32)
        total = sum(weights.values()) or 1.0
        for word, earned in credit.items():
            if word in self._word_rows:
                covered[self._word_rows[word]] += earned / total
        for word in set(words) & self._word_rows.keys():
            shared[self._word_rows[word]] += self.weight(word)
        fill = (shared / np.maximum(self._row_weight, 1e-6)).astype(np.float32)
        return LexicalScores(self._terms.scores(terms_of(words)), self._pieces.scores(pieces_of(words)), covered, fill)
