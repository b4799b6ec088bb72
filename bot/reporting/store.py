"""Reports in the ledger: made once, never changed; another making with other figures is another revision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.reporting.changes import changes
from bot.reporting.figures import Made, figures_hash
from bot.reporting.period import Kind, Period
from bot.storage.database import SessionFactory, writing
from bot.storage.report_models import Report, ReportDelivery

Also = Callable[[Session, Report], None]


def no_more(_session: Session, _report: Report) -> None:
    """Nothing else is done with a new report."""


@dataclass(frozen=True)
class Kept:
    """A report in the ledger. ``fresh``: made by this call."""

    id: str
    revision: int
    fresh: bool
    changes: int = 0


class PeriodNotOverError(ValueError):
    """The day or month is not over: its figures are none yet."""


def keep(
    sessions: SessionFactory,
    period: Period,
    made: Made,
    destinations: Sequence[str],
    *,
    by: str,
    now: datetime,
    also: Also = no_more,
) -> Kept:
    """Keeps a report, with a delivery for each destination. Where the newest revision says the same, nothing new is made.

    ``also`` is done in the same transaction as a new report. Raises ``PeriodNotOverError``."""
    if period.end > now:
        raise PeriodNotOverError(f"{period.name} is not over")
    try:
        with writing(sessions) as session:
            return _keep(session, period, made, destinations, by=by, now=now, also=also)
    except IntegrityError:
        # Another worker made the same revision in this moment.
        with sessions() as session:
            newest = newest_revision(session, period)
            if newest is None:
                raise
            return Kept(newest.id, newest.revision, fresh=False)


def _keep(
    session: Session, period: Period, made: Made, destinations: Sequence[str], *, by: str, now: datetime, also: Also
) -> Kept:
    before = newest_revision(session, period)
    differs = changes(before.figures, made.figures) if before is not None else []
    if before is not None and not differs:
        return Kept(before.id, before.revision, fresh=False)
    revision = before.revision + 1 if before is not None else 1
    report = Report(
        id=f"{period.kind}-{period.name}-r{revision}",
        kind=period.kind,
        first_day=period.first,
        last_day=period.last,
        revision=revision,
        made_at=now,
        made_by=by,
        figures=made.figures,
        alerts=made.alerts,
        changes=differs,
        sha256=figures_hash(made.figures),
    )
    session.add(report)
    session.flush()
    for destination in destinations:
        session.add(ReportDelivery(report_id=report.id, destination=destination, created_at=now, next_try_at=now))
    session.flush()
    also(session, report)
    return Kept(report.id, revision, fresh=True, changes=len(differs))


def newest_revision(session: Session, period: Period) -> Report | None:
    """The last revision of a period's report; None where there is none."""
    wanted = select(Report).where(Report.kind == period.kind, Report.first_day == period.first)
    return session.scalars(wanted.order_by(Report.revision.desc()).limit(1)).first()


def reported_days(session: Session, kind: Kind, first: date, last: date) -> set[date]:
    """The first days of the periods in this span that have a report."""
    wanted = select(Report.first_day).where(Report.kind == kind, Report.first_day >= first, Report.first_day <= last)
    return set(session.scalars(wanted))


def last_reported(session: Session, kind: Kind) -> date | None:
    """The first day of the newest period that has a report."""
    wanted = select(Report.first_day).where(Report.kind == kind).order_by(Report.first_day.desc()).limit(1)
    return session.scalars(wanted).first()


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
