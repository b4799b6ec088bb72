"""Counting calls over a moving span of simulated time."""

from collections import deque
from collections.abc import Callable

from simulators.messenger.graph_errors import RATE_OF_SENDS, GraphError
from simulators.messenger.knobs import Knobs

_DAY = 24 * 3600
PROFILE_CALLS, PROFILE_SPAN = 10, 600


class CallLimits:
    """All limits of one page. ``now`` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._calls: dict[str, deque[float]] = {}

    def clear(self) -> None:
        """Forgets all calls."""
        self._calls.clear()

    def count_send(self, knobs: Knobs, person: str, engaged: int, *, heavy: bool) -> None:
        """Counts a call of the Send API. Raises error 4/2018022 (per second), 32 (per day) or 613 (per person).

        ``engaged``: people who wrote within a day; ``heavy``: audio and video."""
        per_second = knobs.media_sends_per_second if heavy else knobs.sends_per_second
        if not self._fits(f"second:{heavy}", per_second, 1):
            raise GraphError(4, "Application request limit reached", RATE_OF_SENDS)
        if not self._fits("day", knobs.calls_per_engaged_person_a_day * max(engaged, 1), _DAY):
            raise GraphError(32, "Page request limit reached")
        limit = knobs.sends_per_person_a_minute
        if limit is not None and not self._fits(f"person:{person}", limit, 60):
            raise GraphError(613, "Calls to this api have exceeded the rate limit.")

    def count_profile_call(self, of: str) -> None:
        """Counts a change of the page's profile, or of one person's menu: 10 in 10 minutes. Raises error 613."""
        if not self._fits(f"profile:{of}", PROFILE_CALLS, PROFILE_SPAN):
            raise GraphError(613, "Calls to this api have exceeded the rate limit.")

    def _fits(self, what: str, most: int, seconds: float) -> bool:
        calls, now = self._calls.setdefault(what, deque()), self._now()
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            return False
        calls.append(now)
        return True
