"""Values as people type them into a form, turned into what the YAML holds; what cannot be read is told, never guessed. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.catalogue.editing.sections import Field
from bot.language.formats import spoken_date
from bot.language.money import find_money

_DAY = re.compile(r"(?:ngày\s*)?(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})", re.I)
_DAY_IN_WORDS = re.compile(r"(?:ngày\s*)?(\d{1,2})\s+tháng\s+(\d{1,2})\s*(?:,|/|\s)?\s*(?:năm\s*)?(\d{4})", re.I)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH = re.compile(r"(?:tháng\s*)?(\d{1,2})\s*(?:[/.-]|năm)\s*(\d{4})", re.I)
_ISO_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_PLAIN_MONEY = re.compile(r"(?:\d{1,3}(?:[.,\s]\d{3})+|\d{1,12})")
_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?")
_YEARS = range(1945, 2101)
MOST_MONEY = 1_000_000_000_000


class TypedError(ValueError):
    """What was typed cannot be read. ``key`` and ``values``: the text that tells it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True)
class Choices:
    """What the procedure and the catalogue offer: ids of cases and agencies with their names."""

    cases: Mapping[str, str] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)


def read_typed(spec: Field, typed: str, choices: Choices) -> Any:
    """The value; None where nothing was typed. Raises ``TypedError``."""
    if len(typed) > spec.longest:
        raise TypedError("too_long", longest=spec.longest)
    text = typed.strip()
    if not text:
        if spec.needed:
            raise TypedError("needed")
        return None
    return _READERS.get(spec.kind, _line)(spec, text, choices)


def write_typed(spec: Field, value: Any) -> str:
    """The value as a form shows it: days and amounts as people write them."""
    if spec.kind == "truth":
        return {True: "yes", False: "no"}.get(value, "unknown")
    if value is None:
        return ""
    if isinstance(value, date):
        return spoken_date(value)
    if spec.kind == "lines":
        return "\n".join(str(entry) for entry in value)
    if spec.kind == "money":
        return f"{value:,}".replace(",", ".")
    if spec.kind == "number":
        return f"{value:g}".replace(".", ",")
    return str(value)


def read_day(text: str) -> date:
    """A day: ``1/7/2025``, ``01-07-2025``, ``1.7.2025``, ``ngày 1 tháng 7 năm 2025``, ``2025-07-01``. Raises ``TypedError``."""
    if found := _ISO_DAY.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY.fullmatch(text) or _DAY_IN_WORDS.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    else:
        raise TypedError("no_day", typed=text[:40])
    try:
        read = date(year, month, day)
    except ValueError as error:
        raise TypedError("no_such_day", typed=text[:40]) from error
    if year not in _YEARS:
        raise TypedError("no_such_day", typed=text[:40])
    return read


def read_month(text: str) -> str:
    """The date of a source as the catalogue keeps it: ``7/2026`` is ``2026-07``, a whole day stays one. Raises ``TypedError``."""
    if found := _ISO_MONTH.fullmatch(text):
        year, month = (int(part) for part in found.groups())
    elif found := _MONTH.fullmatch(text):
        month, year = (int(part) for part in found.groups())
    else:
        return read_day(text).isoformat()
    if not 1 <= month <= 12 or year not in _YEARS:
        raise TypedError("no_such_day", typed=text[:40])
    return f"{year:04d}-{month:02d}"


def read_money(text: str) -> int:
    """An amount in đồng: ``8.000``, ``8000 đồng``, ``1,5 triệu``, ``20k``. Raises ``TypedError``."""
    bare = re.sub(r"\s*(?:đồng|đ|vnđ|vnd)\.?$", "", text, flags=re.I).strip()
    if _PLAIN_MONEY.fullmatch(bare):
        amount = int(re.sub(r"[.,\s]", "", bare))
    else:
        found = find_money(text)
        if len(found) != 1 or found[0].start != 0 or text[found[0].end :].strip(" ."):
            raise TypedError("no_money", typed=text[:40])
        amount = found[0].vnd
    if not 0 < amount <= MOST_MONEY:
        raise TypedError("money_above_zero")
    return amount


def _number(_spec: Field, text: str, _choices: Choices) -> float | int:
    if not _NUMBER.fullmatch(text):
        raise TypedError("no_number", typed=text[:40])
    value = float(text.replace(",", "."))
    if value <= 0:
        raise TypedError("number_above_zero")
    return int(value) if value.is_integer() else value


def _count(_spec: Field, text: str, _choices: Choices) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise TypedError("no_count", typed=text[:40])
    return int(text)


def _line(_spec: Field, text: str, _choices: Choices) -> str:
    return re.sub(r"\s+", " ", text)


def _lines(_spec: Field, text: str, _choices: Choices) -> list[str]:
    entries = [re.sub(r"\s+", " ", line).strip() for line in text.split("\n")]
    return [entry for entry in entries if entry]


def _choice(spec: Field, text: str, choices: Choices) -> str:
    offered = {"case": choices.cases, "agency": choices.agencies}.get(spec.kind, dict.fromkeys(spec.choices, ""))
    if text not in offered:
        raise TypedError("not_offered", typed=text[:40])
    return text


def _truth(_spec: Field, text: str, _choices: Choices) -> bool | None:
    if text not in ("yes", "no", "unknown"):
        raise TypedError("not_offered", typed=text[:40])
    return {"yes": True, "no": False}.get(text)


_READERS = {
    "number": _number,
    "count": _count,
    "money": lambda _spec, text, _choices: read_money(text),
    "day": lambda _spec, text, _choices: read_day(text),
    "month": lambda _spec, text, _choices: read_month(text),
    "lines": _lines,
    "choice": _choice,
    "case": _choice,
    "agency": _choice,
    "truth": _truth,
}
