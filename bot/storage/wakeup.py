"""How a worker learns that something came in: PostgreSQL tells it, SQLite (and a pooler of connections) is asked often.

On either database the worker still asks by itself at a slower pace, so a lost notice costs a moment and never a message.
"""

import logging
import threading
from typing import Protocol

import psycopg
from sqlalchemy.orm import Session

from bot.storage.database import database_url, is_pooled

logger = logging.getLogger(__name__)

INBOUND = "motcua_inbound"
OUTBOUND = "motcua_outbound"
SQLITE_POLL_SECONDS = 0.075
POSTGRES_POLL_SECONDS = 0.2
"""A message that is held back for its order comes due without a notice, so the asking must be shorter than the holding."""

_LISTEN_SLICE_SECONDS = 1.0


class Wakeup(Protocol):
    """Something that can be waited for."""

    def wait(self, stop: threading.Event, *, longest: float | None = None) -> bool:
        """Returns when there may be work, or when ``stop`` is set; whether somebody rang. ``longest``: seconds after which the
        ledger is asked by itself, where notices are heard."""

    def ring(self) -> None:
        """There may be work now."""

    def close(self) -> None:
        """Frees what it holds."""


def announce_inbound(session: Session) -> None:
    """Tells waiting workers, once the transaction commits, that something came in (PostgreSQL; nothing on SQLite)."""
    _notify(session, INBOUND)


def announce_outbound(session: Session) -> None:
    """Tells waiting senders, once the transaction commits, that something is to be sent (PostgreSQL; nothing on SQLite)."""
    _notify(session, OUTBOUND)


def _notify(session: Session, channel: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(f"NOTIFY {channel}")


class PolledWakeup:
    """Wakes every ``seconds``; ``ring`` wakes at once."""

    def __init__(self, seconds: float = SQLITE_POLL_SECONDS) -> None:
        self._seconds = seconds
        self._rung = threading.Event()

    def wait(self, stop: threading.Event, *, longest: float | None = None) -> bool:  # noqa: ARG002 (nobody tells us)
        """Returns at the next beat, at a ring, or at once where ``stop`` is set."""
        return self._wait(stop, self._seconds)

    def _wait(self, stop: threading.Event, seconds: float) -> bool:
        rung = stop.is_set() or self._rung.wait(seconds)
        self._rung.clear()
        return rung

    def ring(self) -> None:
        """Wakes whoever waits."""
        self._rung.set()

    def close(self) -> None:
        """Nothing to free."""


class NotifiedWakeup(PolledWakeup):
    """Wakes on PostgreSQL's notices, and every ``seconds`` in case one was lost."""

    def __init__(self, url: str, channel: str = INBOUND, seconds: float = POSTGRES_POLL_SECONDS) -> None:
        super().__init__(seconds)
        self._channel = channel
        self._address = database_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._closed, self._listens = threading.Event(), threading.Event()
        self._listener = threading.Thread(target=self._listen, name="inbound-listener", daemon=True)
        self._listener.start()

    def wait(self, stop: threading.Event, *, longest: float | None = None) -> bool:
        """Returns at a notice or a ring, after ``longest`` (its own pace where nothing is said), or where ``stop`` is set."""
        return self._wait(stop, self._seconds if longest is None or not self._listens.is_set() else longest)

    def close(self) -> None:
        """Ends the listener's thread and connection."""
        self._closed.set()
        self._listener.join(timeout=2 * _LISTEN_SLICE_SECONDS)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen_on_one_connection()
            except psycopg.Error as error:
                self._listens.clear()
                logger.warning("wakeup.listen_failed", extra={"error": type(error).__name__})
                self._closed.wait(2.0)

    def _listen_on_one_connection(self) -> None:
        with psycopg.connect(self._address, autocommit=True, connect_timeout=3) as connection:
            connection.execute(f"LISTEN {self._channel}")
            self._listens.set()
            self.ring()
            while not self._closed.is_set():
                for _notice in connection.notifies(timeout=_LISTEN_SLICE_SECONDS, stop_after=1):
                    self.ring()


def wakeup_for(url: str, channel: str = INBOUND, *, direct_url: str | None = None) -> Wakeup:
    """The way to learn of new messages (or, with ``OUTBOUND``, of messages to send) that fits the database.

    Notices are heard on a session of one's own. Behind a pooler that takes ``direct_url``, the server's own address; without
    one the ledger is asked often, as on SQLite."""
    listens_to = direct_url or url
    if database_url(listens_to).drivername == "sqlite" or is_pooled(listens_to):
        return PolledWakeup()
    return NotifiedWakeup(listens_to, channel)
