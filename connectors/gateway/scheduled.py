"""Tasks by the clock (a count each night, a report each morning, a look at links each hour), done once however many workers run.

A task is a ``ScheduledTask``; ``scheduled_tasks`` in ``connectors.gateway.scheduled_tasks`` lists them all.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.conversations.clock import Clock, utc_now
from bot.metrics.declared import TASK_PERIOD
from bot.storage.database import SessionFactory, writing
from bot.storage.evidence_models import ScheduledTurn
from connectors.gateway.rounds import Rounds, going_round

logger = logging.getLogger(__name__)

_TICK_SECONDS = 5.0


@dataclass(frozen=True)
class ScheduledTask:
    """``run`` gets the moment; it may be called again after a fall in the midst of its work, so it must do no harm twice, and it
    logs what fails outside of us itself. ``every``: the least time between two beginnings. ``due``: asked before the turn is
    taken, for tasks that wait for an hour of the day."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]
    due: Callable[[datetime], bool] = lambda _now: True


def take_turn(sessions: SessionFactory, name: str, every: timedelta, now: datetime) -> bool:
    """Whether this caller is the one to do the task now."""
    # A turn taken in the future belongs to a clock that was set back since.
    free = or_(ScheduledTurn.taken_at <= now - every, ScheduledTurn.taken_at > now + every)
    mine = update(ScheduledTurn).where(ScheduledTurn.name == name, free).values(taken_at=now).returning(ScheduledTurn.name)
    with writing(sessions) as session:
        if session.execute(mine).one_or_none() is not None:
            return True
        if session.get(ScheduledTurn, name) is not None:
            return False
    try:
        with writing(sessions) as session:
            session.add(ScheduledTurn(name=name, taken_at=now))
    except IntegrityError:
        return False
    return True


class ScheduledRounds(Rounds):
    """Looks every few seconds which tasks are due. A task that fails is logged and tried again at its next time."""

    alarm = "alarm.scheduled_tasks_stopped"

    def __init__(self, sessions: SessionFactory, tasks: Sequence[ScheduledTask], *, clock: Clock = utc_now) -> None:
        super().__init__()
        self._sessions, self._tasks, self._clock = sessions, tuple(tasks), clock
        for task in self._tasks:
            TASK_PERIOD.labels(task.name).set(task.every.total_seconds())

    def _round(self) -> float:
        self.go_round()
        return _TICK_SECONDS

    def go_round(self) -> list[str]:
        """Does what is due; the names of the tasks that were done."""
        taken = self._taken()
        return [
            task.name for task in self._tasks if self._may_be_free(task, taken) and not self._stop.is_set() and self._done(task)
        ]

    def _taken(self) -> Mapping[str, datetime]:
        """When each turn was taken last, asked once for all tasks; nothing where the ledger is away."""
        try:
            with self._sessions() as session:
                rows = session.execute(select(ScheduledTurn.name, ScheduledTurn.taken_at)).all()
                return {row.name: row.taken_at for row in rows}
        except SQLAlchemyError:
            return {}

    def _may_be_free(self, task: ScheduledTask, taken: Mapping[str, datetime]) -> bool:
        """Whether it is worth to ask for the turn: taking it decides."""
        at = taken.get(task.name)
        return at is None or not timedelta(0) <= self._clock() - at < task.every

    def _done(self, task: ScheduledTask) -> bool:
        now = self._clock()
        try:
            if not task.due(now) or not take_turn(self._sessions, task.name, task.every, now):
                return False
            task.run(now)
            with writing(self._sessions) as session:
                session.execute(update(ScheduledTurn).where(ScheduledTurn.name == task.name).values(done_at=self._clock()))
        except SQLAlchemyError as error:
            logger.error("scheduled_task.database_away", extra={"task": task.name, "error": type(error).__name__})
            return False
        return True


@contextmanager
def scheduled_rounds(sessions: SessionFactory, tasks: Sequence[ScheduledTask]) -> Iterator[None]:
    """Goes round beside whatever is done within."""
    with going_round(ScheduledRounds(sessions, tasks), "scheduled-tasks", patience=30):
        yield
