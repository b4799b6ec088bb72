"""The reviewed catalogue and an imported one as one catalogue. Reviewed procedures always win; imported ones are built when asked
for, and a bounded number of them is remembered, so that thousands cost little memory."""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from bot.catalogue.importing.procedure import UNKNOWN_AGENCY, UNKNOWN_AGENCY_NAME, procedure_of
from bot.catalogue.importing.record import ImportedRecord, from_json
from bot.catalogue.importing.same_names import sharing_names, successors
from bot.catalogue.importing.texts import short
from bot.catalogue.listing import ProcedureListing
from bot.catalogue.load import Catalogue
from bot.catalogue.schema import Agency, Procedure
from bot.catalogue.wording import wording_key

REMEMBERED = 256
"""Imported procedures kept ready: what is asked in an hour, at some 20 kB each."""

_MADE_LEVEL = "other"
_MAX_NAME = 170


@dataclass(frozen=True, slots=True)
class ImportedListing:
    """What the list needs of one imported record."""

    code: str
    name: str
    official_name: str
    field: str
    levels: tuple[str, ...]
    targets: tuple[str, ...]
    earlier_names: tuple[str, ...]
    agency: str | None
    agencies: tuple[tuple[str, str], ...]
    province: str | None
    as_of: str


@dataclass(frozen=True)
class ImportedVersion:
    """One complete version of the imported catalogue, read into memory; records are packed until they are asked for."""

    number: int
    switch: int
    imported_at: datetime
    source_name: str
    listings: tuple[ImportedListing, ...]
    packed: Mapping[str, bytes]

    def record(self, code: str) -> ImportedRecord:
        """The record of a code. Raises ``KeyError``, or ``UnreadableRecordError`` where another release wrote it."""
        return from_json(zlib.decompress(self.packed[code]).decode(), code)


class MergedProcedures(Mapping[str, Procedure]):
    """Reviewed procedures, then imported ones built on demand. Thread-safe, read-only."""

    def __init__(
        self, reviewed: Mapping[str, Procedure], imported: ImportedVersion, listings: Sequence[ProcedureListing]
    ) -> None:
        self._reviewed = reviewed
        self._imported = imported
        self._listed = {listing.code: listing for listing in listings if listing.code not in reviewed}
        self._ready: OrderedDict[str, Procedure] = OrderedDict()
        self._lock = threading.Lock()

    def __getitem__(self, code: str) -> Procedure:
        if code in self._reviewed:
            return self._reviewed[code]
        listing = self._listed[code]
        with self._lock:
            if code in self._ready:
                self._ready.move_to_end(code)
                return self._ready[code]
        built = procedure_of(self._imported.record(code), listing.name, listing.superseded_by)
        with self._lock:
            self._ready[code] = built
            while len(self._ready) > REMEMBERED:
                self._ready.popitem(last=False)
        return built

    def __contains__(self, code: object) -> bool:
        return code in self._reviewed or code in self._listed

    def __iter__(self) -> Iterator[str]:
        yield from self._reviewed
        yield from self._listed

    def __len__(self) -> int:
        return len(self._reviewed) + len(self._listed)


def merged_catalogue(reviewed: Catalogue, imported: ImportedVersion) -> Catalogue:
    """One catalogue of both. Left out: codes that a reviewed procedure has or had, and what other provinces made."""
    known = set(reviewed.procedures) | {old for procedure in reviewed.procedures.values() for old in procedure.old_codes}
    kept = [row for row in imported.listings if row.code not in known and row.province is None]
    names = _names_apart(kept, {wording_key(procedure.name) for procedure in reviewed.procedures.values()})
    successors = _successors(kept, reviewed)
    listings = (
        *_reviewed_listings(reviewed, imported),
        *(_listing(row, names[row.code], successors.get(row.code)) for row in kept),
    )
    return replace(
        reviewed,
        procedures=MergedProcedures(reviewed.procedures, imported, listings),
        agencies=MappingProxyType({**_made_agencies(kept), **reviewed.agencies}),
        listings=listings,
    )


def _listing(row: ImportedListing, name: str, superseded_by: str | None) -> ProcedureListing:
    return ProcedureListing(
        code=row.code,
        name=name,
        official_name=row.official_name,
        field=row.field,
        levels=row.levels,
        targets=row.targets,
        aliases=row.earlier_names,
        origin="imported",
        superseded_by=superseded_by,
    )


def _reviewed_listings(reviewed: Catalogue, imported: ImportedVersion) -> Iterator[ProcedureListing]:
    """The reviewed listings, with levels and targets from the import where the review has none."""
    rows = {row.code: row for row in imported.listings}
    for listing in reviewed.listings:
        row = rows.get(listing.code)
        if row is None:
            yield listing
        else:
            yield replace(listing, levels=listing.levels or row.levels, targets=listing.targets or row.targets)


def _names_apart(rows: Sequence[ImportedListing], taken: set[str]) -> dict[str, str]:
    """A name for each code that no other has: several procedures share theirs, and a button must tell them apart."""
    names: dict[str, str] = {}
    for key, same in sharing_names(rows).items():
        if len(same) == 1 and key not in taken:
            names[same[0].code] = same[0].name
            continue
        marks = [row.agency or ", ".join(row.levels) for row in same]
        for row, mark in zip(same, marks, strict=True):
            told_apart = mark and marks.count(mark) == 1
            names[row.code] = f"{short(row.name, _MAX_NAME - 60)} ({short(mark, 50) if told_apart else f'mã {row.code}'})"
    return names


def _successors(rows: Sequence[ImportedListing], reviewed: Catalogue) -> dict[str, str]:
    """Codes that a newer one took over, or a reviewed procedure of the same name with newer data."""
    found = dict(successors(rows))
    ours = {wording_key(p.official_name): p for p in reviewed.procedures.values()}
    for row in rows:
        procedure = ours.get(wording_key(row.official_name))
        if procedure is not None and row.as_of[:7] < procedure.source.as_of[:7]:
            found[row.code] = procedure.code
    return found


def _made_agencies(rows: Sequence[ImportedListing]) -> dict[str, Agency]:
    """The agencies that only imported records name."""
    made = {identity: name for row in rows for identity, name in row.agencies}
    made[UNKNOWN_AGENCY] = UNKNOWN_AGENCY_NAME
    return {identity: Agency(id=identity, name=name, level=_MADE_LEVEL) for identity, name in made.items()}
