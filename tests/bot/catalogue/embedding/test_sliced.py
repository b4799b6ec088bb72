"""Slices change nothing but what may happen between them."""

from collections.abc import Sequence

import numpy as np

from bot.catalogue.embedding.encoder import Vectors
from bot.catalogue.embedding.sliced import SlicedEncoder


class Lengths:
    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([[len(text)] for text in texts], np.float32).reshape(-1, 1)


def test_slices_are_told_and_joined_in_order() -> None:
    told: list[tuple[int, int]] = []
    texts = ["x" * (number % 7) for number in range(10)]
    found = SlicedEncoder(Lengths(), 4, lambda done, total: told.append((done, total))).encode_passages(texts)
    assert found[:, 0].tolist() == [len(text) for text in texts]
    assert told == [(4, 10), (8, 10), (10, 10)]


def test_nothing_to_encode_is_no_error() -> None:
    assert SlicedEncoder(Lengths(), 4, lambda _done, _total: None).encode_passages([]).shape == (0, 1)
