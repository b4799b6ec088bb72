"""One import, whole: read, judge, compare with what is live, report, keep, switch."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.catalogue.importing import store
from bot.catalogue.importing.agencies import AgencyNames
from bot.catalogue.importing.findings import Doubt, ImportRefusedError, RowFinding
from bot.catalogue.importing.merge import joined_rows, merged
from bot.catalogue.importing.normalise import normalise, with_list_agencies
from bot.catalogue.importing.procedure import procedure_of
from bot.catalogue.importing.raw import Located
from bot.catalogue.importing.record import ImportedRecord, UnreadableRecordError, fingerprint, from_json, listing_json, to_json
from bot.catalogue.importing.report import ImportReport
from bot.catalogue.importing.same_names import sharing_names, successors
from bot.catalogue.importing.sources import detect, read_source
from bot.storage.database import SessionFactory

_HASH_CHUNK = 1 << 20
NOTHING_LIVE = store.Pointer(None, 0)


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did. ``version`` is None for a dry run, and where nothing changed."""

    report: Mapping[str, Any]
    version: int | None
    changed: bool


@dataclass(frozen=True)
class Live:
    """What is live when the import begins: the pointer, the hash of each code's record, and how to read one."""

    pointer: store.Pointer = NOTHING_LIVE
    members: Mapping[str, str] = field(default_factory=dict)
    payloads: Mapping[str, str] = field(default_factory=dict)

    def record(self, code: str) -> ImportedRecord | None:
        """The live record of a code; None where there is none, or none that this release can read."""
        payload = self.payloads.get(code)
        try:
            return from_json(payload, code) if payload is not None else None
        except UnreadableRecordError:
            # A record of an older release: the file's own takes its place.
            return None


@dataclass
class _Taken:
    """The records of the file so far, by code, with their row."""

    records: dict[str, store.StoredRecord] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)


