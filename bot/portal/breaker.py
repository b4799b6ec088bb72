"""A circuit breaker: after several failures in a row the portal is left alone for a while."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

from bot.portal.errors import CircuitOpen, PortalError, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.records import Dossier, LookupFactor

logger = logging.getLogger(__name__)

BreakerState = Literal["closed", "open", "half_open"]


class CircuitBreaker:
    """Closed until ``failures`` failures in a row; then open for ``open_seconds``; then half-open: one trial call decides.

    A trial that never reports back is given up after ``open_seconds``, so that the breaker cannot stay shut for ever. Safe
    for several threads; one process only.
    """

    def __init__(self, failures: int = 5, open_seconds: float = 20.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._open_seconds, self._clock = failures, open_seconds, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_again_at: float | None = None
        self._trial = False

    @property
    def state(self) -> BreakerState:
        """The state now."""
        with self._lock:
            if self._closed_again_at is None:
                return "closed"
            return "half_open" if self._trial or self._clock() >= self._closed_again_at else "open"

    def enter(self) -> None:
        """Asks to make a call; raises ``CircuitOpen`` where it must not be made. Whoever enters reports the outcome."""
        with self._lock:
            if self._closed_again_at is None:
                return
            left = self._closed_again_at - self._clock()
            if left > 0:
                raise CircuitOpen(left)
            self._trial = True
            self._closed_again_at = self._clock() + self._open_seconds

    def succeeded(self) -> None:
        """The portal answered: closed."""
        with self._lock:
            if self._closed_again_at is not None:
                logger.warning("portal.breaker_closed")
            self._failures, self._closed_again_at, self._trial = 0, None, False

    def failed(self) -> None:
        """The portal did not answer: opens after the last allowed failure, or at once after a failed trial."""
        with self._lock:
            self._failures += 1
            if self._trial or (self._closed_again_at is None and self._failures >= self._limit):
                logger.warning("portal.breaker_opened", extra={"failures": self._failures})
                self._closed_again_at = self._clock() + self._open_seconds
                self._trial = False


class GuardedPortal:
    """A portal behind a breaker. Only ``Unavailable`` counts as a failure: any other error is an answer."""

    def __init__(self, portal: PortalGateway, breaker: CircuitBreaker) -> None:
        self._portal, self._breaker = portal, breaker

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:
        """See ``PortalGateway.lookup_dossier``; raises ``CircuitOpen`` without asking while the breaker is open."""
        self._breaker.enter()
        try:
            dossier = self._portal.lookup_dossier(code, factor, on_behalf_of=on_behalf_of)
        except Unavailable:
            self._breaker.failed()
            raise
        except PortalError:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return dossier
