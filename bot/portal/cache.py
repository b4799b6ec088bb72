"""What was last seen of a dossier: for 60 seconds instead of asking again, and as the last known state while the portal is
away. In memory only; a key that is made at the start and never stored stands between a dump of the keys and the codes."""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.portal.records import Dossier, LookupFactor

FRESH_SECONDS = 60.0
KEPT_SECONDS = 12 * 3600.0


@dataclass(frozen=True)
class _Seen:
    dossier: Dossier
    at: float


class DossierCache:
    """Dossiers by HMAC of code and factor, so that only the same pair finds them again. Holds at most ``capacity``, the
    oldest go first; forgets after ``kept_seconds``. Safe for several threads; one process only."""

    def __init__(
        self,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        kept_seconds: float = KEPT_SECONDS,
        capacity: int = 5_000,
        clock: Callable[[], float] = time.monotonic,
        key: bytes | None = None,
    ) -> None:
        self._fresh_seconds, self._kept_seconds, self._capacity, self._clock = fresh_seconds, kept_seconds, capacity, clock
        self._key = key or secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()

    def remember(self, code: str, factor: LookupFactor, dossier: Dossier) -> None:
        """Keeps what the portal just answered for this pair."""
        with self._lock:
            self._forget_old()
            key = self._key_of(code, factor)
            self._seen[key] = _Seen(dossier, self._clock())
            self._seen.move_to_end(key)
            while len(self._seen) > self._capacity:
                self._seen.popitem(last=False)

    def fresh(self, code: str, factor: LookupFactor) -> Dossier | None:
        """The dossier if this pair was answered within ``fresh_seconds``."""
        return self._within(code, factor, self._fresh_seconds)

    def last_known(self, code: str, factor: LookupFactor) -> Dossier | None:
        """The dossier as last seen; its ``as_of`` says how old that is."""
        return self._within(code, factor, self._kept_seconds)

    def forget(self, code: str, factor: LookupFactor) -> None:
        """Drops a pair that the portal no longer accepts."""
        with self._lock:
            self._seen.pop(self._key_of(code, factor), None)

    def _within(self, code: str, factor: LookupFactor, seconds: float) -> Dossier | None:
        with self._lock:
            seen = self._seen.get(self._key_of(code, factor))
            return seen.dossier if seen is not None and self._clock() - seen.at < seconds else None

    def _forget_old(self) -> None:
        """Drops what is older than ``kept_seconds``: entries stand in the order in which they were written."""
        while self._seen:
            oldest = next(iter(self._seen))
            if self._clock() - self._seen[oldest].at < self._kept_seconds:
                return
            del self._seen[oldest]

    def _key_of(self, code: str, factor: LookupFactor) -> bytes:
        message = "\x00".join((code, factor.type, factor.value)).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).digest()
