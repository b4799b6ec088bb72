"""Values out of JSON records that nobody promises anything about: each reader takes one kind, else raises ``BadValueError``."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from bot.catalogue.importing.limits import MAX_ITEMS, MAX_NESTING, MAX_TEXT
from bot.catalogue.importing.texts import tidy


class BadValueError(Exception):
    """A value has the wrong type or size. The text, in Vietnamese, names the key."""


def parse_object(line: str) -> Mapping[str, Any]:
    """One JSON object. NaN, Infinity, deep nesting and anything that is not an object raise ``BadValueError``."""
    if _too_deep(line):
        raise BadValueError(f"JSON lồng nhau quá {MAX_NESTING} tầng")
    try:
        value = json.loads(line, parse_constant=_no_constant)
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        # ValueError: a number of thousands of digits.
        raise BadValueError(f"không phải JSON đúng: {getattr(error, 'msg', error)}") from error
    if not isinstance(value, dict):
        raise BadValueError("không phải một bản ghi { … }")
    return value


def _too_deep(line: str) -> bool:
    """Depth by brackets outside strings is what counts; brackets inside them only make this check stricter, so it is asked
    only where there are many."""
    if line.count("[") + line.count("{") <= MAX_NESTING:
        return False
    depth = deepest = 0
    inside = escaped = False
    for char in line:
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside, escaped = True, False
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest > MAX_NESTING


def _no_constant(name: str) -> Any:
    raise BadValueError(f"giá trị {name} không phải là số")


def text_of(record: Mapping[str, Any], key: str) -> str | None:
    """The tidy text under the key; None where it is missing, null or empty."""
    value = record.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadValueError(f"«{key}» phải là chữ")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise BadValueError(f"«{key}» dài hơn {MAX_TEXT:,} chữ")
    return tidy(str(value)) or None


def number_of(record: Mapping[str, Any], key: str) -> float | None:
    """The finite number under the key, also where it is written as text; None where it is missing or empty."""
    value = record.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValueError(f"«{key}» phải là số")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise BadValueError(f"«{key}» phải là số") from error
    if not math.isfinite(number) or number < 0:
        raise BadValueError(f"«{key}» phải là số không âm, hữu hạn")
    return number


def count_of(record: Mapping[str, Any], key: str) -> int | None:
    """The small whole number under the key (of copies and the like)."""
    number = number_of(record, key)
    if number is None:
        return None
    if number > 10_000 or number != int(number):
        raise BadValueError(f"«{key}» phải là số nguyên nhỏ")
    return int(number)


def flag_of(record: Mapping[str, Any], key: str) -> bool | None:
    """True or false under the key, also as 1 and 0; None where it is missing."""
    value = record.get(key)
    if value is None or isinstance(value, bool):
        return value
    if value in (0, 1):
        return bool(value)
    raise BadValueError(f"«{key}» phải là đúng hoặc sai")


def texts_of(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The texts under the key; one text counts as a list of one."""
    value = record.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    items = _list(value, key)
    if any(not isinstance(item, str) for item in items):
        raise BadValueError(f"«{key}» phải là danh sách chữ")
    return tuple(text for text in (tidy(item[:MAX_TEXT]) for item in items) if text)


def objects_of(record: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """The objects under the key."""
    value = record.get(key)
    if value is None:
        return ()
    items = _list(value, key)
    if any(not isinstance(item, dict) for item in items):
        raise BadValueError(f"«{key}» phải là danh sách bản ghi")
    return items


def _list(value: object, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadValueError(f"«{key}» phải là danh sách")
    if len(value) > MAX_ITEMS:
        raise BadValueError(f"«{key}» có hơn {MAX_ITEMS:,} mục")
    return value
