"""The imported catalogue in the database: versions that share their records, and one pointer to the live one.

Records are written first, a few hundred a transaction: they are named by their content and harm nobody. Then one transaction
writes the version and moves the pointer; a crash before it leaves the old version live.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.catalogue.imported import ImportedListing, ImportedVersion
from bot.catalogue.importing.record import from_json, listing_json, to_json
from bot.catalogue.importing.refused import as_spoken, read_refusals
from bot.storage.database import SessionFactory, writing
from bot.storage.models import CatalogueMember, CataloguePointer, CatalogueRecord, CatalogueVersion

POINTER = "live"
BATCH = 400
"""Records a transaction: some 3 MB, well inside the time that others wait for the write lock."""

_TO_COMPRESS = 6


class CatalogueChangedError(Exception):
    """Somebody else switched the catalogue while an import was under way; nothing was changed by us."""


class NoVersionError(Exception):
    """The version asked for does not exist. The text, in Vietnamese, says so."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version is live, and how often that has changed."""

    version: int | None
    switches: int


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record ready to be kept."""

    code: str
    sha256: str
    listing: str
    payload: str


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version in words: what lists and reports show."""

    number: int
    imported_at: datetime
    source_name: str
    source_sha256: str
    source_format: str
    counts: Mapping[str, Any]
    previous: int | None
    live: bool
    live_from: datetime | None
    live_until: datetime | None


def live_pointer(session: Session) -> Pointer:
    """The pointer; no version where nothing was imported yet."""
    row = session.get(CataloguePointer, POINTER)
    return Pointer(row.version_id, row.switches) if row else Pointer(None, 0)


def live_members(session: Session, version: int | None) -> dict[str, str]:
    """The hash of each code's record in a version."""
    if version is None:
        return {}
    rows = session.execute(select(CatalogueMember.code, CatalogueMember.sha256).where(CatalogueMember.version_id == version))
    return {row[0]: row[1] for row in rows}


