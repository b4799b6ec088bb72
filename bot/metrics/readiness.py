"""Whether a process can do its work, in a few words for a machine.

The ledger's part is the same for all: it answers, it takes writes, and it has at least the shape that this release needs. A
ledger with a newer shape is no fault: it is what a rolling update looks like from the old replicas.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from alembic.util.exc import CommandError
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.storage.migrate import MigrationState, migration_state

REMEMBERED_SECONDS = 1.0

LedgerState = Literal["ok", "newer", "busy", "away", "read_only", "migrations_behind"]
_OF_SHAPE: dict[MigrationState, LedgerState] = {"at_head": "ok", "ahead": "newer", "behind": "migrations_behind"}
_WORKS: tuple[LedgerState, ...] = ("ok", "newer", "busy")


@dataclass(frozen=True)
class Readiness:
    """``problem``: what keeps the process from its work, None where nothing does; ``parts``: what was looked at."""

    problem: str | None = None
    parts: Mapping[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the process can do its work."""
        return self.problem is None


def ledger_state(engine: Engine) -> LedgerState:
    """How the ledger is. ``busy``: all connections of this process are in use, which is work and no fault."""
    try:
        if engine.dialect.name == "postgresql":
            with engine.connect() as connection:
                if connection.scalar(text("SELECT pg_is_in_recovery()")):
                    return "read_only"
        shape = migration_state(engine)
    except PoolTimeoutError:
        return "busy"
    except (SQLAlchemyError, CommandError):
        return "away"
    return _OF_SHAPE[shape]


def ledger_readiness(ledger: Engine, /, **others: bool) -> Readiness:
    """Ready where the ledger works and all ``others`` are true; the first that is not is the problem."""
    state = ledger_state(ledger)
    parts = {"ledger": state, **others}
    if state not in _WORKS:
        return Readiness(state if state == "migrations_behind" else f"ledger_{state}", parts)
    return Readiness(next((name for name, fine in others.items() if not fine), None), parts)


class RememberedReadiness:
    """Looks at most once a second however often it is asked, one look at a time."""

    def __init__(
        self,
        look: Callable[[], Readiness],
        monotonic: Callable[[], float] = time.monotonic,
        seconds: float = REMEMBERED_SECONDS,
    ) -> None:
        self._look, self._monotonic, self._seconds = look, monotonic, seconds
        self._lock = threading.Lock()
        self._last: tuple[float, Readiness] | None = None

    def __call__(self) -> Readiness:
        """The readiness now."""
        with self._lock:
            if self._last is None or self._monotonic() - self._last[0] >= self._seconds:
                found = self._look()
                self._last = (self._monotonic(), found)
            return self._last[1]
