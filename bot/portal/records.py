"""What the portal tells of a dossier, and the strict reading of its JSON.

Unknown fields are dropped unread, so that a name which a portal sends by mistake goes no further. Everything else that
the contract does not describe raises ``ContractChanged``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.portal.errors import ContractChanged
from bot.portal.moments import Moment
from bot.portal.reading import (
    as_object,
    read_instant,
    read_list,
    read_matching,
    read_moment,
    read_optional_choice,
    read_optional_moment,
    read_optional_text,
    read_text,
    read_whole_number,
)

__all__ = [
    "MAX_SUPPLEMENTS",
    "Dossier",
    "FactorType",
    "LookupFactor",
    "Moment",
    "MustAct",
    "ResultMethod",
    "SupplementRequest",
    "parse_dossier",
]

MustAct = Literal["citizen", "agency", "nobody"]
ResultMethod = Literal["counter", "post"]
FactorType = Literal["lookup_code", "phone_proof", "identity_proof"]

MAX_SUPPLEMENTS = 50
_MUST_ACT: Mapping[str, MustAct] = {"citizen": "citizen", "agency": "agency", "nobody": "nobody"}
_RESULT_METHODS: Mapping[str, ResultMethod] = {"counter": "counter", "post": "post"}
_SYSTEM = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_STATUS = re.compile(r"[A-Za-z0-9_.-]{1,20}", re.ASCII)


@dataclass(frozen=True)
class LookupFactor:
    """The second proof beside the dossier code. Its value never shows in a log.

    ``lookup_code``: printed on the slip. ``phone_proof``: short-lived, from ``confirm_one_time_code``. ``identity_proof``:
    short-lived, from ``identity_proof`` after a login on the portal's own page; the only one that opens papers."""

    value: str = field(repr=False)
    type: FactorType = "lookup_code"


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


def parse_dossier(data: object, asked_code: str | None) -> Dossier:
    """Reads the portal's answer for ``asked_code`` (None: any dossier, as in a list of changes); raises ``ContractChanged``
    where it is not the contract's dossier, or is another one than asked for (two agencies may issue one date and counter)."""
    fields = as_object(data, "dossier")
    code = read_text(fields, "dossier_code", 64)
    if asked_code is not None and code != asked_code:
        raise ContractChanged("dossier_code: another dossier than the one asked for")
    return Dossier(
        dossier_code=code,
        source_system=read_matching(fields, "source_system", _SYSTEM),
        status_code=read_matching(fields, "status_code", _STATUS),
        as_of=read_instant(fields, "as_of"),
        procedure_code=read_optional_text(fields, "procedure_code", 40),
        procedure_name=read_optional_text(fields, "procedure_name", 500),
        receiving_unit=read_optional_text(fields, "receiving_unit", 300),
        received_at=read_optional_moment(fields, "received_at"),
        due_at=read_optional_moment(fields, "due_at"),
        ended_at=read_optional_moment(fields, "ended_at"),
        current_step=read_optional_text(fields, "current_step", 300),
        current_unit=read_optional_text(fields, "current_unit", 300),
        must_act=read_optional_choice(fields, "must_act", _MUST_ACT),
        supplement_requests=tuple(
            _supplement(as_object(entry, "supplement_requests"))
            for entry in read_list(fields, "supplement_requests", MAX_SUPPLEMENTS)
        ),
        result_method=read_optional_choice(fields, "result_method", _RESULT_METHODS),
        result_place=read_optional_text(fields, "result_place", 300),
    )


def _supplement(fields: Mapping[str, Any]) -> SupplementRequest:
    return SupplementRequest(
        requested_at=read_moment(fields, "requested_at"),
        deadline=read_optional_moment(fields, "deadline"),
        item_count=read_whole_number(fields, "item_count", 1000),
        answered_at=read_optional_moment(fields, "answered_at"),
    )
