"""Writes records of the portal's list into our copy. What is older than what we have changes nothing."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.portal.dossier_records import DossierRecord
from bot.portal.moments import Moment
from bot.register.units import ReceivingUnits
from bot.storage.evidence_models import RegisteredDossier

_AT_ONCE = 200


def keep_records(session: Session, records: Iterable[DossierRecord], units: ReceivingUnits, now: datetime) -> int:
    """Takes the records in; how many were new or said something new. The caller commits."""
    # Of several statements about one dossier the newest counts, whatever their order.
    newest: dict[str, DossierRecord] = {}
    for record in records:
        if record.record_id not in newest or newest[record.record_id].as_of <= record.as_of:
            newest[record.record_id] = record
    ids = list(newest)
    kept: dict[str, RegisteredDossier] = {}
    for start in range(0, len(ids), _AT_ONCE):
        wanted = select(RegisteredDossier).where(RegisteredDossier.record_id.in_(ids[start : start + _AT_ONCE]))
        kept |= {row.record_id: row for row in session.scalars(wanted)}
    written = 0
    for record in newest.values():
        row = kept.get(record.record_id)
        if row is None:
            session.add(RegisteredDossier(record_id=record.record_id, first_seen_at=now, seen_at=now, **values_of(record, units)))
            written += 1
        elif record.as_of >= row.as_of:
            written += _rewritten(row, values_of(record, units), now)
        else:
            row.seen_at, row.missing_since = now, None
    session.flush()
    return written


def mark_missing(session: Session, whole_since: datetime, now: datetime) -> int:
    """After a whole reading that began at ``whole_since``: what it did not show is missing at the portal. How many newly are."""
    gone = (
        update(RegisteredDossier)
        .where(RegisteredDossier.seen_at < whole_since, RegisteredDossier.missing_since.is_(None))
        .values(missing_since=now)
        .returning(RegisteredDossier.record_id)
    )
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())


def values_of(record: DossierRecord, units: ReceivingUnits) -> dict[str, Any]:
    """The columns that a record fills. A date without a time is that day's beginning; as a due date, its end."""
    unit = units.unit(record.unit_name)
    return {
        "source_system": record.source_system,
        "procedure_code": record.procedure_code,
        "unit_code": record.unit_code,
        "unit_name": record.unit_name,
        "place_id": unit.place_id,
        "agency": unit.agency,
        "channel": record.channel,
        "status_code": record.status_code,
        "received_at": _begin(record.received_at),
        "due_at": _end(record.due_at),
        "ended_at": _begin(record.ended_at),
        "supplements": [
            {"requested_at": _written(one.requested_at), "answered_at": _written(one.answered_at) if one.answered_at else None}
            for one in record.supplements
        ],
        "fee_due": record.fee_due,
        "paid_online": record.paid_online,
        "electronic_result": record.electronic_result,
        "digitised": record.digitised,
        "disliked": record.disliked,
        "as_of": record.as_of,
    }


def _rewritten(row: RegisteredDossier, values: dict[str, Any], now: datetime) -> int:
    row.seen_at, row.missing_since = now, None
    new = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in new.items():
        setattr(row, name, value)
    return 1 if new else 0


def _begin(moment: Moment | None) -> datetime | None:
    if moment is None:
        return None
    return moment.at or datetime.combine(moment.day, time(0), VIETNAM_TIME)


def _end(moment: Moment | None) -> datetime | None:
    if moment is None:
        return None
    return moment.at or datetime.combine(moment.day, time(23, 59, 59), VIETNAM_TIME)


def _written(moment: Moment) -> str:
    return (moment.at or datetime.combine(moment.day, time(0), VIETNAM_TIME)).isoformat(timespec="seconds")
