"""Dataclasses of plain values as JSON values: ``dataclasses.asdict`` without its deep copy of every string, which costs ten times
as much."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})
_KNOWN: dict[type[Any], tuple[str, ...]] = {}


def _names(kind: type[Any]) -> tuple[str, ...]:
    found = _KNOWN.get(kind)
    if found is None:
        found = _KNOWN[kind] = tuple(field.name for field in fields(kind))
    return found


def as_json_values(record: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, and so on inwards; lists, tuples and mappings are copied, everything else is shared.
    Raises ``TypeError`` for what is no dataclass."""
    return {name: _value(getattr(record, name)) for name in _names(type(record))}


def _value(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, list | tuple):
        return kind(map(_value, value))
    if isinstance(value, Mapping):
        return {key: _value(one) for key, one in value.items()}
    return as_json_values(value) if hasattr(kind, "__dataclass_fields__") else value
