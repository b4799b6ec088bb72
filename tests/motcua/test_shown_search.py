"""A long wait for vectors is shown, and changes nothing in what is found."""

import io
from collections.abc import Sequence

import numpy as np
from rich.console import Console

from bot.catalogue.embedding.encoder import EncoderLoad, Vectors
from motcua.shown_search import SLICE, CountedEncoder, search_with_progress
from tests.bot.catalogue.search.small_catalogue import BIRTH, SMALL, LetterEncoder


class Plain:
    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([[len(text)] for text in texts], np.float32).reshape(-1, 1)


def test_slices_are_told_and_joined_in_order() -> None:
    told: list[tuple[int, int]] = []
    texts = ["x" * (number % 7) for number in range(SLICE + 3)]
    found = CountedEncoder(Plain(), lambda done, total: told.append((done, total))).encode_passages(texts)
    assert found[:, 0].tolist() == [len(text) for text in texts]
    assert told == [(SLICE, SLICE + 3), (SLICE + 3, SLICE + 3)]


def test_nothing_to_encode_is_no_error() -> None:
    assert CountedEncoder(Plain(), lambda _done, _total: None).encode_passages([]).shape == (0, 1)


def test_the_search_with_a_bar_finds_the_same() -> None:
    console = Console(file=io.StringIO())
    for load in (EncoderLoad(LetterEncoder()), EncoderLoad(None, "switched off")):
        assert search_with_progress(SMALL, load, console).search("đăng ký khai sinh").hits[0].code == BIRTH
