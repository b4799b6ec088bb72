"""The application's request rate: so many per minute, told in headers."""

from collections.abc import Callable

from simulators.zalo import errors
from simulators.zalo.errors import ZaloError


class RequestRate:
    """Counts requests by the minute of the simulated clock."""

    def __init__(self, now_ms: Callable[[], int], limit: Callable[[], int]) -> None:
        self._now_ms, self._limit = now_ms, limit
        self._minute, self._count = 0, 0

    def clear(self) -> None:
        """Forgets what was counted."""
        self._count = 0

    def take(self) -> None:
        """Counts a request. Raises ``ZaloError`` -32 over the limit."""
        minute = self._now_ms() // 60_000
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        if self._count > self._limit():
            raise ZaloError(errors.RATE_LIMIT)

    def headers(self) -> dict[str, str]:
        """``X-RateLimit-Limit`` and ``X-RateLimit-Remain``."""
        return {"X-RateLimit-Limit": str(self._limit()), "X-RateLimit-Remain": str(max(0, self._limit() - self._count))}
