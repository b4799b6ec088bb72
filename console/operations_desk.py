"""What the page of operations needs beside the ledger's rows: this process's release and connections, the disk, the ledger's size
and shape. All viewers share one reading, so that open pages cost the ledger one look every few seconds."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot import __version__
from bot.conversations.clock import Clock
from bot.metrics.pool import pools
from bot.metrics.process import release_commit
from bot.operations.ledger_figures import database_bytes
from bot.operations.state import OperationsState, read_operations
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.migrate import MigrationState, migration_state

SHARED_SECONDS = 5.0


@dataclass(frozen=True)
class Machine:
    """Where this console runs. Sizes in bytes."""

    version: str
    commit: str
    database: str
    database_bytes: int
    migrations: MigrationState
    connections: int
    connections_limit: int
    disk_free: int
    disk_total: int


@dataclass(frozen=True)
class Operations:
    """Everything that the page shows."""

    state: OperationsState
    machine: Machine


class OperationsDesk:
    """Reads for the page. Safe from several threads."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._clock, self._monotonic = database, clock, monotonic
        self._var_dir, self._commit = Path(settings.var_dir), settings.build_commit
        self._lock = threading.Lock()
        self._last: tuple[float, Operations] | None = None

    def read(self) -> Operations:
        """The state, at most five seconds old. Raises SQLAlchemy's errors."""
        with self._lock:
            if self._last is None or self._monotonic() - self._last[0] >= SHARED_SECONDS:
                with self._database.sessions() as session:
                    state = read_operations(session, self._clock())
                self._last = (self._monotonic(), Operations(state, self._machine()))
            return self._last[1]

    def forget(self) -> None:
        """What was read is out of date: something was done."""
        with self._lock:
            self._last = None

    def _machine(self) -> Machine:
        engine, present = self._database.engine, pools()
        disk = shutil.disk_usage(next(one for one in (self._var_dir, *self._var_dir.parents) if one.exists()))
        return Machine(
            version=__version__,
            commit=release_commit(self._commit),
            database="PostgreSQL" if engine.dialect.name == "postgresql" else "SQLite",
            database_bytes=database_bytes(engine),
            migrations=migration_state(engine),
            connections=sum(pool.checkedout() for pool in present),
            connections_limit=sum(pool.most for pool in present),
            disk_free=disk.free,
            disk_total=disk.total,
        )
