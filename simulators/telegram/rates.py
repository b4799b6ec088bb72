"""Telegram's sending rates: 1 a second per chat, 30 a second in all, 20 a minute per group."""

import math
from collections import defaultdict, deque

from simulators.messaging.clock import SimClock
from simulators.telegram.errors import too_many_requests


class SendingRates:
    """Counts messages sent on the simulated clock."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._sent: dict[str, deque[float]] = defaultdict(deque)

    def check(self, chat_id: int, *, group: bool) -> None:
        """Raises 429 with the seconds to wait where one more message to this chat is too many."""
        wait = max(self._wait(key, limit, seconds) for key, limit, seconds in self._limits(chat_id, group))
        if wait > 0:
            raise too_many_requests(math.ceil(wait))

    def note(self, chat_id: int, *, group: bool) -> None:
        """Counts a message that went out."""
        now = self._clock.now().timestamp()
        for key, _, _ in self._limits(chat_id, group):
            self._sent[key].append(now)

    def clear(self) -> None:
        """Forgets what was sent."""
        self._sent.clear()

    def _limits(self, chat_id: int, group: bool) -> list[tuple[str, int, float]]:
        limits = [("all", 30, 1.0), (f"second:{chat_id}", 1, 1.0)]
        return [*limits, (f"minute:{chat_id}", 20, 60.0)] if group else limits

    def _wait(self, key: str, limit: int, seconds: float) -> float:
        sent, now = self._sent[key], self._clock.now().timestamp()
        # A clock that was set back must not lock a chat for ever.
        while sent and not now - seconds < sent[0] <= now:
            sent.popleft()
        return sent[-limit] + seconds - now if len(sent) >= limit else 0.0
