"""Reports on their way: each delivery is taken by one worker at a time, tried again with growing pauses, and never forgotten."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock
from bot.reporting.view import ReportView
from bot.storage.database import SessionFactory, writing
from bot.storage.report_models import Report, ReportDelivery

logger = logging.getLogger(__name__)

HELD_FOR = timedelta(minutes=10)
"""Nobody else tries a delivery for so long after somebody began; far longer than any destination is waited for."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
GIVES_UP_AFTER = timedelta(days=7)
"""A destination that was away for so long is a fault that a person must look at; the delivery is marked failed, not dropped."""
_LONGEST_ERROR = 300


class DestinationAwayError(Exception):
    """The report could not be handed over now; ``detail`` is short and holds no word of the other side."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class DestinationRefusedError(DestinationAwayError):
    """It was refused for good: trying again by itself would change nothing."""


Sender = Callable[[ReportView], None]
"""Hands a report over, at most for ``HELD_FOR``. Raises ``DestinationAwayError`` or ``DestinationRefusedError``."""


@dataclass(frozen=True)
class _Taken:
    id: int
    attempt: int
    destination: str
    created_at: datetime
    view: ReportView


def send_due(sessions: SessionFactory, senders: Mapping[str, Sender], clock: Clock) -> int:
    """Tries every delivery that is due, oldest first; returns how many arrived. What another worker is at is left to it."""
    sent = 0
    while (taken := _take(sessions, list(senders), clock())) is not None:
        try:
            senders[taken.destination](taken.view)
        except DestinationRefusedError as error:
            _failed(sessions, taken, error.detail, clock())
        except DestinationAwayError as error:
            _put_off(sessions, taken, error.detail, clock())
        else:
            _record(sessions, taken, state="sent", sent_at=clock(), error=None)
            logger.info("report.sent", extra={"report": taken.view.id, "destination": taken.destination})
            sent += 1
    return sent


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: doubled each time, at most six hours."""
    return min(FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 20)), LONGEST_PAUSE)


def _take(sessions: SessionFactory, destinations: Sequence[str], now: datetime) -> _Taken | None:
    table = ReportDelivery
    due = (
        select(table.id)
        .where(table.state == "waiting", table.next_try_at <= now, table.destination.in_(destinations))
        .order_by(table.next_try_at, table.id)
        .limit(1)
    )
    with writing(sessions) as session:
        while (found := session.scalar(due)) is not None:
            mine = (
                update(table)
                .where(table.id == found, table.state == "waiting", table.next_try_at <= now)
                .values(next_try_at=now + HELD_FOR, attempts=table.attempts + 1)
                .returning(table.attempts, table.destination, table.created_at, table.report_id)
            )
            row = session.execute(mine).one_or_none()
            if row is not None:
                report = session.get_one(Report, row.report_id)
                return _Taken(found, row.attempts, row.destination, row.created_at, ReportView.of(report))
    return None


def _put_off(sessions: SessionFactory, taken: _Taken, detail: str, now: datetime) -> None:
    if now - taken.created_at >= GIVES_UP_AFTER:
        _failed(sessions, taken, detail, now)
        return
    _record(sessions, taken, error=detail[:_LONGEST_ERROR], next_try_at=now + pause_after(taken.attempt))
    told = {"report": taken.view.id, "destination": taken.destination, "detail": detail, "attempt": taken.attempt}
    logger.warning("report.destination_away", extra=told)


def _failed(sessions: SessionFactory, taken: _Taken, detail: str, now: datetime) -> None:
    _record(sessions, taken, state="failed", error=detail[:_LONGEST_ERROR], next_try_at=now)
    told = {"report": taken.view.id, "destination": taken.destination, "detail": detail}
    logger.error("alarm.report_not_delivered", extra=told)


def _record(sessions: SessionFactory, taken: _Taken, **values: object) -> None:
    """Writes the outcome, unless somebody else has tried it since."""
    mine = (ReportDelivery.id == taken.id, ReportDelivery.attempts == taken.attempt, ReportDelivery.state == "waiting")
    with writing(sessions) as session:
        session.execute(update(ReportDelivery).where(*mine).values(**values))


def try_again(session: Session, delivery_id: int, now: datetime) -> ReportDelivery | None:
    """Makes a delivery that failed or waits due now; None where there is none, or it has arrived."""
    found = session.get(ReportDelivery, delivery_id)
    if found is None or found.state == "sent":
        return None
    # Counted from now on: else one that failed of old age would fail again at its first try.
    found.state, found.created_at, found.next_try_at = "waiting", now, now
    session.flush()
    return found


def deliveries_of(session: Session, report_ids: Sequence[str]) -> dict[str, list[ReportDelivery]]:
    """The deliveries of these reports, by report."""
    found: dict[str, list[ReportDelivery]] = {one: [] for one in report_ids}
    wanted = select(ReportDelivery).where(ReportDelivery.report_id.in_(report_ids)).order_by(ReportDelivery.id)
    for one in session.scalars(wanted):
        found[one.report_id].append(one)
    return found