def import_source(
    path: Path,
    sessions: SessionFactory | None,
    names: AgencyNames,
    now: datetime,
    *,
    dry_run: bool = False,
    replace_all: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportOutcome:
    """Imports a file or a folder of detail pages. ``sessions`` None: there is no database yet (a dry run on a fresh machine).

    ``replace_all``: codes that the file does not have are dropped; otherwise they stay. Raises ``ImportRefusedError`` where the
    source cannot be taken at all, and ``CatalogueChangedError`` where somebody else imported meanwhile."""
    source_format = detect(path)
    if replace_all and source_format not in ("jsonl", "json"):
        raise ImportRefusedError("chỉ tệp bản ghi JSON mới thay được toàn bộ danh mục; danh sách và trang chi tiết chỉ bổ sung")
    report = ImportReport(path.name, source_sha256(path), source_format, now.isoformat(timespec="seconds"))
    live = _live(sessions)
    taken = _take_all(read_source(path, source_format, progress), live, names, now.date(), report)
    if not taken.records:
        raise ImportRefusedError(_nothing_taken(report))
    members = _members(taken, live, report, replace_all=replace_all)
    changed = members != dict(live.members)
    if dry_run or sessions is None or not changed:
        return ImportOutcome(report.to_json(), None, changed)
    store.save_records(sessions, [taken.records[code] for code in sorted(taken.changed)], now)
    version = store.switch_to_new(sessions, members, report.to_json(), live.pointer, now)
    return ImportOutcome(report.to_json(), version, True)


def source_sha256(path: Path) -> str:
    """The hash of the file; of a folder, of its files' names and hashes in order."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(file for file in path.iterdir() if file.is_file()):
            digest.update(f"{file.name}\0{source_sha256(file)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        while chunk := stream.read(_HASH_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _live(sessions: SessionFactory | None) -> Live:
    if sessions is None:
        return Live()
    with sessions() as session:
        pointer = store.live_pointer(session)
        members = store.live_members(session, pointer.version)
        return Live(pointer, members, dict(store.payloads_of(session, members.items())))


def _take_all(rows: Iterable[Located | RowFinding], live: Live, names: AgencyNames, today: date, report: ImportReport) -> _Taken:
    taken = _Taken()
    for row in rows:
        report.tally.rows += 1
        if isinstance(row, RowFinding):
            report.tally.refused += 1
            report.add(row)
        else:
            _take(row, taken, live, names, today, report)
    _note_same_names(taken, report)
    report.tally.doubtful = len(taken.doubtful)
    return taken


def _note_same_names(taken: _Taken, report: ImportReport) -> None:
    """Names that several codes of the file share, and codes that a newer one took over."""
    rows = [store.listing_from(record.code, record.listing) for record in taken.records.values()]
    for same in sharing_names(rows).values():
        for row in same if len(same) > 1 else ():
            others = ", ".join(other.code for other in same if other is not row)
            _note(
                taken.rows[row.code],
                row.code,
                [Doubt("name_shared", f"chung tên với {others[:200]}", row.name[:200])],
                taken,
                report,
            )
    for old, new in successors(rows).items():
        _note(taken.rows[old], old, [Doubt("superseded", f"đã có mã mới {new}")], taken, report)


def _take(row: Located, taken: _Taken, live: Live, names: AgencyNames, today: date, report: ImportReport) -> None:
    """One row of the file: judged, compared with the same code in the file and live, and noted."""
    normal = normalise(row.record, names, today)
    report.tally.parsed += 1
    code, record, doubts = normal.record.code, normal.record, list(normal.doubts)
    if code in taken.records:
        record, found = _second_in_file(from_json(taken.records[code].payload, code), record, taken.rows[code])
        doubts.append(found)
        report.tally.duplicates += 1
    record, found_live = merged(live.record(code), record)
    doubts += found_live
    record = with_list_agencies(record, names)
    problem = _unspeakable(record)
    if problem is not None:
        report.tally.parsed -= 1
        report.tally.refused += 1
        report.add(RowFinding(row.row, code, "refused", "bad_value", problem))
        return
    payload = to_json(record)
    stored = store.StoredRecord(code, fingerprint(payload), listing_json(record), payload)
    taken.records[code] = stored
    taken.rows.setdefault(code, row.row)
    _note(row.row, code, doubts, taken, report)


def _note(row: str, code: str, doubts: Iterable[Doubt], taken: _Taken, report: ImportReport) -> None:
    for doubt in doubts:
        taken.doubtful.add(code)
        report.add(RowFinding(row, code, "doubtful", doubt.hazard, doubt.message, doubt.raw))


def _second_in_file(first: ImportedRecord, second: ImportedRecord, row: str) -> tuple[ImportedRecord, Doubt]:
    """Two rows of one code in one file: lists repeat a code for each agency; of two full ones the newer or fuller stands."""
    if first.completeness == second.completeness == "list" and first.listed and second.listed:
        joined = joined_rows(first.listed, second.listed)
        same = joined == first.listed
        message = f"mã đã có ở {row}" + ("" if same else ", đã gộp cơ quan")
        return replace(first, listed=joined, executing_raw=joined.executing), Doubt("duplicate", message)
    kept, doubts = merged(first, second)
    if doubts or kept == first:
        return kept, Doubt("duplicate", f"mã đã có ở {row}, giữ dòng trước")
    return kept, Doubt("duplicate", f"mã đã có ở {row}, dòng này mới hơn nên thay dòng trước")


def _unspeakable(record: ImportedRecord) -> str | None:
    """Why no procedure can be made of the record, so that the dialogue never meets one that breaks; None where one can."""
    try:
        procedure_of(record)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"không dựng được thủ tục: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return None


def _members(taken: _Taken, live: Live, report: ImportReport, *, replace_all: bool) -> dict[str, str]:
    """The hash of each code's record in the version to be, with the counts of what is new, changed and not in the file."""
    tally = report.tally
    for code, record in taken.records.items():
        before = live.members.get(code)
        if before == record.sha256:
            tally.unchanged += 1
        else:
            taken.changed.add(code)
            tally.new += before is None
            tally.changed += before is not None
    missing = [code for code in live.members if code not in taken.records]
    tally.dropped, tally.not_in_file = (len(missing), 0) if replace_all else (0, len(missing))
    kept = {} if replace_all else {code: live.members[code] for code in missing}
    members = {**kept, **{code: record.sha256 for code, record in taken.records.items()}}
    tally.total = len(members)
    return members


def _nothing_taken(report: ImportReport) -> str:
    first = next((finding for finding in report.findings if finding.severity == "refused"), None)
    told = f"; ví dụ {first.row}: {first.message}" if first else ""
    return f"không có dòng nào dùng được trong {report.tally.rows:,} dòng{told}"
