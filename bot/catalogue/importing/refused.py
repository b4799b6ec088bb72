"""What people refused of an import: the old words stay in use, part by part, until the source states something else again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from bot.catalogue.importing.parts import part_digest, with_kept
from bot.catalogue.importing.record import ImportedRecord, UnreadableRecordError, from_json
from bot.storage.content_models import ImportDifference
from bot.storage.models import CatalogueRecord

_BATCH = 400


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused part: the hash of what was refused, and the record whose words stay."""

    part: str
    refused_sha256: str
    kept_sha256: str
    kept: ImportedRecord


Refusals = Mapping[str, Sequence[Refusal]]
"""By the procedure's code."""


def read_refusals(session: Session) -> Refusals:
    """All refusals of imported parts. Those whose kept record cannot be read (any more) are left out: the new words stand."""
    rows = session.execute(
        select(ImportDifference.code, ImportDifference.part, ImportDifference.new_sha256, ImportDifference.kept_sha256)
        .where(ImportDifference.kind == "imported", ImportDifference.state == "refused")
        .order_by(ImportDifference.id)
    ).all()
    payloads = _payloads(session, [(row[0], row[3]) for row in rows if row[3]])
    found: dict[str, list[Refusal]] = defaultdict(list)
    for code, part, refused, kept in rows:
        payload = payloads.get((code, kept)) if kept else None
        try:
            if payload is not None and kept is not None:
                found[code].append(Refusal(part, refused, kept, from_json(payload, code)))
        except UnreadableRecordError:
            continue
    return found


def _payloads(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for start in range(0, len(keys), _BATCH):
        rows = session.execute(
            select(CatalogueRecord.code, CatalogueRecord.sha256, CatalogueRecord.payload).where(
                tuple_(CatalogueRecord.code, CatalogueRecord.sha256).in_(keys[start : start + _BATCH])
            )
        )
        found |= {(code, sha256): payload for code, sha256, payload in rows}
    return found


def kept_for(record: ImportedRecord, sha256: str, part: str, refusals: Sequence[Refusal]) -> str:
    """The hash of the record whose words are spoken in this part: the record's own, or the one that a refusal keeps."""
    digest = part_digest(record, part) if refusals else ""
    return next((r.kept_sha256 for r in refusals if r.part == part and r.refused_sha256 == digest), sha256)


def as_spoken(record: ImportedRecord, refusals: Sequence[Refusal]) -> ImportedRecord:
    """The record with the kept words in the parts that were refused as they stand."""
    for refusal in refusals:
        if part_digest(record, refusal.part) == refusal.refused_sha256:
            record = with_kept(record, refusal.kept, refusal.part)
    return record
