"""Words against words, all on folded text, so marks do not matter: word pairs, character pieces, and how much of the question a
wording holds and the other way round."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bot.catalogue.search.rows import Row
from bot.catalogue.search.weighted import Floats, WeightedIndex, pieces_of, terms_of

COMMON_PIECE = 0.1
"""Character pieces of more than a tenth of the rows tell nothing and cost most."""
WEAK_TERM = 0.5


def _terms_of_all(wordings: Sequence[Sequence[str]]) -> list[str]:
    return [term for words in wordings for term in terms_of(words)]


@dataclass(frozen=True)
class Asked:
    """A question as the index reads it: its content words, spelling set right; what each word
    weighs, and what of that is earned by a row that has it; the ages told (``age_terms``)."""

    words: tuple[str, ...]
    weights: Mapping[str, float]
    credit: Mapping[str, float]
    ages: tuple[str, ...] = ()


@dataclass(frozen=True)
class LexicalScores:
    """Per matter (the best of its rows, but ``document``: all its rows as one text). ``pairs`` and ``document`` are BM25,
    ``reach`` is the highest BM25 the question could have."""

    pairs: Floats
    pieces: Floats
    covered: Floats
    balance: Floats
    document: Floats
    reach: float


class LexicalIndex:
    """All rows, ready to be asked. Rows must come in the order of their matters, every matter with one row at least."""

    def __init__(self, rows: Sequence[Row], matters: int) -> None:
        self.rows = tuple(rows)
        self.starts = np.searchsorted(np.array([row.matter for row in rows], np.int64), np.arange(matters)).astype(np.int64)
        words = [row.words for row in rows]
        terms = [(*row.words, *row.ages) for row in rows]
        of_matter: list[list[tuple[str, ...]]] = [[] for _ in range(matters)]
        for row, own in zip(rows, terms, strict=True):
            of_matter[row.matter].append(own)
        self._terms = WeightedIndex(terms, terms_of, cosine=False)
        self._pieces = WeightedIndex(words, pieces_of, cosine=True, most=COMMON_PIECE)
        self._documents = WeightedIndex(of_matter, _terms_of_all, cosine=False)
        self.vocabulary = Counter(word for row in rows for word in row.words)
        self.pairs = {pair for row in rows for pair in pairwise(row.words)}
        self._highest = max(self._terms.idf.values(), default=1.0)
        self._row_weight = np.array([sum(map(self.weight, set(own))) for own in terms], np.float32)

    def weight(self, word: str) -> float:
        """How telling a word is; a word that no row has counts as the rarest."""
        return self._terms.idf.get(word, self._highest)

    def best(self, by_row: Floats) -> Floats:
        """The best row's score, one a matter."""
        return np.maximum.reduceat(by_row, self.starts) if len(by_row) else by_row

    def scores(self, asked: Asked) -> LexicalScores:
        """All scores of a question."""
        terms = {term: self._emphasis(term, asked) for term in (*terms_of(asked.words), *asked.ages)}
        pairs = self._terms.scores(terms)
        pieces = self._pieces.scores(self._pieces.question(pieces_of(asked.words)))
        covered, fill = self._overlap(asked)
        balance = 2 * covered * fill / np.maximum(covered + fill, np.float32(1e-6))
        reach = sum(self._terms.idf.get(term, 0.0) for term in terms) or 1.0
        return LexicalScores(
            self.best(pairs),
            self.best(pieces),
            self.best(covered),
            self.best(balance),
            self._documents.scores(terms),
            reach,
        )

    def _emphasis(self, term: str, asked: Asked) -> float:
        """Pairs and telling words count in full, words that name nothing by themselves for less."""
        return WEAK_TERM if " " not in term and asked.weights.get(term, 0.0) < self.weight(term) else 1.0

    def _overlap(self, asked: Asked) -> tuple[Floats, Floats]:
        """Per row: the share of the question's weight that the row covers, and the share of the row's that is asked for."""
        covered = np.zeros(len(self.rows), np.float32)
        shared = np.zeros(len(self.rows), np.float32)
        total = sum(asked.weights.values()) or 1.0
        for word in asked.weights:
            if word in self._terms:
                rows = self._terms.documents_with(word)
                covered[rows] += np.float32(asked.credit[word] / total)
                shared[rows] += np.float32(self.weight(word))
        return covered, (shared / np.maximum(self._row_weight, 1e-6)).astype(np.float32)
