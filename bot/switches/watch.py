"""What holds now, for a process that runs: read again at most once a second, and only in full where something changed."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.clock import Clock, utc_now
from bot.storage.database import SessionFactory
from bot.switches.board import Active, Orders
from bot.switches.store import changes_so_far, read_orders

logger = logging.getLogger(__name__)

LOOKED_EVERY_SECONDS = 1.0
"""An order is in force everywhere after this time and one small query."""


class SwitchWatch:
    """Call it for what holds now. While the ledger is away the last orders known stay in force. Safe from several threads."""

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock = utc_now,
        *,
        every_seconds: float = LOOKED_EVERY_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions, self._clock, self._every, self._monotonic = sessions, clock, every_seconds, monotonic
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._changes: int | None = None
        self._orders = Orders()

    def __call__(self) -> Active:
        """What is off and which outages last."""
        now = self._monotonic()
        if self._looked_at is None or now - self._looked_at >= self._every:
            self._look(now)
        return self._orders.at(self._clock())

    def _look(self, now: float) -> None:
        """One thread looks; the others go on with what is known, except at the very first look."""
        if not self._lock.acquire(blocking=self._looked_at is None):
            return
        try:
            if self._looked_at is not None and now - self._looked_at < self._every:
                return
            self._looked_at = now
            self._read()
        finally:
            self._lock.release()

    def _read(self) -> None:
        try:
            with self._sessions() as session:
                changes = changes_so_far(session)
                if changes != self._changes:
                    self._orders = read_orders(session, self._clock())
                    self._changes = changes
                    logger.info("switches.read", extra={"changes": changes, "orders": len(self._orders.orders)})
        except SQLAlchemyError as error:
            logger.warning("switches.not_read", extra={"error": type(error).__name__})
