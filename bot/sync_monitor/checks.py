"""Comparisons in the ledger: made, kept, and read again."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from bot.accounts.scope import AgencyScope
from bot.portal.errors import PortalError
from bot.storage.database import SessionFactory, writing
from bot.storage.evidence_models import RegisteredDossier, RegisterRun
from bot.storage.sync_models import SyncComparison, SyncDifference
from bot.sync_monitor.comparing import FAULTS, Comparison, Difference, ListedRecord, SimpleRecord, compare, share

logger = logging.getLogger(__name__)

ReadPortal = Callable[[], Iterable[ListedRecord]]
"""Reads the portal's whole list. Raises whatever its errors are: then nothing is concluded from what came before."""

LATE_AFTER = timedelta(hours=26)
"""A copy that was not read anew for a day and two hours is late."""
MOST_KEPT = 5_000
"""Differences kept with their record; of more, only the counts: then something bigger is wrong than single records."""
_BATCH = 500


@dataclass(frozen=True)
class CheckView:
    """One comparison as pages show it. ``rate`` None: it could not be made, or there was nothing to compare."""

    id: int
    at: datetime
    kind: str
    complete: bool
    compared: int
    counts: dict[str, int]
    by_unit: dict[str, dict[str, Any]]
    detail: str | None
    finished_at: datetime | None

    @property
    def waiting(self) -> bool:
        """Whether it is still to come, or under way."""
        return self.finished_at is None

    @property
    def differing(self) -> int:
        """Records that differ, merged states not counted."""
        return sum(int(unit["differing"]) for unit in self.by_unit.values())

    @property
    def rate(self) -> float | None:
        """Their share."""
        return share(self.differing, self.compared) if self.complete else None


class SyncCheck:
    """Compares and keeps what was found."""

    def __init__(
        self, sessions: SessionFactory, clock: Callable[[], datetime], unreadable: tuple[type[Exception], ...] = (PortalError,)
    ) -> None:
        """``unreadable``: what reading the portal's list may raise."""
        self._sessions, self._clock, self._unreadable = sessions, clock, unreadable

    def run(self, read_portal: ReadPortal) -> int:
        """Reads the portal's whole list, compares and keeps the result; the number of the comparison. Where the list cannot be
        read to its end, the comparison is kept as incomplete, and what was open stays open. Raises SQLAlchemy's errors."""
        with writing(self._sessions) as session:
            row = SyncComparison(at=self._clock(), kind="scheduled", counts={}, by_unit={}, examples={})
            session.add(row)
            session.flush()
            number = row.id
        self._carry_out(number, read_portal)
        return number

    def run_asked(self, read_portal: ReadPortal) -> int | None:
        """Carries out the comparison that somebody asked for in the console; its number, None where none waits."""
        with self._sessions() as session:
            number = session.scalar(select(SyncComparison.id).where(_ASKED).order_by(SyncComparison.id).limit(1))
        if number is not None:
            self._carry_out(number, read_portal)
        return number

    def _carry_out(self, number: int, read_portal: ReadPortal) -> None:
        try:
            theirs = list(read_portal())
        except self._unreadable as error:
            # The page must say that nobody knows, not that all is well.
            logger.warning("sync.portal_not_read", extra={"error": type(error).__name__})
            with writing(self._sessions) as session:
                row = session.get_one(SyncComparison, number)
                row.finished_at, row.detail = self._clock(), type(error).__name__[:300]
            return
        with self._sessions() as session:
            found = compare(theirs, our_records(session))
        self._keep(number, found)
        logger.info("sync.compared", extra={"compared": found.compared, "rate": found.rate})

    def _keep(self, number: int, found: Comparison) -> None:
        now = self._clock()
        with writing(self._sessions) as session:
            row = session.get_one(SyncComparison, number)
            row.finished_at, row.complete, row.compared = now, True, found.compared
            row.counts, row.examples = found.counts, found.examples
            row.by_unit = {
                code[:40]: {"name": unit.name[:300], "compared": unit.compared, "differing": unit.differing}
                for code, unit in found.units.items()
            }
            if found.repeated or found.unusable:
                row.detail = f"repeated {found.repeated}, unusable {found.unusable}"
            _note_differences(session, number, found.differences, now)


_ASKED = and_(SyncComparison.kind == "asked", SyncComparison.finished_at.is_(None))


def ask_check(session: Session, by: str, now: datetime) -> bool:
    """Asks for a comparison outside of its time; False where one waits already."""
    if session.scalar(select(SyncComparison.id).where(_ASKED).limit(1)) is not None:
        return False
    session.add(SyncComparison(at=now, kind="asked", asked_by=by, counts={}, by_unit={}, examples={}))
    return True


