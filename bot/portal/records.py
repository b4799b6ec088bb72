"""What the portal tells of a dossier, and the strict reading of its JSON.

Unknown fields are dropped unread, so that a name which a portal sends by mistake goes no further. Everything else that
the contract does not describe raises ``ContractChanged``.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from bot.clock import VIETNAM_TIME
from bot.portal.errors import ContractChanged

MustAct = Literal["citizen", "agency", "nobody"]
ResultMethod = Literal["counter", "post"]

T = TypeVar("T", bound=str)

MAX_SUPPLEMENTS = 50
_MUST_ACT: Mapping[str, MustAct] = {"citizen": "citizen", "agency": "agency", "nobody": "nobody"}
_RESULT_METHODS: Mapping[str, ResultMethod] = {"counter": "counter", "post": "post"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SYSTEM = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_STATUS = re.compile(r"[A-Za-z0-9_.-]{1,20}", re.ASCII)


@dataclass(frozen=True)
class LookupFactor:
    """The second proof: the lookup code printed on the slip. Its value never shows in a log."""

    value: str = field(repr=False)
    type: Literal["lookup_code"] = "lookup_code"


@dataclass(frozen=True)
class Moment:
    """A day, with its time where the source recorded one (Vietnam time). No time is ever made up."""

    day: date
    at: datetime | None = None


@dataclass(frozen=True)
class SupplementRequest:
    """One round in which papers were asked for: how many and until when, not which."""

    requested_at: Moment
    deadline: Moment | None
    item_count: int
    answered_at: Moment | None


@dataclass(frozen=True)
class Dossier:
    """What a holder of the slip may see. ``status_code`` is the code of ``source_system``; ``as_of`` is when that system
    last stated it (aware, Vietnam time). ``supplement_requests`` are oldest first."""

    dossier_code: str = field(repr=False)
    source_system: str
    status_code: str
    as_of: datetime
    procedure_code: str | None = None
    procedure_name: str | None = None
    receiving_unit: str | None = None
    received_at: Moment | None = None
    due_at: Moment | None = None
    ended_at: Moment | None = None
    current_step: str | None = None
    current_unit: str | None = None
    must_act: MustAct | None = None
    supplement_requests: tuple[SupplementRequest, ...] = ()
    result_method: ResultMethod | None = None
    result_place: str | None = None


def parse_dossier(data: object, asked_code: str) -> Dossier:
    """Reads the portal's answer for ``asked_code``; raises ``ContractChanged`` where it is not the contract's dossier, or is
    another dossier than the one asked for (two agencies may issue the same date and counter)."""
    fields = _object(data, "dossier")
    if _text(fields, "dossier_code", 64) != asked_code:
        raise ContractChanged("dossier_code: another dossier than the one asked for")
    return Dossier(
        dossier_code=asked_code,
        source_system=_matching(fields, "source_system", _SYSTEM),
        status_code=_matching(fields, "status_code", _STATUS),
        as_of=_instant(fields, "as_of"),
        procedure_code=_optional_text(fields, "procedure_code", 40),
        procedure_name=_optional_text(fields, "procedure_name", 500),
        receiving_unit=_optional_text(fields, "receiving_unit", 300),
        received_at=_optional_moment(fields, "received_at"),
        due_at=_optional_moment(fields, "due_at"),
        ended_at=_optional_moment(fields, "ended_at"),
        current_step=_optional_text(fields, "current_step", 300),
        current_unit=_optional_text(fields, "current_unit", 300),
        must_act=_choice(fields, "must_act", _MUST_ACT),
        supplement_requests=_supplements(fields),
        result_method=_choice(fields, "result_method", _RESULT_METHODS),
        result_place=_optional_text(fields, "result_place", 300),
    )


def _object(data: object, name: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise ContractChanged(f"{name}: not an object")
    return data


def _value(fields: Mapping[str, Any], name: str) -> Any:
    if name not in fields:
        raise ContractChanged(f"{name}: missing")
    return fields[name]


def _text(fields: Mapping[str, Any], name: str, longest: int) -> str:
    """A non-empty line: NFC, without invisible characters, blanks and line breaks collapsed to single blanks."""
    value = _value(fields, name)
    if not isinstance(value, str) or len(value) > 3 * longest:  # NFD writes up to three characters for one
        raise ContractChanged(f"{name}: not a text of up to {longest} characters")
    shown = "".join(_shown(char) for char in value)
    line = " ".join(unicodedata.normalize("NFC", shown).split())
    if not line or len(line) > longest:
        raise ContractChanged(f"{name}: not a text of 1 to {longest} characters")
    return line


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    return " " if category in ("Cc", "Zl", "Zp") else "" if category in ("Cf", "Cs", "Co", "Cn") else char


def _optional_text(fields: Mapping[str, Any], name: str, longest: int) -> str | None:
    return None if _value(fields, name) is None else _text(fields, name, longest)


def _matching(fields: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = _value(fields, name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ContractChanged(f"{name}: not of the form {pattern.pattern}")
    return value


def _choice(fields: Mapping[str, Any], name: str, choices: Mapping[str, T]) -> T | None:
    value = _value(fields, name)
    if value is None:
        return None
    if not isinstance(value, str) or value not in choices:
        raise ContractChanged(f"{name}: none of {', '.join(choices)}")
    return choices[value]


def _instant(fields: Mapping[str, Any], name: str) -> datetime:
    value = _value(fields, name)
    if not isinstance(value, str):
        raise ContractChanged(f"{name}: not a date-time")
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ContractChanged(f"{name}: a date-time without an offset")
        return instant.astimezone(VIETNAM_TIME)
    except (ValueError, OverflowError) as error:
        raise ContractChanged(f"{name}: not a date-time") from error


def _moment(fields: Mapping[str, Any], name: str) -> Moment:
    value = _value(fields, name)
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return Moment(date.fromisoformat(value))
        except ValueError as error:
            raise ContractChanged(f"{name}: not a date") from error
    instant = _instant(fields, name)
    return Moment(instant.date(), instant)


def _optional_moment(fields: Mapping[str, Any], name: str) -> Moment | None:
    return None if _value(fields, name) is None else _moment(fields, name)


def _supplements(fields: Mapping[str, Any]) -> tuple[SupplementRequest, ...]:
    entries = _value(fields, "supplement_requests")
    if not isinstance(entries, list) or len(entries) > MAX_SUPPLEMENTS:
        raise ContractChanged(f"supplement_requests: not a list of up to {MAX_SUPPLEMENTS}")
    return tuple(_supplement(_object(entry, "supplement_requests")) for entry in entries)


def _supplement(fields: Mapping[str, Any]) -> SupplementRequest:
    count = _value(fields, "item_count")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 1000:
        raise ContractChanged("item_count: not a number of papers")
    return SupplementRequest(
        requested_at=_moment(fields, "requested_at"),
        deadline=_optional_moment(fields, "deadline"),
        item_count=count,
        answered_at=_optional_moment(fields, "answered_at"),
    )
