"""Vectors are computed once for a wording and a model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.catalogue.embedding.encoder import Vectors
from bot.catalogue.search.vector_cache import VectorCache


class Lengths:
    """Encodes a text as its length and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(-1, 2)


def test_only_new_wordings_are_encoded(tmp_path: Path) -> None:
    VectorCache(tmp_path, "model").vectors(["a", "bb"], Lengths())
    encode = Lengths()
    found = VectorCache(tmp_path, "model").vectors(["bb", "ccc", "a"], encode)
    assert encode.asked == ["ccc"]
    assert found[:, 0].tolist() == [2, 3, 1]
    assert VectorCache(tmp_path, "model").missing(["a", "dddd"]) == 1


def test_the_same_wording_twice_is_encoded_once(tmp_path: Path) -> None:
    encode = Lengths()
    assert VectorCache(tmp_path, "model").vectors(["a", "a"], encode).tolist() == [[1, 1], [1, 1]]
    assert encode.asked == ["a"]


def test_another_model_has_other_vectors(tmp_path: Path) -> None:
    VectorCache(tmp_path, "model").vectors(["a"], Lengths())
    encode = Lengths()
    VectorCache(tmp_path, "other").vectors(["a"], encode)
    assert encode.asked == ["a"]


def test_a_damaged_file_counts_as_empty(tmp_path: Path) -> None:
    VectorCache(tmp_path, "model").vectors(["a"], Lengths())
    (file,) = tmp_path.glob("*.npz")
    for broken in (b"", b"PK\x03\x04 broken", file.read_bytes()[:40]):
        file.write_bytes(broken)
        encode = Lengths()
        assert VectorCache(tmp_path, "model").vectors(["a"], encode).tolist() == [[1, 1]]
        assert encode.asked == ["a"]


def test_strange_text_has_a_vector_too(tmp_path: Path) -> None:
    assert VectorCache(tmp_path, "model").vectors(["\ud800", ""], Lengths()).shape == (2, 2)
