"""How a worker learns that something came in: PostgreSQL tells it, SQLite (and a pooler of connections) is asked often.

A notice of a message that is held back says for how long, and rings only then. On either database the worker still asks by itself
at a slower pace, so a lost notice costs a moment and never a message.
"""

import heapq
import logging
import threading
import time
from datetime import timedelta
from typing import Protocol

import psycopg
from sqlalchemy.orm import Session

from bot.storage.database import database_url, is_pooled

logger = logging.getLogger(__name__)

INBOUND = "motcua_inbound"
OUTBOUND = "motcua_outbound"
SQLITE_POLL_SECONDS = 0.075
POSTGRES_POLL_SECONDS = 0.2
"""Where notices are not heard, or not waited for with a time of one's own."""
_AFTER_THE_HOLDING = timedelta(milliseconds=20)
"""Added to the time for which a message is held back: clocks are a little apart, and who looks too early looks in vain."""
_LISTEN_SLICE_SECONDS = 1.0


class Wakeup(Protocol):
    """Something that can be waited for."""

    def wait(self, stop: threading.Event, *, longest: float | None = None) -> bool:
        """Returns when there may be work, or when ``stop`` is set; whether somebody rang. ``longest``: seconds after which the
        ledger is asked by itself, where notices are heard."""

    def ring(self, after_seconds: float = 0.0) -> None:
        """There may be work, now or after this time."""

    def close(self) -> None:
        """Frees what it holds."""


def announce_inbound(session: Session, held_back: timedelta = timedelta(0)) -> None:
    """Tells waiting workers, once the transaction commits, that something came in which is due after ``held_back``
    (PostgreSQL; nothing on SQLite)."""
    _notify(session, INBOUND, held_back)


def announce_outbound(session: Session) -> None:
    """Tells waiting senders, once the transaction commits, that something is to be sent (PostgreSQL; nothing on SQLite)."""
    _notify(session, OUTBOUND)


def _notify(session: Session, channel: str, held_back: timedelta = timedelta(0)) -> None:
    if session.get_bind().dialect.name == "postgresql":
        wait = f", '{(held_back + _AFTER_THE_HOLDING) // timedelta(milliseconds=1):d}'" if held_back else ""
        session.connection().exec_driver_sql(f"NOTIFY {channel}{wait}")


def _seconds_in(notice: str) -> float:
    """How long the notice says to wait. An empty one, as an older release sends it, means now."""
    return int(notice) / 1000 if notice.isascii() and notice.isdigit() and len(notice) < 7 else 0.0


class PolledWakeup:
    """Wakes every ``seconds``; ``ring`` wakes at once."""

    def __init__(self, seconds: float = SQLITE_POLL_SECONDS) -> None:
        self._seconds = seconds
        self._changed = threading.Condition()
        self._rung = False
        self._rings_at: list[float] = []

    def wait(self, stop: threading.Event, *, longest: float | None = None) -> bool:  # noqa: ARG002 (nobody tells us)
        """Returns at the next beat, at a ring, or at once where ``stop`` is set."""
        return self._wait(stop, self._seconds)

    def _wait(self, stop: threading.Event, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                now = time.monotonic()
                while self._rings_at and self._rings_at[0] <= now:
                    heapq.heappop(self._rings_at)
                    self._rung = True
                if self._rung or stop.is_set() or now >= deadline:
                    rung, self._rung = self._rung or stop.is_set(), False
                    return rung
                self._changed.wait(min([deadline, *self._rings_at[:1]]) - now)

    def ring(self, after_seconds: float = 0.0) -> None:
        """Wakes whoever waits, now or after this time."""
        with self._changed:
            if after_seconds > 0:
                heapq.heappush(self._rings_at, time.monotonic() + after_seconds)
            else:
                self._rung = True
            self._changed.notify_all()

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
                for notice in connection.notifies(timeout=_LISTEN_SLICE_SECONDS, stop_after=1):
                    self.ring(_seconds_in(notice.payload))


def wakeup_for(url: str, channel: str = INBOUND, *, direct_url: str | None = None) -> Wakeup:
    """The way to learn of new messages (or, with ``OUTBOUND``, of messages to send) that fits the database.

    Notices are heard on a session of one's own. Behind a pooler that takes ``direct_url``, the server's own address; without
    one the ledger is asked often, as on SQLite."""
    listens_to = direct_url or url
    if database_url(listens_to).drivername == "sqlite" or is_pooled(listens_to):
        return PolledWakeup()
    return NotifiedWakeup(listens_to, channel)
