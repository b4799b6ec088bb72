"""Whether engine and action server can answer now.

While one of them starts, citizens' messages wait a moment instead of meeting an apology: a restart is nothing that a citizen
should notice.
"""

import threading
import time
from collections.abc import Callable, Sequence

import httpx

_REMEMBERED_SECONDS = 0.5
_ASK_SECONDS = 1.0


class AssistantReadiness:
    """Asks the parts' health, at most twice a second however many turns ask. Safe to share between threads."""

    def __init__(self, healths: Sequence[Callable[[], bool]], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._healths = healths
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: tuple[float, bool] | None = None

    def __call__(self) -> bool:
        """Whether all parts say that they can work."""
        with self._lock:
            now = self._monotonic()
            if self._last is None or now - self._last[0] >= _REMEMBERED_SECONDS:
                self._last = (now, all(healthy() for healthy in self._healths))
            return self._last[1]


def answers_ok(client: httpx.Client, url: str) -> bool:
    """Whether this address answers 200 within a second."""
    try:
        return client.get(url, timeout=_ASK_SECONDS).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
