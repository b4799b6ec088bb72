"""Distrustful reading of a webhook's JSON: each function gives a value of the type it names, or raises ``UnreadableError``."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.gateway.webhooks import MalformedEventError

_MOST_NESTED = 60
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,1000}")
_LONGEST_EVENT_ID = 190
_LATEST = 4_102_444_800_000
"""The year 2100, in milliseconds."""

JsonObject = Mapping[str, Any]


class UnreadableError(ValueError):
    """One item of a webhook is not what the platform documents; the message says which part, without its content."""


def decoded(body: bytes) -> JsonObject:
    """The body as a JSON object. Raises ``MalformedEventError``."""
    try:
        data = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("not JSON") from error
    if not isinstance(data, dict):
        raise MalformedEventError("not an object")
    if _is_nested_deeper(data, _MOST_NESTED):
        raise MalformedEventError("nested too deeply")
    return data


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _is_nested_deeper(data: Any, limit: int) -> bool:
    level = [data]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def object_in(data: JsonObject, key: str) -> JsonObject:
    """An object that must be there."""
    value = data.get(key)
    if not isinstance(value, dict):
        raise UnreadableError(f"{key} is no object")
    return value


def text_in(data: JsonObject, key: str) -> str | None:
    """A text; None where there is none or it is empty."""
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise UnreadableError(f"{key} is no text")
    return value or None


def list_in(data: JsonObject, key: str) -> list[Any]:
    """A list; empty where there is none."""
    value = data.get(key)
    if value is not None and not isinstance(value, list):
        raise UnreadableError(f"{key} is no list")
    return value or []


def id_in(data: JsonObject, key: str) -> str | None:
    """An id, as text also where it came as a number: ids are longer than a float can hold. None where there is none."""
    value = data.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise UnreadableError(f"{key} is no id")
    return value


def message_id_in(data: JsonObject, key: str = "mid") -> str | None:
    """A message's id as the ledger can hold it (a digest where it is too long); None where there is none."""
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not _MESSAGE_ID.fullmatch(value):
        raise UnreadableError(f"{key} is no message id")
    return value if len(value) <= _LONGEST_EVENT_ID else digest_of(value, 64)


def moment_in(data: JsonObject, key: str) -> datetime | None:
    """A time in milliseconds since 1970; None where there is none, or one of no use."""
    value = data.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 13:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LATEST:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def digest_of(value: Any, length: int = 16) -> str:
    """A short name that the same content always gets."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:length]
