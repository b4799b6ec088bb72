"""Counts per key over a sliding window: look-ups per person, wrong factors per dossier code."""

import math
from collections import deque
from collections.abc import Callable

_SWEEP_OVER = 10_000


class SlidingWindow:
    """At most ``limit`` events per key in ``seconds``. One process, in memory; used from one event loop."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float]) -> None:
        self._limit, self._seconds, self._clock = limit, seconds, clock
        self._events: dict[str, deque[float]] = {}

    def wait_for(self, key: str) -> int:
        """Whole seconds until one more event is allowed; 0 = now."""
        events = self._recent(key)
        return max(1, math.ceil(events[0] + self._seconds - self._clock())) if len(events) >= self._limit else 0

    def note(self, key: str) -> None:
        """Counts an event."""
        if len(self._events) > _SWEEP_OVER:
            self._events = {k: e for k, e in self._events.items() if e and e[-1] > self._clock() - self._seconds}
        self._events.setdefault(key, deque()).append(self._clock())

    def clear(self) -> None:
        """Forgets everything."""
        self._events.clear()

    def _recent(self, key: str) -> deque[float]:
        events = self._events.get(key, deque())
        while events and events[0] <= self._clock() - self._seconds:
            events.popleft()
        return events
