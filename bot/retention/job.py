"""The retention job: small batches, each a transaction of its own, until nothing is due or the time for one run is over."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.conversations.clock import Clock, utc_now
from bot.conversations.engine_trackers import EngineTrackers
from bot.retention.daily_counts import count_days
from bot.retention.policy import Periods
from bot.retention.step import Moment, Step
from bot.retention.steps import steps
from bot.storage.database import SessionFactory, writing
from bot.storage.rights_models import RetentionRun

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 200
TRACKER = "engine_tracker/events"


@dataclass
class Report:
    """What one run did: rows by class and table, days counted. ``complete``: nothing is due any more."""

    counts: dict[str, int] = field(default_factory=dict)
    complete: bool = True

    @property
    def total(self) -> int:
        """How many rows were cleared."""
        return sum(count for name, count in self.counts.items() if name != "daily_count/days")


class Retention:
    """Deletes what is past its time. Any number of processes may run it at once."""

    def __init__(
        self,
        sessions: SessionFactory,
        trackers: EngineTrackers,
        periods: Periods,
        clock: Clock = utc_now,
        *,
        seconds: float | None = 1.0,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        """``seconds``: how long one run may go on before it leaves the rest to the next; None: to the end."""
        self._sessions, self._trackers, self._periods, self._clock = sessions, trackers, periods, clock
        self._seconds, self._stopwatch = seconds, stopwatch

    def run(self) -> Report:
        """One run; leaves a ``retention_run`` where it deleted something, or is the first of its day."""
        began = self._clock()
        deadline = None if self._seconds is None else self._stopwatch() + self._seconds
        report = Report()
        with writing(self._sessions) as session:
            if days := count_days(session, began):
                report.counts["daily_count/days"] = days
        self._forget_trackers(report, deadline, began)
        moment = Moment(began, self._periods)
        for step in steps():
            while report.complete and (cleared := self._batch(step, moment)):
                report.counts[step.name] = report.counts.get(step.name, 0) + cleared
                report.complete = self._in_time(deadline)
        self._note(report, began)
        return report

    def run_in_rounds(self) -> int:
        """``run`` for a worker's rounds: how many rows were cleared."""
        return self.run().total

    def due(self) -> Mapping[str, int]:
        """How many rows of each class and table are due now. Changes nothing."""
        moment = Moment(self._clock(), self._periods)
        found: dict[str, int] = {TRACKER: self._trackers.idle(moment.before("engine_tracker"))}
        with self._sessions() as session:
            for step in steps():
                found[step.name] = found.get(step.name, 0) + step.count_due(session, moment)
        return found

    def _batch(self, step: Step, moment: Moment) -> int:
        # Looked for without a lock: on SQLite a writer holds up everybody. What is cleared is looked at once more.
        with self._sessions() as session:
            keys = session.scalars(step.keys_due(session, moment).limit(ROWS_AT_ONCE)).all()
        if not keys:
            return 0
        try:
            with writing(self._sessions) as session:
                return step.clear(session, keys, moment)
        except IntegrityError:
            # Somebody has just begun to point to one of the rows: the next run finds the others.
            logger.warning("retention.rows_in_use", extra={"step": step.name})
            return 0

    def _forget_trackers(self, report: Report, deadline: float | None, now: datetime) -> None:
        try:
            while report.complete and (events := self._trackers.forget_idle(now - self._periods["engine_tracker"].length)):
                report.counts[TRACKER] = report.counts.get(TRACKER, 0) + events
                report.complete = self._in_time(deadline)
        except SQLAlchemyError as error:
            # The ledger's own rows do not wait for the engine's store.
            logger.error("alarm.tracker_away", extra={"error": type(error).__name__})

    def _in_time(self, deadline: float | None) -> bool:
        return deadline is None or self._stopwatch() < deadline

    def _note(self, report: Report, began: datetime) -> None:
        with writing(self._sessions) as session:
            newest = session.scalar(select(func.max(RetentionRun.started_at)))
            if report.counts or newest is None or began - newest >= timedelta(days=1):
                session.add(
                    RetentionRun(
                        started_at=began, finished_at=self._clock(), complete=report.complete, counts=dict(report.counts)
                    )
                )
        if report.counts:
            logger.info("retention.ran", extra={"counts": report.counts, "complete": report.complete})
