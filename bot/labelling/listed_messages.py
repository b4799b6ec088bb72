"""A list of messages to label, as people save it from a spreadsheet: one message a row, read without trust. Pure."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.labelling.example_text import masked_example, says_something
from bot.language.normalise import fold

MOST_BYTES = 6 * 1024 * 1024
MOST_ROWS = 10_000
LONGEST_ROW = 4_000
_MOST_LINES = 20
"""Lines of one message in quotation marks; more is a mark that was never closed."""
_OPENS = re.compile(r"(?:^|[,;\t]) *\"")
_BEGINS = re.compile(r' *"(?![",;\s]|$)')
_COLUMNS = ("text", "cau", "cau hoi", "tin nhan", "noi dung", "message", "question")


class UnreadableListError(ValueError):
    """The file is no list; ``reason``: ``empty``, ``too_large``, ``not_text``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ListedMessage:
    """One row. ``line``: where it begins in the file, from 1. ``text`` is masked; None where ``fault`` says why the row is not
    taken: ``encoding``, ``quote``, ``too_long``, ``empty``, ``only_number``, ``too_many``. ``read``: the share of the file that
    is read with it, 0 to 1."""

    line: int
    text: str | None
    fault: str | None
    read: float


def read_list(content: bytes) -> Iterator[ListedMessage]:
    """The rows of a CSV file (comma, semicolon or tab; UTF-8, or UTF-16 with its mark). A first row that names the column of the
    messages is a heading; else the first column holds them. Raises ``UnreadableListError`` before the first row."""
    lines = list(io.StringIO(_text_of(content), newline=""))
    if not any(line.strip() for line in lines):
        raise UnreadableListError("empty")
    delimiter = _delimiter(lines[0])
    return _rows(lines, delimiter)


def _text_of(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise UnreadableListError("too_large")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    text = content.decode("utf-8-sig", errors="replace")
    broken = text.count("\ufffd") + text.count("\x00")
    if broken > 10 and broken > len(text) / 20:
        raise UnreadableListError("not_text")
    return text


def _delimiter(first: str) -> str:
    return max(",;\t", key=first.count)


def _rows(lines: list[str], delimiter: str) -> Iterator[ListedMessage]:
    column, at, taken = 0, 0, 0
    while at < len(lines):
        end = _end_of_row(lines, at)
        record = "".join(lines[at:end])
        cells = _cells(record, delimiter)
        if at == 0 and (named := _column(cells)) is not None:
            column = named
        elif record.strip():
            taken += 1
            if taken > MOST_ROWS:
                yield ListedMessage(at + 1, None, "too_many", 1.0)
                return
            text, fault = _message(cells[column] if column < len(cells) else "", closed=_is_closed(record))
            yield ListedMessage(at + 1, text, fault, end / len(lines))
        at = end


def _end_of_row(lines: list[str], start: int) -> int:
    """The line after the row that begins here. A quotation mark that is not closed soon makes a row of this line alone, so that
    it cannot swallow those after it."""
    if not _OPENS.search(lines[start]):
        return start + 1
    marks = 0
    for end in range(start, min(start + _MOST_LINES, len(lines))):
        if end > start and _BEGINS.match(lines[end]):
            break
        marks += lines[end].count('"')
        if marks % 2 == 0:
            return end + 1
    return start + 1


def _is_closed(record: str) -> bool:
    return not _OPENS.search(record) or record.count('"') % 2 == 0


def _cells(record: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([record.replace("\x00", "\ufffd")], delimiter=delimiter), [])
    except csv.Error:
        return [record]


def _column(cells: list[str]) -> int | None:
    names = [" ".join(fold(cell).split()) for cell in cells]
    return next((names.index(name) for name in _COLUMNS if name in names), None)


def _message(cell: str, *, closed: bool) -> tuple[str | None, str | None]:
    if not closed:
        return None, "quote"
    if "\ufffd" in cell:
        return None, "encoding"
    if len(cell) > LONGEST_ROW:
        return None, "too_long"
    text = masked_example(cell)
    if not text:
        return None, "empty"
    return (text, None) if says_something(text) else (None, "only_number")
