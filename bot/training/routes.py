"""Which engine slot answers which conversation."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.storage.database import SessionFactory
from bot.storage.deployment_models import EngineRoute

logger = logging.getLogger(__name__)

Slot = Literal["a", "b"]
SLOTS: tuple[Slot, ...] = ("a", "b")
ROUTE = "engine"
"""Name of the one row."""
LOOKED_EVERY_SECONDS = 0.5
"""A change is in force everywhere after this time and one small query."""
_BUCKETS = 10_000


@dataclass(frozen=True)
class Route:
    """Where turns go. ``share``: percent of the conversations that the canary slot answers."""

    live: Slot = "a"
    canary: Slot | None = None
    previous: Slot | None = None
    share: int = 0
    promotion_id: int | None = None
    live_promotion_id: int | None = None
    fence: int = 0

    def slot_of(self, conversation_id: str) -> Slot:
        """The slot of this conversation: the same one as long as the canary lasts at this share; one that the canary answers
        stays there when the share grows."""
        if self.canary is None:
            return self.live
        return self.canary if bucket(conversation_id, self.promotion_id) < self.share * _BUCKETS // 100 else self.live


NO_PROMOTION = Route()
"""As it is in an installation where nothing was ever promoted: slot a with the installation's own model."""


def other(slot: Slot) -> Slot:
    """The other of the two."""
    return "b" if slot == "a" else "a"


def as_slot(text: str | None) -> Slot | None:
    """The slot of this name; None for anything else."""
    return next((slot for slot in SLOTS if slot == text), None)


def bucket(conversation_id: str, promotion_id: int | None) -> int:
    """A number from 0 to 9,999, the same for the same conversation and promotion, evenly spread. Each promotion draws anew, so
    that not always the same citizens try what is new."""
    digest = hashlib.sha256(f"{promotion_id}:{conversation_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % _BUCKETS


def read_route(session: Session) -> Route:
    """What the ledger says now."""
    row = session.get(EngineRoute, ROUTE, populate_existing=True)
    if row is None:
        return NO_PROMOTION
    return Route(
        live=as_slot(row.live_slot) or "a",
        canary=as_slot(row.canary_slot),
        previous=as_slot(row.previous_slot),
        share=row.share,
        promotion_id=row.promotion_id,
        live_promotion_id=row.live_promotion_id,
        fence=row.fence,
    )


class RouteWatch:
    """Call it for the route. Read again at most twice a second; while the ledger is away the last one known holds. Safe from
    several threads."""

    def __init__(
        self,
        sessions: SessionFactory,
        *,
        every_seconds: float = LOOKED_EVERY_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions, self._every, self._monotonic = sessions, every_seconds, monotonic
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._route = NO_PROMOTION

    def __call__(self) -> Route:
        """Where turns go now."""
        with self._lock:
            now = self._monotonic()
            if self._looked_at is None or now - self._looked_at >= self._every:
                self._looked_at = now
                self._read()
            return self._route

    def _read(self) -> None:
        try:
            with self._sessions() as session:
                route = read_route(session)
        except SQLAlchemyError as error:
            logger.warning("route.not_read", extra={"error": type(error).__name__})
            return
        if route != self._route:
            logger.info("route.read", extra={"live": route.live, "canary": route.canary, "share": route.share})
        self._route = route
