"""Lines of a text file, packed or not, however hostile: bounded in length, in number and in what they unpack to."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from bot.catalogue.importing.findings import ImportRefusedError
from bot.catalogue.importing.limits import MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_ROWS, MAX_UNPACK_RATIO, MAX_UNPACKED_BYTES

GZIP_MAGIC = b"\x1f\x8b"
_ALWAYS_FINE = 64 << 20
_SKIP = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number from 1. ``text`` is None where it cannot be taken; ``problem`` then says why."""

    number: int
    text: str | None
    problem: str = ""


def check_size(path: Path) -> int:
    """The size of the file. Raises ``ImportRefusedError`` where it is missing, empty or too large."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ImportRefusedError(f"không đọc được tệp: {error.strerror}") from error
    if size == 0:
        raise ImportRefusedError("tệp rỗng")
    if size > MAX_FILE_BYTES:
        raise ImportRefusedError(f"tệp {size:,} byte, lớn hơn {MAX_FILE_BYTES:,}")
    return size


def head_of(path: Path, length: int = 8192) -> bytes:
    """The first bytes of the file, unpacked where it is packed with gzip."""
    check_size(path)
    try:
        with path.open("rb") as plain:
            head = plain.read(length)
        if not head.startswith(GZIP_MAGIC):
            return head
        with gzip.open(path) as packed:
            return packed.read(length)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportRefusedError(f"tệp nén gzip hỏng ({type(error).__name__})") from error


def read_all(path: Path, limit: int) -> str:
    """The whole text of the file. Raises ``ImportRefusedError`` above ``limit`` bytes or where it is not UTF-8."""
    with _opened(path) as stream:
        data = _guarded(lambda: stream.read(limit + 1))
    if len(data) > limit:
        raise ImportRefusedError(f"tệp lớn hơn {limit:,} byte cho loại này")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefusedError(f"tệp không phải UTF-8 (byte {error.start:,})") from error


def read_lines(path: Path, progress: Callable[[int], None] | None = None) -> Iterator[Line]:
    """All lines that hold something. ``progress`` is told after each line how many bytes of the file itself were read."""
    size = check_size(path)
    with path.open("rb") as raw:
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if head_starts_gzip(raw) else raw
        unpacked = number = 0
        while line := _guarded(lambda: stream.readline(MAX_LINE_BYTES + 1)):
            number += 1
            unpacked += len(line)
            too_long = len(line) > MAX_LINE_BYTES
            if too_long:
                unpacked += _skip_line(stream, size, unpacked)
            _check_unpacked(unpacked, size)
            if number > MAX_ROWS:
                raise ImportRefusedError(f"tệp có hơn {MAX_ROWS:,} dòng")
            if progress is not None:
                progress(min(raw.tell(), size))
            if too_long:
                yield Line(number, None, f"dòng dài hơn {MAX_LINE_BYTES:,} byte")
            elif line.strip():
                yield _decoded(number, line)


def head_starts_gzip(raw: BinaryIO) -> bool:
    """Whether the file is packed with gzip; its position stays at the beginning."""
    magic = raw.read(2)
    raw.seek(0)
    return magic == GZIP_MAGIC


def _opened(path: Path) -> BinaryIO:
    check_size(path)
    with path.open("rb") as raw:
        packed = head_starts_gzip(raw)
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")


def _guarded(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except (OSError, EOFError, zlib.error) as error:
        raise ImportRefusedError(f"tệp hỏng giữa chừng ({type(error).__name__}); hãy tải lại tệp") from error


def _skip_line(stream: BinaryIO, size: int, unpacked: int) -> int:
    """Reads on to the end of a line that is too long, without keeping it; how many bytes that was."""
    skipped = 0
    while piece := _guarded(lambda: stream.readline(_SKIP)):
        skipped += len(piece)
        _check_unpacked(unpacked + skipped, size)
        if piece.endswith(b"\n"):
            break
    return skipped


def _check_unpacked(unpacked: int, size: int) -> None:
    bomb = unpacked > _ALWAYS_FINE and unpacked > MAX_UNPACK_RATIO * size
    if bomb or unpacked > MAX_UNPACKED_BYTES:
        raise ImportRefusedError(f"tệp {size:,} byte giải nén ra hơn {unpacked:,} byte: không nhận")


def _decoded(number: int, line: bytes) -> Line:
    if b"\x00" in line:
        return Line(number, None, "có ký tự NUL")
    try:
        return Line(number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n"))
    except UnicodeDecodeError as error:
        return Line(number, None, f"không phải UTF-8 (byte thứ {error.start + 1} của dòng)")
