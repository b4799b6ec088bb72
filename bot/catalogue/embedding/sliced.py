"""An encoder that encodes many texts in slices, so that something can happen between them."""

from collections.abc import Callable, Sequence

import numpy as np

from bot.catalogue.embedding.encoder import Encoder, Vectors


class SlicedEncoder:
    """Passages are encoded ``size`` at a time; after each slice ``between`` hears of the texts done and of all."""

    def __init__(self, encoder: Encoder, size: int, between: Callable[[int, int], None]) -> None:
        self._encoder = encoder
        self._size = size
        self._between = between

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder.encode_queries``."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder.encode_passages``."""
        slices = []
        for start in range(0, max(1, len(texts)), self._size):
            slices.append(self._encoder.encode_passages(texts[start : start + self._size]))
            self._between(min(start + self._size, len(texts)), len(texts))
        return np.concatenate(slices)