def our_records(session: Session) -> Iterator[SimpleRecord]:
    """Our copy. A record that the last whole reading of the list did not find counts as ours no more."""
    wanted = select(
        RegisteredDossier.record_id, RegisteredDossier.unit_code, RegisteredDossier.unit_name, RegisteredDossier.status_code,
        RegisteredDossier.received_at, RegisteredDossier.due_at, RegisteredDossier.ended_at, RegisteredDossier.as_of,
        RegisteredDossier.agency,
    ).where(RegisteredDossier.missing_since.is_(None))  # fmt: skip
    for row in session.execute(wanted.execution_options(yield_per=_BATCH)):
        yield SimpleRecord(*row)


def _note_differences(session: Session, number: int, found: Iterable[Difference], now: datetime) -> None:
    """What is found again stays open under this comparison; what is not found any more is over; what is new begins."""
    known = {(row.record_id, row.kind): row for row in session.scalars(select(SyncDifference).where(_OPEN))}
    kept = 0
    for one in found:
        row = known.get((one.record_id, one.kind))
        if row is not None:
            row.check_id, row.theirs, row.ours = number, dict(one.theirs), dict(one.ours)
        elif kept < MOST_KEPT:
            kept += 1
            session.add(
                SyncDifference(
                    record_id=one.record_id, kind=one.kind, unit_code=one.unit_code[:40], unit_name=one.unit_name[:300],
                    agency=one.agency, theirs=dict(one.theirs), ours=dict(one.ours), check_id=number, found_at=now,
                )
            )  # fmt: skip
    session.flush()
    over = update(SyncDifference).where(_OPEN, SyncDifference.check_id != number)
    session.execute(over.values(resolved_at=now))


_OPEN = SyncDifference.resolved_at.is_(None)


def last_checks(session: Session, limit: int) -> list[CheckView]:
    """The comparisons, the newest first."""
    rows = session.scalars(select(SyncComparison).order_by(SyncComparison.at.desc(), SyncComparison.id.desc()).limit(limit))
    return [_view(row) for row in rows]


def last_check_before(session: Session, since: datetime, until: datetime) -> CheckView | None:
    """The last whole comparison of a span."""
    within = (SyncComparison.at >= since, SyncComparison.at < until, SyncComparison.complete)
    row = session.scalars(select(SyncComparison).where(*within).order_by(SyncComparison.at.desc()).limit(1)).first()
    return _view(row) if row is not None else None


def _view(row: SyncComparison) -> CheckView:
    return CheckView(row.id, row.at, row.kind, row.complete, row.compared, row.counts, row.by_unit, row.detail, row.finished_at)


@dataclass(frozen=True)
class DifferenceFilter:
    """Which differences are looked for; empty means any. ``state``: ``open`` or ``resolved``."""

    kind: str = ""
    unit: str = ""
    state: str = "open"


def differences(
    session: Session, wanted: DifferenceFilter, scope: AgencyScope, limit: int, after: int = 0
) -> list[SyncDifference]:
    """The differences looked for, the newest first, faults before merged states. ``after``: how many to leave out."""
    order = (SyncDifference.kind == "status_merged", SyncDifference.found_at.desc(), SyncDifference.id.desc())
    found = select(SyncDifference).where(_wanted(wanted), scope.condition(SyncDifference.agency)).order_by(*order)
    return list(session.scalars(found.offset(after).limit(limit)))


def _wanted(wanted: DifferenceFilter) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [_OPEN if wanted.state == "open" else ~_OPEN]
    if wanted.kind == "faults":
        parts.append(SyncDifference.kind.in_(FAULTS))
    elif wanted.kind:
        parts.append(SyncDifference.kind == wanted.kind)
    if wanted.unit:
        parts.append(
            or_(SyncDifference.unit_code == wanted.unit, SyncDifference.unit_name.contains(wanted.unit, autoescape=True))
        )
    return and_(*parts)


def last_readings(session: Session, limit: int) -> list[RegisterRun]:
    """The readings of the portal's list, the newest first."""
    return list(session.scalars(select(RegisterRun).order_by(RegisterRun.started_at.desc()).limit(limit)))


def read_age(session: Session, now: datetime) -> timedelta | None:
    """How old our copy is: since the last complete reading began; None where there was none."""
    last = select(RegisterRun.started_at).where(RegisterRun.complete).order_by(RegisterRun.started_at.desc()).limit(1)
    began = session.scalar(last)
    return now - began if began else None


def tell_if_late(sessions: SessionFactory, now: datetime) -> bool:
    """Whether our copy is late, said in the log as an alarm. A copy that was never read is not late: nobody has set it up yet."""
    with sessions() as session:
        age = read_age(session, now)
    late = age is not None and age > LATE_AFTER
    if late and age is not None:
        logger.error("alarm.register_late", extra={"hours": round(age.total_seconds() / 3600, 1)})
    return late
