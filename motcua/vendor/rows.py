"""Rows of the ledger as lines of JSON, the same whichever database they come from, and back.

Each value is one of eight kinds. ``moment``: ISO 8601 in UTC; ``day``: ISO date; ``bytes``: base64; ``json``: the value itself.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import types
from sqlalchemy.types import TypeEngine

from bot.storage.columns import UtcDateTime
from motcua.vendor.faults import PackError

Kinds = Mapping[str, str]
"""Column to kind."""

_KIND_OF_TYPE: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (types.JSON, "json"),
    (types.DateTime, "moment"),
    (types.Date, "day"),
    (types.Boolean, "truth"),
    (types.LargeBinary, "bytes"),
    (types.Float, "number"),
    (types.Integer, "whole"),
    (types.String, "text"),
)


def kind_of(column_type: TypeEngine[Any]) -> str:
    """The kind of a column of ours, as the models declare it or as a database shows it. Raises ``PackError``."""
    if isinstance(column_type, UtcDateTime):
        return "moment"
    for found, kind in _KIND_OF_TYPE:
        if isinstance(column_type, found):
            return kind
    raise PackError(f"không biết cách chép cột kiểu {type(column_type).__name__}")


def type_of(kind: str, *, nullable: bool) -> TypeEngine[Any]:
    """The type to write values of a kind with."""
    if kind == "json":
        return types.JSON(none_as_null=nullable)
    made: Mapping[str, Callable[[], TypeEngine[Any]]] = {
        "moment": UtcDateTime,
        "day": types.Date,
        "truth": types.Boolean,
        "bytes": types.LargeBinary,
        "number": types.Float,
        "whole": types.BigInteger,
        "text": types.Text,
    }
    return made[kind]()


def line_of(row: Mapping[str, Any], kinds: Kinds) -> bytes:
    """One row as one line. Raises ``PackError`` for a value that JSON has no word for."""
    values = {name: None if row[name] is None else _TO_JSON[kind](row[name]) for name, kind in kinds.items()}
    try:
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    except ValueError as error:
        raise PackError(f"có giá trị không viết được thành JSON ({error})") from error


def row_of(line: bytes, kinds: Kinds) -> dict[str, Any]:
    """The row of a line. Raises ``ValueError`` (its message names the column) where it is not exactly a row of these kinds."""
    found = json.loads(line, parse_constant=_no_constant)
    if not isinstance(found, dict) or found.keys() != kinds.keys():
        raise ValueError("không đúng các cột của bảng")
    return {name: None if value is None else _read(name, value, kinds[name]) for name, value in found.items()}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} không phải JSON")


def _read(name: str, value: Any, kind: str) -> Any:
    expected, read = _FROM_JSON[kind]
    # True is a whole number to Python, and would be one to SQLite.
    if not isinstance(value, expected) or (isinstance(value, bool) and kind in ("whole", "number")):
        raise ValueError(f"cột {name}: không phải {kind}")
    try:
        return read(value)
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"cột {name}: không phải {kind}") from error


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def _same(value: Any) -> Any:
    return value


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)


_TO_JSON: Mapping[str, Callable[[Any], Any]] = {
    "json": _same,
    "moment": lambda value: value.astimezone(UTC).isoformat(timespec="microseconds"),
    "day": lambda value: value.isoformat(),
    "truth": bool,
    "bytes": lambda value: base64.b64encode(value).decode(),
    "number": float,
    "whole": int,
    "text": _same,
}
_FROM_JSON: Mapping[str, tuple[Any, Callable[[Any], Any]]] = {
    "json": (object, _same),
    "moment": (str, _moment),
    "day": (str, date.fromisoformat),
    "truth": (bool, _same),
    "bytes": (str, _bytes),
    "number": ((int, float), float),
    "whole": (int, _same),
    "text": (str, _same),
}
KINDS = frozenset(_TO_JSON)
