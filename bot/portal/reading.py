"""The strict reading of a portal's JSON. Whatever the contract does not describe raises ``ContractChanged``, which names the
field and never repeats its value."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from bot.clock import VIETNAM_TIME
from bot.portal.errors import ContractChanged
from bot.portal.moments import Moment

T = TypeVar("T", bound=str)

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def as_object(data: object, name: str) -> Mapping[str, Any]:
    """``data`` as a JSON object."""
    if not isinstance(data, dict):
        raise ContractChanged(f"{name}: not an object")
    return data


def read_value(fields: Mapping[str, Any], name: str) -> Any:
    """The field, which must be there (it may be null)."""
    if name not in fields:
        raise ContractChanged(f"{name}: missing")
    return fields[name]


def read_text(fields: Mapping[str, Any], name: str, longest: int) -> str:
    """A non-empty line: NFC, without invisible characters, blanks and line breaks collapsed to single blanks."""
    value = read_value(fields, name)
    if not isinstance(value, str) or len(value) > 3 * longest:  # NFD writes up to three characters for one
        raise ContractChanged(f"{name}: not a text of up to {longest} characters")
    line = clean_line(value)
    if not line or len(line) > longest:
        raise ContractChanged(f"{name}: not a text of 1 to {longest} characters")
    return line


def clean_line(text: str) -> str:
    """NFC, without invisible characters, blanks and line breaks collapsed to single blanks."""
    shown = "".join(_shown(char) for char in text)
    return " ".join(unicodedata.normalize("NFC", shown).split())


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    return " " if category in ("Cc", "Zl", "Zp") else "" if category in ("Cf", "Cs", "Co", "Cn") else char


def read_optional_text(fields: Mapping[str, Any], name: str, longest: int) -> str | None:
    """As ``read_text``, or None for null."""
    return None if read_value(fields, name) is None else read_text(fields, name, longest)


def read_matching(fields: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    """A text that matches as a whole."""
    value = read_value(fields, name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ContractChanged(f"{name}: not of the form {pattern.pattern}")
    return value


def read_choice(fields: Mapping[str, Any], name: str, choices: Mapping[str, T]) -> T:
    """One of the words of ``choices``."""
    value = read_value(fields, name)
    if not isinstance(value, str) or value not in choices:
        raise ContractChanged(f"{name}: none of {', '.join(choices)}")
    return choices[value]


def read_optional_choice(fields: Mapping[str, Any], name: str, choices: Mapping[str, T]) -> T | None:
    """As ``read_choice``, or None for null."""
    return None if read_value(fields, name) is None else read_choice(fields, name, choices)


def read_whole_number(fields: Mapping[str, Any], name: str, most: int, least: int = 0) -> int:
    """A whole number from ``least`` to ``most``."""
    value = read_value(fields, name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ContractChanged(f"{name}: not a whole number from {least} to {most}")
    return value


def read_optional_whole_number(fields: Mapping[str, Any], name: str, most: int) -> int | None:
    """As ``read_whole_number``, or None for null."""
    return None if read_value(fields, name) is None else read_whole_number(fields, name, most)


def read_list(fields: Mapping[str, Any], name: str, most: int) -> list[Any]:
    """A list of at most ``most`` entries."""
    entries = read_value(fields, name)
    if not isinstance(entries, list) or len(entries) > most:
        raise ContractChanged(f"{name}: not a list of up to {most}")
    return entries


def read_flag(fields: Mapping[str, Any], name: str) -> bool:
    """True or false."""
    value = read_value(fields, name)
    if not isinstance(value, bool):
        raise ContractChanged(f"{name}: neither true nor false")
    return value


def read_instant(fields: Mapping[str, Any], name: str) -> datetime:
    """A date-time with an offset, in Vietnam time."""
    value = read_value(fields, name)
    if not isinstance(value, str):
        raise ContractChanged(f"{name}: not a date-time")
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ContractChanged(f"{name}: a date-time without an offset")
        return instant.astimezone(VIETNAM_TIME)
    except (ValueError, OverflowError) as error:
        raise ContractChanged(f"{name}: not a date-time") from error


def read_moment(fields: Mapping[str, Any], name: str) -> Moment:
    """A date-time with an offset, or a date where the source has no time."""
    value = read_value(fields, name)
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return Moment(date.fromisoformat(value))
        except ValueError as error:
            raise ContractChanged(f"{name}: not a date") from error
    instant = read_instant(fields, name)
    return Moment(instant.date(), instant)


def read_optional_moment(fields: Mapping[str, Any], name: str) -> Moment | None:
    """As ``read_moment``, or None for null."""
    return None if read_value(fields, name) is None else read_moment(fields, name)
