"""The normalised record that is kept in the database: every parsed value beside the source's own words.

A record says of each section whether the source states something (``present``), states that there is nothing (``absent``) or is
silent (``unknown``); silence is never spoken as "none". Same content, same bytes, same hash, so that versions share records.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from bot.catalogue.importing.raw import Completeness, EarlierVersion
from bot.catalogue.schema import Channel, FeeKind, TimeUnit

State = Literal["present", "absent", "unknown"]
RECORD_FORMAT = 1
"""Rises when records of older releases can no longer be read; those are then imported again."""


@dataclass(frozen=True, slots=True)
class StatedText:
    """A text section: what is known of it, and the source's own words."""

    state: State = "unknown"
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedTime:
    """One time limit. ``text`` is None where the source's words give none that may be spoken; ``note`` says what is doubtful."""

    text: str | None
    raw: str | None
    amount: float | None = None
    unit: TimeUnit | None = None
    channel: Channel = "any"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedFee:
    """One fee. ``kind`` follows ``bot.catalogue.schema.FeeKind``; zero is never free by itself."""

    kind: FeeKind
    text: str | None
    raw: str | None
    amount_vnd: int | None = None
    channel: Channel = "any"
    note: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedPaper:
    """One paper; ``raw`` where the shown name differs from the source's words."""

    name: str
    how: Literal["submit", "show"] = "submit"
    originals: int | None = None
    copies: int | None = None
    form: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedGroup:
    """Papers of one case, or of a section that everybody needs (``title``), or of the whole dossier."""

    papers: tuple[ImportedPaper, ...]
    case: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedCase:
    """A case that the list of papers makes; ``raw`` is its whole title."""

    id: str
    name: str
    raw: str


@dataclass(frozen=True, slots=True)
class ImportedPapers:
    """All papers, the rows that are only notes, and what is doubtful about the list."""

    state: State = "unknown"
    cases: tuple[ImportedCase, ...] = ()
    groups: tuple[ImportedGroup, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedAgency:
    """An agency as it is named now. ``id`` is one of ``data/catalogue/agencies.yml``, or one made from the name."""

    id: str
    name: str
    raw: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ListedRow:
    """What an official list says of the procedure; kept beside the record, so that neither wipes the other."""

    name: str
    field: str | None = None
    issuing: str | None = None
    executing: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedRecord:
    """One procedure as imported and judged. The dates are those of the source: ``as_of`` of the crawl or publication."""

    code: str
    name: str
    official_name: str
    completeness: Completeness
    source_name: str
    as_of: str
    field: str | None = None
    levels: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    kind: str | None = None
    decision: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    province: str | None = None
    receiving: ImportedAgency | None = None
    deciding: ImportedAgency | None = None
    executing_raw: str | None = None
    receiving_address: StatedText = StatedText()
    steps: StatedText = StatedText()
    times: tuple[ImportedTime, ...] = ()
    fees_state: State = "unknown"
    fees: tuple[ImportedFee, ...] = ()
    papers: ImportedPapers = ImportedPapers()
    conditions: StatedText = StatedText()
    result: StatedText = StatedText()
    legal_basis: tuple[str, ...] = ()
    keywords: str | None = None
    portal_url: str | None = None
    online: bool | None = None
    online_note: str | None = None
    earlier: tuple[EarlierVersion, ...] = ()
    listed: ListedRow | None = None
    dated: bool = True
    """Whether ``as_of`` is the source's own date; else it is the day of the import."""
    format: int = RECORD_FORMAT


ByChannel = TypeVar("ByChannel", ImportedTime, ImportedFee)


def over_channels(items: Iterable[ByChannel], channels: frozenset[str]) -> tuple[ByChannel, ...]:
    """Equal fees or limits of every way to file become one that holds for any."""
    same: dict[ByChannel, list[ByChannel]] = {}
    for item in items:
        same.setdefault(replace(item, channel="any", raw=None), []).append(item)
    lines: list[ByChannel] = []
    for found in same.values():
        by_channel = {item.channel: item for item in found}
        whole = by_channel.keys() >= channels or "any" in by_channel
        lines += [replace(found[0], channel="any")] if whole else list(by_channel.values())
    return tuple(lines)


_ADAPTER: TypeAdapter[ImportedRecord] = TypeAdapter(ImportedRecord)
assert set(get_args(State)) == {"present", "absent", "unknown"}


class UnreadableRecordError(Exception):
    """A stored record is not one that this release can read; the text names the code."""


def to_json(record: ImportedRecord) -> str:
    """The record as JSON text, the same for the same content."""
    return _ADAPTER.dump_json(record, exclude_defaults=True).decode()


def from_json(text: str, code: str) -> ImportedRecord:
    """The stored record. Raises ``UnreadableRecordError`` where it is not one."""
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise UnreadableRecordError(f"{code}: {error.error_count()} problem(s) in the stored record") from error


def fingerprint(payload: str) -> str:
    """The hash that names a record's content."""
    return hashlib.sha256(payload.encode()).hexdigest()


def listing_json(record: ImportedRecord) -> str:
    """The few values that the search and the lists need of every record, kept apart so that they load without the rest."""
    return json.dumps(
        {
            "name": record.name,
            "official": record.official_name,
            "field": effective_field(record),
            "levels": record.levels,
            "targets": record.targets,
            "earlier": sorted({e.name for e in record.earlier if e.name and e.name != record.official_name}),
            "agency": record.deciding.name if record.deciding else None,
            "agencies": [[a.id, a.name] for a in (record.receiving, record.deciding) if a],
            "province": record.province,
            "as_of": record.as_of,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def effective_field(record: ImportedRecord) -> str:
    """The field: the record's own, else the list's."""
    return record.field or (record.listed.field if record.listed else None) or "Chưa ghi lĩnh vực"
