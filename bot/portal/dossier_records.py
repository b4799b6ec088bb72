"""The portal's list of all dossiers: what is counted and compared. It holds no person and no dossier code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.portal.errors import ContractChanged
from bot.portal.moments import Moment
from bot.portal.reading import (
    as_object,
    read_choice,
    read_flag,
    read_instant,
    read_list,
    read_matching,
    read_moment,
    read_optional_moment,
    read_text,
    read_value,
)
from bot.portal.records import MAX_SUPPLEMENTS

FilingChannel = Literal["online", "direct", "postal"]
"""As the catalogue names them."""

MAX_RECORDS = 200
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_SYSTEM = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_STATUS = re.compile(r"[A-Za-z0-9_.-]{1,20}", re.ASCII)
_CURSOR = re.compile(r"[A-Za-z0-9_.~=-]{1,200}", re.ASCII)
_CHANNELS: Mapping[str, FilingChannel] = {"online": "online", "counter": "direct", "post": "postal"}


@dataclass(frozen=True)
class RecordedSupplement:
    """One round in which papers were asked for."""

    requested_at: Moment
    answered_at: Moment | None


@dataclass(frozen=True)
class DossierRecord:
    """One dossier of the list. ``electronic_result``, ``digitised`` and ``disliked``: None where the portal does not say."""

    record_id: str
    source_system: str
    procedure_code: str
    unit_code: str
    unit_name: str
    channel: FilingChannel
    status_code: str
    received_at: Moment | None
    due_at: Moment | None
    ended_at: Moment | None
    supplements: tuple[RecordedSupplement, ...]
    fee_due: bool
    paid_online: bool
    electronic_result: bool | None
    digitised: bool | None
    disliked: bool | None
    as_of: datetime


@dataclass(frozen=True)
class DossierRecordPage:
    """A page of the list. ``refused``: records that were not as the contract says, with what was wrong with the first of them;
    the others are good all the same."""

    records: tuple[DossierRecord, ...]
    next_cursor: str
    more: bool
    refused: int = 0
    first_fault: str | None = None


def parse_record_page(data: object) -> DossierRecordPage:
    """Reads a page. Raises ``ContractChanged`` where it is no page; one broken record does not hold back the others."""
    fields = as_object(data, "records")
    good: list[DossierRecord] = []
    faults: list[str] = []
    for entry in read_list(fields, "records", MAX_RECORDS):
        try:
            good.append(parse_record(entry))
        except ContractChanged as error:
            faults.append(str(error))
    return DossierRecordPage(
        records=tuple(good),
        next_cursor=read_matching(fields, "next_cursor", _CURSOR),
        more=read_flag(fields, "more"),
        refused=len(faults),
        first_fault=faults[0] if faults else None,
    )


def parse_record(data: object) -> DossierRecord:
    """Reads one record. Raises ``ContractChanged``."""
    fields = as_object(data, "record")
    return DossierRecord(
        record_id=read_matching(fields, "record_id", _ID),
        source_system=read_matching(fields, "source_system", _SYSTEM),
        procedure_code=read_text(fields, "procedure_code", 40),
        unit_code=read_text(fields, "unit_code", 40),
        unit_name=read_text(fields, "unit_name", 300),
        channel=read_choice(fields, "channel", _CHANNELS),
        status_code=read_matching(fields, "status_code", _STATUS),
        received_at=read_optional_moment(fields, "received_at"),
        due_at=read_optional_moment(fields, "due_at"),
        ended_at=read_optional_moment(fields, "ended_at"),
        supplements=tuple(_supplement(entry) for entry in read_list(fields, "supplements", MAX_SUPPLEMENTS)),
        fee_due=read_flag(fields, "fee_due"),
        paid_online=read_flag(fields, "paid_online"),
        electronic_result=_optional_flag(fields, "electronic_result"),
        digitised=_optional_flag(fields, "digitised"),
        disliked=_optional_flag(fields, "disliked"),
        as_of=read_instant(fields, "as_of"),
    )


def _supplement(data: object) -> RecordedSupplement:
    fields = as_object(data, "supplements")
    return RecordedSupplement(read_moment(fields, "requested_at"), read_optional_moment(fields, "answered_at"))


def _optional_flag(fields: Mapping[str, Any], name: str) -> bool | None:
    return None if read_value(fields, name) is None else read_flag(fields, name)
