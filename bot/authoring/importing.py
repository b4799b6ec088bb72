"""Many examples at once, from a table (CSV, XLSX) or Rasa's YAML: read within bounds, judged row by row, made into one change."""

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.authoring.documents import blocks_in, change_examples, nlu_blocks
from bot.authoring.example_checks import LONGEST_EXAMPLE, holds_private, key_of, marks_in, plain, shortened
from bot.authoring.faults import errors_in
from bot.authoring.git import Git
from bot.authoring.safe_yaml import decoded, yaml_faults
from bot.language.normalise import fold, nfc

MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
_MOST_UNPACKED = 60_000_000
_INTENT_NAMES = frozenset({"intent", "y dinh", "ten y dinh"})
_TEXT_NAMES = frozenset({"text", "example", "message", "cau", "cau mau", "cau hoi", "vi du", "noi dung"})

Fate = Literal["added", "folded", "contradiction", "fault"]


class ImportRefusedError(ValueError):
    """The file cannot be read at all; ``reason`` is the key of the text ``authoring_import_<reason>``."""

    def __init__(self, reason: str, **values: Any) -> None:
        super().__init__(reason)
        self.reason, self.values = reason, values


@dataclass(frozen=True)
class Row:
    """One example as it was sent: the row or line it stands in (from 1), its intent, its text."""

    number: int
    intent: str
    text: str


@dataclass(frozen=True)
class Told:
    """What became of a row that was not simply added. ``code``: the text ``authoring_row_<code>``; ``values`` fill it in."""

    number: int
    fate: Fate
    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportPlan:
    """The new texts by path, and what became of the rows."""

    files: Mapping[str, str | None]
    rows: int
    added: int
    told: Sequence[Told]

    def count(self, fate: Fate) -> int:
        """How many rows ended so."""
        return sum(1 for one in self.told if one.fate == fate)


def read_rows(name: str, raw: bytes) -> list[Row]:
    """The rows of a file by its name's ending. Raises ``ImportRefusedError``."""
    if len(raw) > MOST_BYTES:
        raise ImportRefusedError("too_large", most=MOST_BYTES // 1_000_000)
    ending = name.lower().rpartition(".")[2]
    readers = {"csv": _from_csv, "tsv": _from_csv, "xlsx": _from_xlsx, "yml": _from_yaml, "yaml": _from_yaml}
    if ending not in readers:
        raise ImportRefusedError("unknown_kind")
    rows: list[Row] = []
    for row in readers[ending](raw):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise ImportRefusedError("too_many_rows", most=MOST_ROWS)
    if not rows:
        raise ImportRefusedError("no_rows")
    return rows


def _from_csv(raw: bytes) -> Iterator[Row]:
    text = decoded("", raw)
    if not isinstance(text, str):
        raise ImportRefusedError("not_utf8")
    first = text.partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    yield from _from_table(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))


def _from_table(table: Any) -> Iterator[Row]:
    try:
        lines = iter(table)
        header = [" ".join(fold(str(cell or "")).replace("_", " ").split()) for cell in next(lines, ())]
        intent_at = next((at for at, cell in enumerate(header) if cell in _INTENT_NAMES), None)
        text_at = next((at for at, cell in enumerate(header) if cell in _TEXT_NAMES), None)
        if intent_at is None or text_at is None:
            raise ImportRefusedError("no_columns")
        for number, cells in enumerate(lines, start=2):
            values = [str(cell) if cell is not None else "" for cell in cells]
            if any(value.strip() for value in values):
                yield Row(number, _cell(values, intent_at), _cell(values, text_at))
    except csv.Error as error:
        raise ImportRefusedError("broken_table") from error


def _cell(values: Sequence[str], at: int) -> str:
    return " ".join(nfc(values[at])[: 4 * LONGEST_EXAMPLE].split()) if at < len(values) else ""


def _from_xlsx(raw: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
                raise ImportRefusedError("too_large", most=_MOST_UNPACKED // 1_000_000)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        yield from _from_table(sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=20, values_only=True))
    except ImportRefusedError:
        raise
    # Openpyxl says of a broken book what Python said of the part that broke.
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        SyntaxError,
        AttributeError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        struct.error,
        zlib.error,
    ) as error:
        raise ImportRefusedError("broken_table") from error


def _from_yaml(raw: bytes) -> Iterator[Row]:
    text = decoded("", raw)
    if not isinstance(text, str):
        raise ImportRefusedError("not_utf8")
    faults = errors_in(yaml_faults("", text))
    if faults:
        raise ImportRefusedError("broken_yaml", line=faults[0].line, problem=faults[0].message)
    for block in nlu_blocks("", text):
        if block.kind == "intent":
            for example in block.examples:
                yield Row(example.line, block.name, " ".join(nfc(example.text).split()))


def plan_import(
    git: Git, texts: Mapping[str, str], rows: Sequence[Row], tests: Mapping[str, str], entities: frozenset[str]
) -> ImportPlan:
    """What a change that takes the rows in looks like. Rows with a fault, those that are there already and those that stand in
    another intent are left out and told. ``tests``: see ``bot.authoring.example_checks.test_sentences``."""
    blocks = [block for block in blocks_in(texts) if block.kind == "intent"]
    paths = {block.name: block.path for block in blocks}
    owner = {key_of(one.text): block.name for block in blocks for one in block.examples}
    added: dict[str, list[str]] = {}
    told: list[Told] = []
    for row in rows:
        values = {"intent": row.intent[:60], "text": shortened(row.text)}
        if (fault := _fault_of(row, paths, tests, entities)) is not None:
            told.append(Told(row.number, "fault", fault, values))
            continue
        key = key_of(row.text)
        if (held_by := owner.get(key)) is None:
            owner[key] = row.intent
            added.setdefault(row.intent, []).append(row.text)
        elif held_by == row.intent:
            told.append(Told(row.number, "folded", "folded", values))
        else:
            told.append(Told(row.number, "contradiction", "contradiction", values | {"other": held_by}))
    files: dict[str, str | None] = {}
    for intent, lines in added.items():
        path = paths[intent]
        files[path] = change_examples(git, files.get(path) or texts[path], "intent", intent, add=lines)
    return ImportPlan(files, len(rows), sum(len(lines) for lines in added.values()), told)


def _fault_of(row: Row, paths: Mapping[str, str], tests: Mapping[str, str], entities: frozenset[str]) -> str | None:
    text = plain(row.text)
    if not key_of(row.text):
        return "no_text"
    if row.intent not in paths:
        return "unknown_intent"
    if len(text) > LONGEST_EXAMPLE:
        return "too_long"
    if text.startswith("/"):
        return "slash"
    if key_of(row.text) in tests:
        return "test_sentence"
    if any(entity not in entities for _, entity in marks_in(row.text)):
        return "unknown_entity"
    if holds_private(text):
        return "private_number"
    return None
