"""Reading evaluation tables strictly: every fault is named with its line, and nothing is measured on a half-read file."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.conversations.citizen_text import EmptyTextError, TextTooLongError, accepted_text

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
SHOWN_FAULTS = 20
NO_STYLE = "–"
NOT_IN_CATALOGUE = frozenset({"", "-", "none"})
"""What stands in place of codes where no procedure of the catalogue is meant."""

_TEXT_TITLES = frozenset({"message", "query", "text", "tin nhắn", "câu hỏi"})
_LABEL_TITLES = frozenset({"label", "intent", "codes", "code", "gold", "expected", "ý định", "nhãn", "mã"})


class EvaluationFileError(Exception):
    """The file cannot be measured on. ``faults`` holds ``file:line: what is wrong``, for the person who wrote it."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        more = len(self.faults) - SHOWN_FAULTS
        shown = [*self.faults[:SHOWN_FAULTS], *([f"… và {more} lỗi nữa"] if more > 0 else [])]
        super().__init__("\n".join(shown))


@dataclass(frozen=True)
class Row:
    """One line of a table: the text as a citizen types it, what stands in the label column, the style, and where it stands."""

    line: int
    text: str
    label: str
    style: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The label read as acceptable procedure codes; empty where no procedure of the catalogue is meant."""
        return tuple(code for part in self.label.split(",") if (code := part.strip()) not in NOT_IN_CATALOGUE)

    @property
    def in_catalogue(self) -> bool:
        """Whether a procedure of the catalogue must be found; ``-`` among the codes makes "I do not know" right as well."""
        return not any(part.strip() in NOT_IN_CATALOGUE for part in self.label.split(","))


def text_of_file(path: Path) -> str:
    """The content of a file as text. Raises ``EvaluationFileError``: missing, too large, empty, or not UTF-8 (with the line)."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise EvaluationFileError([f"{path}:1: tệp lớn hơn {MAX_BYTES // 1_000_000} MB"])
        content = path.read_bytes()
    except OSError as error:
        raise EvaluationFileError([f"{path}: không đọc được ({error.strerror})"]) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise EvaluationFileError([f"{path}:{line}: không phải UTF-8"]) from error
    if not text.strip():
        raise EvaluationFileError([f"{path}:1: tệp rỗng"])
    return text


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first line names the columns."""
    titles = [unicodedata.normalize("NFC", cell).strip().casefold() for cell in cells[:2]]
    return len(titles) == 2 and titles[0] in _TEXT_TITLES and titles[1] in _LABEL_TITLES


def read_table(path: Path, *, label_may_be_empty: bool = False) -> list[Row]:
    """The rows of a table: text ⇥ label ⇥ style ⇥ anything. Blank lines are passed over; a header is optional.

    Raises ``EvaluationFileError`` with all faults: a missing column, an empty or too long text, a text that stands twice."""
    lines = text_of_file(path).split("\n")
    if len(lines) > MAX_ROWS:
        raise EvaluationFileError([f"{path}:{MAX_ROWS + 1}: hơn {MAX_ROWS} dòng"])
    rows: list[Row] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, cells in _cells(lines):
        if number == 1 and is_header(cells):
            continue
        found = _row(number, cells, label_may_be_empty=label_may_be_empty)
        if isinstance(found, str):
            faults.append(f"{path}:{number}: {found}")
        elif found.text in seen:
            faults.append(f"{path}:{number}: trùng với dòng {seen[found.text]}")
        else:
            seen[found.text] = number
            rows.append(found)
    if not rows and not faults:
        faults.append(f"{path}:1: chỉ có dòng tiêu đề")
    if faults:
        raise EvaluationFileError(faults)
    return rows


def _cells(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line.rstrip("\r").split("\t")


def _row(number: int, cells: Sequence[str], *, label_may_be_empty: bool) -> Row | str:
    """The row, or what is wrong with it."""
    if len(cells) < 2:
        return "thiếu cột nhãn (các cột cách nhau bằng dấu tab)"
    try:
        text = accepted_text(cells[0])
    except EmptyTextError:
        return "tin nhắn rỗng"
    except TextTooLongError:
        return "tin nhắn dài hơn mức nhận được"
    label = unicodedata.normalize("NFC", cells[1]).strip()
    if not label and not label_may_be_empty:
        return "nhãn rỗng"
    style = unicodedata.normalize("NFC", cells[2]).strip() if len(cells) > 2 else ""
    return Row(number, text, label, style or NO_STYLE)