def payloads_of(session: Session, keys: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Code and stored text of these records (code and hash), read in batches."""
    wanted = iter(keys)
    while batch := list(islice(wanted, BATCH)):
        rows = session.execute(
            select(CatalogueRecord.code, CatalogueRecord.payload).where(
                tuple_(CatalogueRecord.code, CatalogueRecord.sha256).in_(batch)
            )
        )
        yield from ((code, payload) for code, payload in rows)


def save_records(sessions: SessionFactory, records: Sequence[StoredRecord], now: datetime) -> None:
    """Keeps the records that are not kept yet."""
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        with writing(sessions) as session:
            keys = [(record.code, record.sha256) for record in batch]
            found = session.execute(
                select(CatalogueRecord.code, CatalogueRecord.sha256).where(
                    tuple_(CatalogueRecord.code, CatalogueRecord.sha256).in_(keys)
                )
            )
            known = {(code, sha) for code, sha in found}
            fresh = [record for record in batch if (record.code, record.sha256) not in known]
            if fresh:
                session.execute(insert(CatalogueRecord), [_record_row(record, now) for record in fresh])


def _record_row(record: StoredRecord, now: datetime) -> dict[str, Any]:
    return {
        "code": record.code,
        "sha256": record.sha256,
        "listing": record.listing,
        "payload": record.payload,
        "first_seen_at": now,
    }


def switch_to_new(
    sessions: SessionFactory, members: Mapping[str, str], report: Mapping[str, Any], seen: Pointer, now: datetime
) -> int:
    """Writes the version and makes it live, in one transaction; its number. ``seen`` is the pointer that the import began with:
    raises ``CatalogueChangedError`` where it moved since."""
    source = report["source"]
    with writing(sessions) as session:
        version = CatalogueVersion(
            imported_at=now,
            source_name=source["name"][:200],
            source_sha256=source["sha256"],
            source_format=source["format"],
            counts=dict(report["counts"]),
            report=dict(report),
            previous_id=seen.version,
            live_from=now,
        )
        session.add(version)
        session.flush()
        number = version.id
        rows = [{"version_id": number, "code": code, "sha256": sha} for code, sha in sorted(members.items())]
        if rows:
            session.execute(insert(CatalogueMember), rows)
        _move(session, seen, number, now)
    return number


def _move(session: Session, seen: Pointer, version: int | None, now: datetime) -> None:
    if seen.version is not None:
        session.execute(update(CatalogueVersion).where(CatalogueVersion.id == seen.version).values(live_until=now))
    if session.get(CataloguePointer, POINTER) is None:
        session.add(CataloguePointer(name=POINTER, version_id=None, switches=0))
        session.flush()
    moved = session.execute(
        update(CataloguePointer)
        .where(CataloguePointer.name == POINTER, CataloguePointer.switches == seen.switches)
        .values(version_id=version, switches=seen.switches + 1)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined] # an UPDATE's result has it
        raise CatalogueChangedError("the live catalogue was switched by somebody else")


def undo(sessions: SessionFactory, now: datetime) -> Pointer:
    """Makes the version before the live one live again; none where the live one was the first. Raises ``NoVersionError`` where
    nothing is live."""
    with writing(sessions) as session:
        seen = live_pointer(session)
        live = session.get(CatalogueVersion, seen.version) if seen.version is not None else None
        if live is None:
            raise NoVersionError("chưa có phiên bản nào được nhập, không có gì để quay lại")
        _move(session, seen, live.previous_id, now)
        if live.previous_id is not None:
            session.execute(
                update(CatalogueVersion).where(CatalogueVersion.id == live.previous_id).values(live_from=now, live_until=None)
            )
        return Pointer(live.previous_id, seen.switches + 1)


def versions(session: Session) -> list[VersionInfo]:
    """All versions, newest first."""
    return _infos(session, live_pointer(session).version)


def _infos(session: Session, live: int | None, only: int | None = None) -> list[VersionInfo]:
    columns = (
        CatalogueVersion.id,
        CatalogueVersion.imported_at,
        CatalogueVersion.source_name,
        CatalogueVersion.source_sha256,
        CatalogueVersion.source_format,
        CatalogueVersion.counts,
        CatalogueVersion.previous_id,
        CatalogueVersion.live_from,
        CatalogueVersion.live_until,
    )
    query = select(*columns).order_by(CatalogueVersion.id.desc())
    rows = session.execute(query.where(CatalogueVersion.id == only) if only is not None else query)
    return [VersionInfo(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[0] == live, r[7], r[8]) for r in rows]


def live_version_info(session: Session) -> VersionInfo | None:
    """The live version in words, or None. One small query: the health page asks it every second."""
    live = live_pointer(session).version
    return next(iter(_infos(session, live, only=live)), None) if live is not None else None


def report_of(session: Session, version: int | None) -> dict[str, Any]:
    """The report of a version, of the live one where none is named. Raises ``NoVersionError``."""
    number = version if version is not None else live_pointer(session).version
    row = session.get(CatalogueVersion, number) if number is not None else None
    if row is None:
        raise NoVersionError("chưa có phiên bản nào được nhập" if version is None else f"không có phiên bản {version}")
    return dict(row.report)


def read_live(session: Session) -> ImportedVersion | None:
    """The live version, whole, its records packed, with the old words where people refused new ones; None: nothing is live."""
    listings: list[ImportedListing] = []
    packed: dict[str, bytes] = {}
    refusals = read_refusals(session)

    def take(code: str, listing: str, payload: str) -> None:
        if code in refusals:
            spoken = as_spoken(from_json(payload, code), refusals[code])
            listing, payload = listing_json(spoken), to_json(spoken)
        listings.append(listing_from(code, listing))
        packed[code] = zlib.compress(payload.encode(), _TO_COMPRESS)

    return _read_members(session, (CatalogueRecord.payload,), take, listings, packed)


def read_live_list(session: Session) -> ImportedVersion | None:
    """The live version as a list: no record is read, and none can be asked for; None where nothing is live."""
    listings: list[ImportedListing] = []
    spoken = _spoken_listings(session)

    def take(code: str, listing: str) -> None:
        listings.append(listing_from(code, spoken.get(code, listing)))

    return _read_members(session, (), take, listings, {})


def _spoken_listings(session: Session) -> dict[str, str]:
    """The listings of procedures of which people refused a part."""
    refusals = read_refusals(session)
    if not refusals:
        return {}
    members = live_members(session, live_pointer(session).version)
    keys = [(code, members[code]) for code in refusals if code in members]
    read = payloads_of(session, keys)
    return {code: listing_json(as_spoken(from_json(payload, code), refusals[code])) for code, payload in read}


def _read_members(
    session: Session,
    more: Sequence[InstrumentedAttribute[Any]],
    take: Callable[..., None],
    listings: list[ImportedListing],
    packed: Mapping[str, bytes],
) -> ImportedVersion | None:
    pointer = live_pointer(session)
    version = session.get(CatalogueVersion, pointer.version) if pointer.version is not None else None
    if version is None:
        return None
    rows = session.execute(
        select(CatalogueRecord.code, CatalogueRecord.listing, *more)
        .join(
            CatalogueMember,
            (CatalogueMember.code == CatalogueRecord.code) & (CatalogueMember.sha256 == CatalogueRecord.sha256),
        )
        .where(CatalogueMember.version_id == version.id)
        .order_by(CatalogueRecord.code)
        .execution_options(yield_per=BATCH)
    )
    with closing(rows):
        for row in rows:
            take(*row)
    return ImportedVersion(version.id, pointer.switches, version.imported_at, version.source_name, tuple(listings), packed)


def listing_from(code: str, stored: str) -> ImportedListing:
    """The listing of a record from its stored text."""
    values: Mapping[str, Any] = json.loads(stored)
    return ImportedListing(
        code=code,
        name=values["name"],
        official_name=values["official"],
        field=values["field"],
        levels=tuple(values["levels"]),
        targets=tuple(values["targets"]),
        earlier_names=tuple(values["earlier"]),
        agency=values["agency"],
        agencies=tuple((identity, name) for identity, name in values["agencies"]),
        province=values["province"],
        as_of=values["as_of"],
    )
