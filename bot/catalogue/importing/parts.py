"""The parts of an imported record that are compared and decided on one by one, and a record that keeps parts of another. Pure."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from bot.catalogue.importing.record import ImportedRecord

PART_FIELDS: dict[str, tuple[str, ...]] = {
    "fee": ("fees_state", "fees"),
    "time": ("times",),
    "papers": ("papers",),
    "agency": ("receiving", "deciding", "executing_raw", "receiving_address"),
    "level": ("levels",),
    "legal_basis": ("legal_basis",),
    "steps": ("steps",),
    "conditions": ("conditions",),
    "result": ("result",),
    "name": ("name", "official_name"),
    "online": ("online", "online_note"),
    "validity": ("valid_from", "valid_to"),
}
PARTS = tuple(PART_FIELDS)

_ADAPTER: TypeAdapter[ImportedRecord] = TypeAdapter(ImportedRecord)
_BY_WORDS = ("fee", "time", "papers")
"""Parts whose items carry their source's words beside the value: other words for the same value are no difference."""


def part_digests(record: ImportedRecord) -> dict[str, str]:
    """One hash for what the record states in each part."""
    values = _ADAPTER.dump_python(record, mode="json")
    return {part: _digest(part, {name: values[name] for name in names}) for part, names in PART_FIELDS.items()}


def part_digest(record: ImportedRecord, part: str) -> str:
    """The hash of one part."""
    return part_digests(record)[part]


def _digest(part: str, values: Any) -> str:
    stated = _without_raw(values) if part in _BY_WORDS else values
    return hashlib.sha256(json.dumps(stated, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _without_raw(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_raw(inner) for key, inner in value.items() if key != "raw"}
    return [_without_raw(inner) for inner in value] if isinstance(value, list) else value


def with_kept(record: ImportedRecord, earlier: ImportedRecord, part: str) -> ImportedRecord:
    """The record with one part of an earlier one."""
    kept: dict[str, Any] = {name: getattr(earlier, name) for name in PART_FIELDS[part]}
    return replace(record, **kept)
