"""Registered dossiers as the report reads them, and what was known of one at an earlier moment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.storage.evidence_models import RegisteredDossier

_AT_ONCE = 2_000


@dataclass(frozen=True)
class SupplementRound:
    """One request for more papers. A moment that the source wrote unreadably is None, the round counts all the same."""

    requested_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True)
class DossierRow:
    """A ``registered_dossier``, as far as a report needs it."""

    record_id: str
    source_system: str
    procedure_code: str
    unit_code: str
    unit_name: str
    place_id: str | None
    agency: str | None
    channel: str
    status_code: str
    received_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    rounds: tuple[SupplementRound, ...]
    fee_due: bool
    paid_online: bool
    electronic_result: bool | None
    digitised: bool | None
    disliked: bool | None
    as_of: datetime

    def known_at(self, moment: datetime) -> "DossierRow":
        """The row as it stood just before ``moment``: later ends, requests and answers had not happened yet. So a report that is
        made again later says the same."""
        rounds = tuple(
            replace(one, answered_at=_before(one.answered_at, moment))
            for one in self.rounds
            if one.requested_at is None or one.requested_at < moment
        )
        return replace(self, ended_at=_before(self.ended_at, moment), rounds=rounds)


def rows_touching(session: Session, begin: datetime, end: datetime) -> Iterator[DossierRow]:
    """Every dossier that was open at some moment from ``begin`` to ``end``, or ended then; not those that the portal lists no
    more. Ordered by their ids."""
    wanted = (
        select(RegisteredDossier)
        .where(
            RegisteredDossier.missing_since.is_(None),
            or_(RegisteredDossier.received_at.is_(None), RegisteredDossier.received_at < end),
            or_(RegisteredDossier.ended_at.is_(None), RegisteredDossier.ended_at >= begin),
        )
        .order_by(RegisteredDossier.record_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for found in session.scalars(wanted):
        yield row_of(found)


def row_of(found: RegisteredDossier) -> DossierRow:
    """The row of one dossier."""
    return DossierRow(
        record_id=found.record_id,
        source_system=found.source_system,
        procedure_code=found.procedure_code,
        unit_code=found.unit_code,
        unit_name=found.unit_name,
        place_id=found.place_id,
        agency=found.agency,
        channel=found.channel,
        status_code=found.status_code,
        received_at=found.received_at,
        due_at=found.due_at,
        ended_at=found.ended_at,
        rounds=_rounds(found.supplements),
        fee_due=found.fee_due,
        paid_online=found.paid_online,
        electronic_result=found.electronic_result,
        digitised=found.digitised,
        disliked=found.disliked,
        as_of=found.as_of,
    )


def _rounds(supplements: Any) -> tuple[SupplementRound, ...]:
    if not isinstance(supplements, list):
        return ()
    return tuple(
        SupplementRound(_moment(one.get("requested_at")), _moment(one.get("answered_at")))
        for one in supplements
        if isinstance(one, dict)
    )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _before(moment: datetime | None, border: datetime) -> datetime | None:
    return moment if moment is not None and moment < border else None
