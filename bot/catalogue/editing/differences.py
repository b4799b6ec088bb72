"""Differences that an import brought, in the database: found once for each import, decided on one by one, never asked twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from bot.catalogue.editing.part_words import differing_parts, imported_words, part_words
from bot.catalogue.importing.parts import PARTS, part_digests
from bot.catalogue.importing.record import ImportedRecord, UnreadableRecordError, from_json
from bot.catalogue.importing.refused import Refusals, as_spoken, kept_for, read_refusals
from bot.catalogue.importing.store import live_members, live_pointer, payloads_of
from bot.catalogue.load import Catalogue
from bot.catalogue.publishing.content import ReviewedContent
from bot.catalogue.publishing.releases import POINTER, mark_changed
from bot.storage.content_models import ContentPointer, ImportDifference
from bot.storage.database import SessionFactory, writing
from bot.storage.models import CatalogueMember, CatalogueRecord, CatalogueVersion

KINDS, STATES = ("reviewed", "imported"), ("open", "accepted", "refused")
PAGE = 25
MOST_AT_ONCE = 100
"""Differences decided on with one act."""

_BATCH = 400

Also = Callable[[Session], None]


class DecidedMeanwhileError(Exception):
    """Somebody else decided on one of them, or it differs no more; nothing was changed by us."""


@dataclass(frozen=True)
class Found:
    """One difference as it is found. ``kept_sha256``: the record with the old words."""

    kind: str
    code: str
    part: str
    name: str
    old_words: str
    new_words: str
    new_sha256: str
    kept_sha256: str | None
    source_name: str
    source_as_of: str


def compare_live(sessions: SessionFactory, reviewed: Catalogue, content: str, now: datetime) -> bool:
    """Finds what the live import says otherwise than the reviewed facts and than what was spoken before it; whether it looked.
    ``content``: a name for the reviewed facts, so that the same two are compared once. Several processes may call it at once."""
    with sessions() as session:
        seen, version = _compared(session), live_pointer(session).version
        if version is None or seen == (version, content):
            return False
        base = seen[0] or _previous(session, version)
        found = list(_against_reviewed(session, version, reviewed))
        if base is not None and base != version:
            found += _against_before(session, base, version, reviewed, read_refusals(session))
    # Thousands of records take seconds to compare: the ledger's write lock is taken only to keep what was found.
    with writing(sessions) as session:
        pointer = _locked_pointer(session)
        if (pointer.compared_version, pointer.compared_content) != seen or live_pointer(session).version != version:
            return False
        if base is not None and base != version:
            _keep(session, "imported", found, version, now)
        _keep(session, "reviewed", found, version, now)
        pointer.compared_version, pointer.compared_content = version, content
    return True


def _compared(session: Session) -> tuple[int | None, str | None]:
    row = session.get(ContentPointer, POINTER)
    return (row.compared_version, row.compared_content) if row else (None, None)


def content_name(content: ReviewedContent) -> str:
    """The name under which reviewed facts are compared: each release has its own, and so have the files of each product."""
    if content.release is not None and content.release.archive_sha256 is not None:
        return f"release:{content.release.archive_sha256}"[:64]
    return f"shipped:{len(content.catalogue.procedures)}:{max(p.source.as_of for p in content.catalogue.procedures.values())}"[
        :64
    ]


def _locked_pointer(session: Session) -> ContentPointer:
    locked = select(ContentPointer).where(ContentPointer.name == POINTER).with_for_update()
    row = session.scalars(locked).one_or_none()
    if row is None:
        row = ContentPointer(name=POINTER, release_id=None, changes=0)
        session.add(row)
        session.flush()
    return row


def _previous(session: Session, version: int) -> int | None:
    return session.scalar(select(CatalogueVersion.previous_id).where(CatalogueVersion.id == version))


def known_codes(reviewed: Catalogue) -> dict[str, str]:
    """Codes that a reviewed procedure has or had → its present code."""
    codes = {old: procedure.code for procedure in reviewed.procedures.values() for old in procedure.old_codes}
    return codes | {code: code for code in reviewed.procedures}


def _against_reviewed(session: Session, version: int, reviewed: Catalogue) -> Iterator[Found]:
    members, ours = live_members(session, version), known_codes(reviewed)
    keys = [(code, members[code]) for code in ours if code in members]
    for code, payload in payloads_of(session, keys):
        record = _readable(payload, code)
        procedure = reviewed.procedures[ours[code]]
        if record is None:
            continue
        digests = part_digests(record)
        for part in differing_parts(procedure, record, reviewed.agencies):
            yield Found(
                "reviewed",
                procedure.code,
                part,
                procedure.name,
                part_words(procedure, part, reviewed.agencies),
                imported_words(record, part, reviewed.agencies),
                digests[part],
                members[code],
                record.source_name,
                record.as_of,
            )


def _against_before(session: Session, base: int, version: int, reviewed: Catalogue, refusals: Refusals) -> Iterator[Found]:
    """Between what was spoken before and what this version brings; a part that was refused as it stands is spoken as before."""
    ours = known_codes(reviewed)
    old, new = aliased(CatalogueMember), aliased(CatalogueMember)
    old_record, new_record = aliased(CatalogueRecord), aliased(CatalogueRecord)
    rows = session.execute(
        select(new.code, old.sha256, old_record.payload, new_record.payload)
        .join(old, (old.code == new.code) & (old.version_id == base))
        .join(old_record, (old_record.code == old.code) & (old_record.sha256 == old.sha256))
        .join(new_record, (new_record.code == new.code) & (new_record.sha256 == new.sha256))
        .where(new.version_id == version, old.sha256 != new.sha256)
        .order_by(new.code)
        .execution_options(yield_per=_BATCH)
    )
    for code, kept, before, after in rows:
        earlier, later = _readable(before, code), _readable(after, code)
        if code in ours or earlier is None or later is None:
            continue
        refused = refusals.get(code, ())
        for one in _between(code, as_spoken(earlier, refused), as_spoken(later, refused), reviewed):
            yield replace(one, kept_sha256=kept_for(earlier, kept, one.part, refused))


def _between(code: str, before: ImportedRecord, after: ImportedRecord, reviewed: Catalogue) -> Iterator[Found]:
    old, new = part_digests(before), part_digests(after)
    for part in PARTS:
        if old[part] != new[part]:
            yield Found(
                "imported",
                code,
                part,
                after.official_name,
                imported_words(before, part, reviewed.agencies),
                imported_words(after, part, reviewed.agencies),
                new[part],
                None,
                after.source_name,
                after.as_of,
            )


def _readable(payload: str, code: str) -> ImportedRecord | None:
    try:
        return from_json(payload, code)
    except UnreadableRecordError:
        return None


def _keep(session: Session, kind: str, found: Iterable[Found], version: int, now: datetime) -> None:
    """Writes what is new, and lets pass what differs no more. Of an imported part that changed again before anyone decided, the
    words that were first spoken stay as the old ones."""
    wanted = {(one.code, one.part): one for one in found if one.kind == kind}
    rows = session.scalars(select(ImportDifference).where(ImportDifference.kind == kind)).all()
    values = {(row.code, row.part, row.new_sha256): row for row in rows}
    waiting = {(row.code, row.part): row for row in rows if row.state == "open"}
    fresh = []
    for place, one in wanted.items():
        known, before = values.get((one.code, one.part, one.new_sha256)), waiting.pop(place, None)
        if before is not None and before is not known:
            before.state = "passed"
        first = before if before is not None and kind == "imported" else one
        if first.old_words == one.new_words and first is not one:
            continue  # back to what was spoken before anyone decided
        if known is None:
            fresh.append(_row(one, first, version, now))
        elif known.state == "passed" or known is before:
            known.state, known.old_words, known.kept_sha256 = "open", first.old_words, first.kept_sha256
            known.version_id, known.found_at = version, now
            known.decided_by = known.decided_at = known.reason = known.proposal_id = None
    members = live_members(session, version) if kind == "imported" else {}
    for (code, _part), row in waiting.items():
        if code not in members:
            row.state = "passed"
    session.flush()
    for start in range(0, len(fresh), _BATCH):
        session.execute(insert(ImportDifference), fresh[start : start + _BATCH])


def _row(one: Found, first: Found | ImportDifference, version: int, now: datetime) -> dict[str, Any]:
    return {
        "kind": one.kind, "code": one.code, "part": one.part, "name": one.name[:400], "old_words": first.old_words,
        "new_words": one.new_words, "new_sha256": one.new_sha256, "kept_sha256": first.kept_sha256,
        "source_name": one.source_name[:200], "source_as_of": one.source_as_of, "version_id": version, "found_at": now,
        "state": "open",
    }  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which differences a page shows. Empty means any; ``words``: the code, or words of the name."""

    state: str = "open"
    kind: str = ""
    part: str = ""
    words: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions."""
        made = [ImportDifference.state == self.state] if self.state else []
        made += [ImportDifference.kind == self.kind] if self.kind else []
        made += [ImportDifference.part == self.part] if self.part else []
        if self.words:
            pattern = f"%{_escaped(self.words)}%"
            named = ImportDifference.name.ilike(pattern, escape="\\") | (ImportDifference.code == self.words)
            made.append(named)
        return made


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def differences(session: Session, wanted: Wanted, page: int = 1) -> tuple[list[ImportDifference], int]:
    """One page of differences, reviewed procedures first, and how many there are in all."""
    conditions = wanted.conditions()
    total = session.scalar(select(func.count()).select_from(ImportDifference).where(*conditions)) or 0
    rows = session.scalars(
        select(ImportDifference)
        .where(*conditions)
        .order_by(ImportDifference.kind.desc(), ImportDifference.code, ImportDifference.part, ImportDifference.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return list(rows), total


def counts(session: Session) -> Mapping[tuple[str, str], int]:
    """How many there are of each kind and state."""
    grouped = (ImportDifference.kind, ImportDifference.state)
    rows = session.execute(select(*grouped, func.count()).group_by(*grouped))
    return {(kind, state): number for kind, state, number in rows}


def chosen(session: Session, numbers: Sequence[int]) -> list[ImportDifference]:
    """The open differences of these numbers. Raises ``DecidedMeanwhileError`` where one is not open (any more)."""
    found = session.scalars(
        select(ImportDifference).where(ImportDifference.id.in_(numbers[:MOST_AT_ONCE])).order_by(ImportDifference.id)
    )
    rows = [row for row in found if row.state == "open"]
    if not rows or len(rows) != len(set(numbers[:MOST_AT_ONCE])):
        raise DecidedMeanwhileError
    return rows


def decide(
    sessions: SessionFactory,
    numbers: Sequence[int],
    state: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    proposal: int | None = None,
    also: Also | None = None,
) -> None:
    """Accepts or refuses open differences, all of them or none. What is refused of an import is spoken as before within seconds.
    Raises ``DecidedMeanwhileError``."""
    _set(sessions, numbers, "open", {"state": state, "decided_by": by, "decided_at": now, "reason": reason[:400],
                                     "proposal_id": proposal}, also)  # fmt: skip


def reopen(sessions: SessionFactory, numbers: Sequence[int], state: str, *, also: Also | None = None) -> None:
    """Takes decisions back. Raises ``DecidedMeanwhileError`` where one does not stand as ``state`` (any more)."""
    nobody = {"state": "open", "decided_by": None, "decided_at": None, "reason": None, "proposal_id": None}
    _set(sessions, numbers, state, nobody, also)


def _set(sessions: SessionFactory, numbers: Sequence[int], from_state: str, values: dict[str, Any], also: Also | None) -> None:
    wanted = sorted(set(numbers[:MOST_AT_ONCE]))
    with writing(sessions) as session:
        done = session.execute(
            update(ImportDifference).where(ImportDifference.id.in_(wanted), ImportDifference.state == from_state).values(**values)
        )
        if not wanted or done.rowcount != len(wanted):  # type: ignore[attr-defined] # an UPDATE's result has it
            raise DecidedMeanwhileError
        if "refused" in (from_state, values["state"]):
            mark_changed(session)
        if also is not None:
            also(session)


def reopen_of_proposal(session: Session, proposal: int) -> None:
    """Within a transaction: what was accepted by a proposal that came to nothing is asked again."""
    nobody = {"state": "open", "decided_by": None, "decided_at": None, "reason": None, "proposal_id": None}
    standing = (ImportDifference.proposal_id == proposal, ImportDifference.state == "accepted")
    session.execute(update(ImportDifference).where(*standing).values(**nobody))
