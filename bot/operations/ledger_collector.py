"""The ledger's figures for Prometheus, read when it asks, at most every few seconds, over a connection of their own: they are
told also where all other connections are in use."""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from alembic.util.exc import CommandError
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.clock import Clock, utc_now
from bot.metrics import declared
from bot.metrics.process import family
from bot.operations.ledger_figures import LedgerFigures, database_bytes, last_backup, read_figures
from bot.storage.database import Database
from bot.storage.migrate import migration_state

logger = logging.getLogger(__name__)

REMEMBERED_SECONDS = 5.0
SLOW_REMEMBERED_SECONDS = 60.0
BACKUP_STAMP = "last-backup"
"""A file in VAR_DIR; another tool than ours touches it when a backup was made and checked (docs/operators/metrics.md#backups)."""


class LedgerCollector(Collector):
    """One per gateway. Safe from several threads."""

    def __init__(
        self, ledger: Database, var_dir: Path, clock: Clock = utc_now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ledger, self._var_dir, self._clock, self._monotonic = ledger, var_dir, clock, monotonic
        self._lock = threading.Lock()
        self._last: tuple[float, list[Metric]] | None = None
        self._slow: tuple[float, int, datetime | None] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing is read at the start."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures, at most five seconds old."""
        with self._lock:
            if self._last is None or self._monotonic() - self._last[0] >= REMEMBERED_SECONDS:
                found = list(self._collect())
                self._last = (self._monotonic(), found)
            return self._last[1]

    def _collect(self) -> Iterator[Metric]:
        yield from self._disk()
        try:
            if migration_state(self._ledger.engine) == "behind":
                yield family(declared.LEDGER_UP, ((), 1.0))
                yield family(declared.MIGRATIONS_AT_HEAD, ((), 0.0))
                return
            with self._ledger.sessions() as session:
                figures = read_figures(session, self._clock())
            size, backup_at = self._size_and_backup()
        except (SQLAlchemyError, CommandError) as error:
            logger.warning("metrics.ledger_away", extra={"error": type(error).__name__})
            yield family(declared.LEDGER_UP, ((), 0.0))
            return
        yield family(declared.LEDGER_UP, ((), 1.0))
        yield family(declared.MIGRATIONS_AT_HEAD, ((), 1.0))
        yield family(declared.DATABASE_BYTES, ((), float(size)))
        if backup_at is not None:
            yield family(declared.BACKUP_AGE, ((), max(0.0, (figures.now - backup_at).total_seconds())))
        yield from work_metrics(figures)
        yield from upkeep_metrics(figures)

    def _disk(self) -> Iterator[Metric]:
        try:
            yield family(declared.DISK_FREE, ((), float(shutil.disk_usage(self._var_dir).free)))
        except OSError:
            return

    def _size_and_backup(self) -> tuple[int, datetime | None]:
        """The ledger's size and when the newest known backup was made; looked at once a minute."""
        if self._slow is None or self._monotonic() - self._slow[0] >= SLOW_REMEMBERED_SECONDS:
            size = database_bytes(self._ledger.engine)
            with self._ledger.sessions() as session:
                known = [last_backup(session), _stamped(self._var_dir / BACKUP_STAMP)]
            self._slow = (self._monotonic(), size, max((one for one in known if one is not None), default=None))
        return self._slow[1:]


def _stamped(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return None


def work_metrics(figures: LedgerFigures) -> Iterator[Metric]:
    """What waits and what went wrong."""
    now = figures.now
    yield family(declared.OLDEST_UNANSWERED, ((), figures.inbound.age(now)))
    yield family(declared.UNANSWERED, ((), figures.inbound.count))
    yield family(declared.OUTBOUND_PENDING, ((), figures.outbound.count))
    yield family(declared.OLDEST_PENDING, ((), figures.outbound.age(now)))
    yield family(declared.OUTBOUND_LOST, *(((state,), count) for state, count in figures.unsent.items()))
    yield family(declared.HANDOFFS_WAITING, ((), figures.handoffs.count))
    yield family(declared.HANDOFF_LONGEST, ((), figures.handoffs.age(now)))
    channels = figures.channels
    yield family(declared.ACCOUNT_OK, *(((one.channel,), float(one.ok)) for one in channels))
    paused = [((one.channel,), float(one.paused_until is not None and one.paused_until > now)) for one in channels]
    yield family(declared.ACCOUNT_PAUSED, *paused)
    yield family(declared.QUOTA_LEFT, *(((one.channel,), one.quota_left) for one in channels if one.quota_left is not None))
    with_token = [one for one in channels if one.token_days is not None]
    yield family(declared.TOKEN_DAYS, *(((one.channel,), one.token_days or 0.0) for one in with_token))
    yield family(declared.TOKEN_CONSENT, *(((one.channel,), float(one.consent_needed)) for one in with_token))


def upkeep_metrics(figures: LedgerFigures) -> Iterator[Metric]:
    """Who works, and what is done by the clock."""
    now = figures.now

    def age(moment: datetime) -> float:
        return max(0.0, (now - moment).total_seconds())

    yield family(declared.HEARTBEAT_AGE, *(((kind,), age(at)) for kind, (at, _) in figures.beats.items()))
    yield family(declared.HEARTBEATS, *(((kind,), alive) for kind, (_, alive) in figures.beats.items()))
    yield family(declared.TASK_AGE, *(((task.name,), age(task.done_at)) for task in figures.tasks if task.done_at is not None))
    yield family(declared.TRAINING_JOBS, *(((state,), count) for state, count in figures.trainings.items()))
    if figures.retention_at is not None:
        yield family(declared.RETENTION_AGE, ((), age(figures.retention_at)))
    if figures.catalogue_at is not None:
        yield family(declared.CATALOGUE_AGE, ((), age(figures.catalogue_at)))
