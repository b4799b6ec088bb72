"""``GET /health``: whether the gateway and what it stands on can do their work."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.importing.store import VersionInfo, live_version_info
from bot.catalogue.publishing.releases import Release, live_release
from bot.conversations.clock import Clock
from bot.conversations.outcomes import last_beat, oldest_unanswered
from bot.storage.database import Database
from bot.storage.migrate import is_at_head
from bot.sync_monitor.starting import START_BOUND
from connectors.gateway.routed_engine import LiveProcesses
from connectors.gateway.worker import HEARTBEAT_KIND

WORKER_SILENT = timedelta(seconds=20)
_REMEMBERED_SECONDS = 1.0


@dataclass(frozen=True)
class Health:
    """The state of the parts, as the page shows it. Ages in seconds, None where there is nothing to tell the age of."""

    database: bool
    migrated: bool
    engine: LiveProcesses
    streams: bool
    worker_age: float | None
    oldest_unanswered_age: float | None
    catalogue: dict[str, Any] | None = None
    """The imported catalogue that is live; None where only reviewed procedures are."""
    published: dict[str, Any] | None = None
    """The release of the reviewed procedures that is live; None where the shipped files are."""
    starting: bool = False
    """Nothing was ever wrong but that this gateway, and perhaps all that it stands on, was started a moment ago."""

    @property
    def ok(self) -> bool:
        """Whether every part can do its work. An old unanswered message is shown and is no reason to be called down."""
        worker = self.worker_age is not None and self.worker_age <= WORKER_SILENT.total_seconds()
        return self.database and self.migrated and self.engine.ok and self.streams and worker

    def to_json(self) -> dict[str, Any]:
        """The body of the page."""
        return {
            "status": "ok" if self.ok else "starting" if self.starting else "down",
            "database": self.database,
            "migrations_at_head": self.migrated,
            "engine": self.engine.ok,
            "engine_processes": {"slot": self.engine.slot, "answering": self.engine.answering, "of": self.engine.of},
            "streams": self.streams,
            "worker_heartbeat_age_seconds": self.worker_age,
            "oldest_unanswered_age_seconds": self.oldest_unanswered_age,
            "imported_catalogue": self.catalogue,
            "published_catalogue": self.published,
        }


def _catalogue(live: VersionInfo | None) -> dict[str, Any] | None:
    if live is None:
        return None
    return {
        "version": live.number,
        "procedures": live.counts.get("total"),
        "imported_at": live.imported_at.isoformat(timespec="seconds"),
        "source": live.source_name,
    }


def _published(live: Release | None) -> dict[str, Any] | None:
    if live is None or live.archive_sha256 is None:
        return None
    return {
        "release": live.number,
        "commit": live.commit,
        "published_at": live.published_at.isoformat(timespec="seconds"),
    }


class HealthCheck:
    """Looks at the parts, at most once a second however often it is asked."""

    def __init__(
        self, database: Database, live_processes: Callable[[], LiveProcesses], streams_run: Callable[[], bool], clock: Clock
    ) -> None:
        self._database = database
        self._live_processes = live_processes
        self._streams_run = streams_run
        self._clock = clock
        self._lock = threading.Lock()
        self._last: tuple[float, Health] | None = None
        self._began, self._was_ok = clock(), False

    def look(self) -> Health:
        """The present state."""
        with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > _REMEMBERED_SECONDS:
                found = self._look()
                self._was_ok = self._was_ok or found.ok
                self._last = (time.monotonic(), replace(found, starting=self._may_be_starting(found)))
            return self._last[1]

    def _may_be_starting(self, found: Health) -> bool:
        """Engine and worker may be late; a ledger that is away or not migrated is no matter of waiting."""
        early = not self._was_ok and self._clock() - self._began < START_BOUND
        return early and found.database and found.migrated and found.streams

    def _look(self) -> Health:
        engine, streams = self._live_processes(), self._streams_run()
        try:
            migrated = is_at_head(self._database.engine)
        except (SQLAlchemyError, CommandError):
            return Health(False, False, engine, streams, None, None)
        if not migrated:
            return Health(True, False, engine, streams, None, None)
        try:
            with self._database.sessions() as session:
                beat_at, oldest = last_beat(session, HEARTBEAT_KIND), oldest_unanswered(session)
                catalogue, published = _catalogue(live_version_info(session)), _published(live_release(session))
        except SQLAlchemyError:
            return Health(False, migrated, engine, streams, None, None)
        return Health(True, True, engine, streams, self._age(beat_at), self._age(oldest), catalogue, published)

    def _age(self, moment: datetime | None) -> float | None:
        return None if moment is None else round((self._clock() - moment).total_seconds(), 1)
