"""The one door to the JSON Schema library: whether a value holds, and what is wrong with it."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@contextmanager
def _as_if_missing(package: str) -> Iterator[None]:
    """An optional package is not found by what is imported meanwhile."""
    known = package in sys.modules
    if not known:
        sys.modules[package] = None  # type: ignore[assignment]  # so Python marks what cannot be imported
    try:
        yield
    finally:
        if not known:
            del sys.modules[package]


# Where this package is there (a tool of releases brings it), the library's import has it build the grammar of international
# addresses, for a format that nobody here checks: a third of what a process computes until it is ready.
with _as_if_missing("rfc3987_syntax"):
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

_BROKEN = (SchemaError, re.error, TypeError, ValueError, ArithmeticError, RecursionError)
"""What the library raises on a schema that the checker would have refused."""


@dataclass(frozen=True)
class Violation:
    """One rule that a value breaks: the rule's word in the schema, its limit, and the path of the value."""

    word: str
    limit: Any
    path: tuple[str | int, ...]

    @property
    def field_path(self) -> str:
        """The path as fields are named: ``members[0].name``."""
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).removeprefix(".")


def holds(schema: Mapping[str, Any], value: object) -> bool:
    """Whether the value fits the schema; a schema that cannot be read fits nothing."""
    try:
        return bool(Draft202012Validator(dict(schema)).is_valid(value))
    except _BROKEN:
        return False


def violations(schema: Mapping[str, Any], value: object) -> list[Violation]:
    """What is wrong with a value; nothing where the schema itself cannot be read (the checker tells that)."""
    try:
        found = list(Draft202012Validator(dict(schema)).iter_errors(value))
    except _BROKEN:
        return []
    return [Violation(str(error.validator), error.validator_value, tuple(error.absolute_path)) for error in found]


def schema_problem(schema: Mapping[str, Any]) -> tuple[str, tuple[str | int, ...]] | None:
    """Why this is no JSON Schema of 2020-12 and where, or None."""
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return str(error.message), tuple(error.absolute_path)
    except (TypeError, ValueError, RecursionError) as error:
        return str(error), ()
    return None
