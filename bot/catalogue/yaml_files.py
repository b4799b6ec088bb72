"""Reading one YAML file of the catalogue into checked records, with the line of everything that is wrong.

The fast path parses once with libyaml. Only where something is wrong is the text read a second time, for the line numbers.
"""

import re
import unicodedata
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")

Location = tuple[str | int, ...]
Severity = Literal["error", "warning"]

MAX_BYTES = 1_000_000
"""A file above this size is refused: the largest honest file (people's words of one theme) is a fifth of it."""

_TOO_DEEP = re.compile(r"(?:[-?:][ \t\r\n]+){40}")
_MAX_BRACKETS = 1_000
_REMEMBERED = 512
"""Files whose records are remembered by their content: five times what ships."""


@dataclass(frozen=True)
class Problem:
    """Something wrong in a catalogue file: an ``error`` stops loading, a ``warning`` is only told."""

    file: str
    line: int
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        prefix = "" if self.severity == "error" else "warning: "
        return f"{self.file}:{self.line}: {prefix}{self.message}"


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML lets the second of two equal keys win silently; here it is an error, so that no fact is lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping; raises ``ConstructorError`` at a key that was seen before."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} is written twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


@dataclass(frozen=True)
class SourceFile:
    """The text of a file and its name as shown to people."""

    name: str
    text: str

    @cached_property
    def _tree(self) -> yaml.Node | None:
        return yaml.compose(self.text, Loader=yaml.CSafeLoader)

    def line_of(self, location: Location) -> int:
        """The line (from 1) of the value at this location, or of the nearest enclosing value that exists."""
        node, line = self._tree, 1
        for part in location:
            step = _child(node, part)
            if step is None:
                break
            node, line = step
        return line

    def problem(self, message: str, location: Location = (), severity: Severity = "error") -> Problem:
        """A problem at this location."""
        return Problem(self.name, self.line_of(location), message, severity)


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, item.start_mark.line + 1
    return None


@dataclass(frozen=True)
class Entry(Generic[R]):
    """A record together with the place it was read from."""

    record: R
    source: SourceFile
    at: Location = ()

    def problem(self, message: str, *location: str | int, severity: Severity = "error") -> Problem:
        """A problem of this record, at a location inside it."""
        return self.source.problem(message, (*self.at, *location), severity)


def read_data(path: Path, shown_as: str) -> tuple[Entry[Any] | None, list[Problem]]:
    """Reads one YAML or JSON file as it stands. Returns its content, or None and what is wrong with the file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, [Problem(shown_as, 1, f"cannot be read: {error.strerror}")]
    return _data_of(raw, shown_as)


def _data_of(raw: bytes, shown_as: str) -> tuple[Entry[Any] | None, list[Problem]]:
    source, problems = _source_of(raw, shown_as)
    if source is None:
        return None, problems
    try:
        return Entry(yaml.load(source.text, Loader=_UniqueKeyLoader), source), []  # noqa: S506 (a safe loader that refuses doubled keys)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, [Problem(shown_as, line, f"not valid YAML: {error.problem}")]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # ValueError: libyaml accepts a date such as 2026-02-31, datetime does not.
        return None, [Problem(shown_as, 1, f"not valid YAML: {str(error).splitlines()[0]}")]


def read_record(path: Path, shown_as: str, model: type[M]) -> tuple[Entry[M] | None, list[Problem]]:
    """Reads and validates one file. Returns the record, or None and everything that is wrong with the file. Records are frozen:
    a file that reads as it did before is not parsed again, so that checking one changed file among a hundred is quick."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, [Problem(shown_as, 1, f"cannot be read: {error.strerror}")]
    if len(raw) > MAX_BYTES:
        return None, [_too_large(shown_as)]
    entry, problems = _record_of(raw, shown_as, model)
    return entry, list(problems)


@lru_cache(maxsize=_REMEMBERED)
def _record_of(raw: bytes, shown_as: str, model: type[M]) -> tuple[Entry[M] | None, tuple[Problem, ...]]:
    read, problems = _data_of(raw, shown_as)
    if read is None:
        return None, tuple(problems)
    try:
        return Entry(model.model_validate(read.record), read.source), ()
    except ValidationError as error:
        found = error.errors(include_url=False)
        return None, tuple(_validation_problem(read.source, item["loc"], item["msg"]) for item in found)


def _validation_problem(source: SourceFile, location: Sequence[str | int], message: str) -> Problem:
    where = ".".join(str(part) for part in location)
    return source.problem(f"{where}: {message}" if where else message, tuple(location))


def _too_large(shown_as: str) -> Problem:
    return Problem(shown_as, 1, f"is larger than {MAX_BYTES} bytes")


def is_too_deep(text: str) -> bool:
    """Whether a YAML text may hold so many levels that no library should see it: libyaml's composer is recursive and would end
    the whole process, and a library that keeps comments takes seconds for each kilobyte of open brackets."""
    return text.count("[") + text.count("{") > _MAX_BRACKETS or _TOO_DEEP.search(text) is not None


def _source_of(raw: bytes, shown_as: str) -> tuple[SourceFile | None, list[Problem]]:
    if len(raw) > MAX_BYTES:
        return None, [_too_large(shown_as)]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [Problem(shown_as, raw[: error.start].count(b"\n") + 1, "is not UTF-8")]
    if is_too_deep(text):
        return None, [Problem(shown_as, 1, "is nested too deeply")]
    if not unicodedata.is_normalized("NFC", text):
        lines = enumerate(text.splitlines(), start=1)
        odd = next((number for number, line in lines if not unicodedata.is_normalized("NFC", line)), 1)
        return None, [Problem(shown_as, odd, "has letters in decomposed form (NFD); save the file as NFC")]
    return SourceFile(shown_as, text), []
