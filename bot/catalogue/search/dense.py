"""Sentence vectors of all rows, and questions against them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.catalogue.embedding.encoder import Encoder, Vectors
from bot.catalogue.search.latest_kept import LatestKept
from bot.catalogue.search.rows import Row
from bot.catalogue.search.vector_cache import VectorCache

_REMEMBERED = 256

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Similarity:
    """Per matter: the cosine of the question with the nearest of its rows, and with all of them together."""

    nearest: Vectors
    together: Vectors


class DenseIndex:
    """Row vectors, and questions against them. ``starts``: where the rows of each matter begin; ``cache``: (folder, fingerprint
    of the model), or None to compute anew."""

    def __init__(self, rows: Sequence[Row], starts: Positions, encoder: Encoder, cache: tuple[Path, str] | None = None) -> None:
        self._encoder = encoder
        self._starts = starts
        texts = [row.text for row in rows]
        encode = encoder.encode_passages
        self._vectors = VectorCache(*cache).vectors(texts, encode) if cache else encode(texts)
        together = np.add.reduceat(self._vectors, starts, axis=0)
        self._together = together / np.maximum(np.linalg.norm(together, axis=1, keepdims=True), 1e-9)
        # One turn asks for the same words several times (whole message, clauses, follow-up).
        self._questions = LatestKept[str, Vectors](_REMEMBERED)

    def read_ahead(self, questions: Iterable[str]) -> None:
        """``similarity`` is going to be asked of these: the encoder reads them together."""
        unread = [one for one in dict.fromkeys(questions) if self._questions.get(one) is None]
        if unread:
            self._questions.keep(zip(unread, self._encoder.encode_queries(unread), strict=True))

    def similarity(self, question: str) -> Similarity:
        """How near the question is to each matter."""
        asked = self._questions.get(question)
        if asked is None:
            asked = self._encoder.encode_queries([question])[0]
            self._questions.keep([(question, asked)])
        return Similarity(np.maximum.reduceat(self._vectors @ asked, self._starts), self._together @ asked)
