"""The yardstick of the search: BM25 as in textbooks. It shares no code with the product, so that it stays the same ruler."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

from bot.language.normalise import fold

K1, B = 1.2, 0.6
FIRST_ROWS = 60


class Named(Protocol):
    """A procedure with its wordings."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def official_name(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def questions(self) -> Sequence[str]: ...


class Bm25:
    """Documents as bags of words, read-only once built."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._size = len(documents)
        average = sum(map(len, documents)) / max(1, self._size) or 1.0
        frequency = Counter(word for document in documents for word in set(document))
        gathered: dict[str, list[tuple[int, float]]] = {}
        for row, document in enumerate(documents):
            length = 1 - B + B * len(document) / average
            for word, count in Counter(document).items():
                idf = math.log(1 + (self._size - frequency[word] + 0.5) / (frequency[word] + 0.5))
                gathered.setdefault(word, []).append((row, idf * count * (K1 + 1) / (count + K1 * length)))
        self._rows = {word: np.array([row for row, _ in found], np.int64) for word, found in gathered.items()}
        self._weights = {word: np.array([weight for _, weight in found], np.float32) for word, found in gathered.items()}

    def best(self, words: Iterable[str], count: int) -> list[int]:
        """The best documents for these words, best first; documents without any of them are left out."""
        scores = np.zeros(self._size, np.float32)
        for word in set(words) & self._rows.keys():
            scores[self._rows[word]] += self._weights[word]
        order = np.argsort(-scores, kind="stable")[:count]
        return [int(row) for row in order if scores[row] > 0]


def plain_bm25(procedures: Iterable[Named]) -> Callable[[str], list[str]]:
    """A search over the same names, aliases, questions and official names as ours: marks dropped, words split at blanks,
    nothing else. A procedure is as good as its best row."""
    rows = [
        (procedure.code, fold(text).split())
        for procedure in procedures
        for text in (procedure.name, procedure.official_name, *procedure.aliases, *procedure.questions)
    ]
    index = Bm25([words for _, words in rows])

    def search(text: str) -> list[str]:
        return list(dict.fromkeys(rows[row][0] for row in index.best(fold(text).split(), FIRST_ROWS)))

    return search
