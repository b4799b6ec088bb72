"""Writes a tiny weights file in the layout of the real one: one layer, 32 dimensions, a few dozen pieces."""

import struct
from collections.abc import Sequence

import numpy as np

HIDDEN, LAYERS, HEADS, INNER, POSITIONS, TYPES = 32, 1, 2, 64, 64, 2
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁khai", "▁sinh", "▁đăng", "▁ký", "▁query", "▁passage", ":", "▁kết", "▁hôn")
PIECES += (*"abcdeghiklmnopqrstuvxyđăâêôơư", "漢", "字", "▁русский", "<mask>")


def _quantised(rng: np.random.Generator, rows: int, columns: int) -> bytes:
    blocks = rows * columns // 32
    made = np.zeros(blocks, np.dtype([("scale", "<f2"), ("packed", "u1", 16)]))
    made["scale"] = 0.02
    made["packed"] = rng.integers(0, 256, (blocks, 16), dtype=np.uint8)
    return made.tobytes()


def _tensors() -> list[tuple[str, int, bytes]]:
    rng = np.random.default_rng(7)
    found: list[tuple[str, int, bytes]] = []

    def floats(name: str, values: np.ndarray) -> None:
        found.append((name, values.size, values.astype("<f4").tobytes()))

    def matrix(name: str, rows: int, columns: int) -> None:
        found.append((name + ".w", rows * columns, _quantised(rng, rows, columns)))
        floats(name + ".b", np.zeros(rows))

    vocabulary = len(PIECES) + 3
    found.append(("emb.word", vocabulary * HIDDEN, _quantised(rng, vocabulary, HIDDEN)))
    floats("emb.pos", rng.normal(0, 0.02, (POSITIONS, HIDDEN)))
    floats("emb.type", np.zeros((TYPES, HIDDEN)))
    floats("emb.ln.w", np.ones(HIDDEN))
    floats("emb.ln.b", np.zeros(HIDDEN))
    for name, rows, columns in (("q", HIDDEN, HIDDEN), ("k", HIDDEN, HIDDEN), ("v", HIDDEN, HIDDEN), ("ao", HIDDEN, HIDDEN)):
        matrix(f"l0.{name}", rows, columns)
    matrix("l0.fi", INNER, HIDDEN)
    matrix("l0.fo", HIDDEN, INNER)
    for name in ("aln", "oln"):
        floats(f"l0.{name}.w", np.ones(HIDDEN))
        floats(f"l0.{name}.b", np.zeros(HIDDEN))
    return found


def tiny_weights(pieces: Sequence[str] = PIECES) -> bytes:
    """The bytes of the file."""
    encoded = [piece.encode() for piece in pieces]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7i", 1, HIDDEN, LAYERS, HEADS, INNER, len(pieces) + 3, POSITIONS, TYPES)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + np.linspace(-1, -9, len(pieces)).astype("<f4").tobytes() + b"".join(encoded)
    head += struct.pack("<iI", 0, 0)
    tensors = _tensors()
    directory_size = 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name, _, _ in tensors)
    at = len(head) + directory_size
    directory = struct.pack("<i", len(tensors))
    for name, count, data in tensors:
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, count, at, len(data))
        at += len(data)
    return head + directory + b"".join(data for _, _, data in tensors)
