"""A clock that runs with real time and can be moved, so that windows of days and retry ladders pass in a second."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)


class SimClock:
    """Simulated time: real time plus an offset. One event loop only."""

    def __init__(self, real: Callable[[], datetime] = real_now) -> None:
        self._real = real
        self._offset = timedelta(0)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Simulated time, in UTC."""
        return self._real() + self._offset

    def now_ms(self) -> int:
        """Simulated time as Unix milliseconds."""
        return int(self.now().timestamp() * 1000)

    def set(self, at: datetime) -> None:
        """Moves the clock to ``at``. Raises ``ValueError`` where it has no time zone."""
        if at.tzinfo is None:
            raise ValueError("the time needs a time zone")
        self._move(at.astimezone(UTC) - self._real())

    def advance(self, seconds: float) -> None:
        """Moves the clock on; sleepers whose time has come wake up."""
        self._move(self._offset + timedelta(seconds=seconds))

    def reset(self) -> None:
        """Back to real time."""
        self._move(timedelta(0))

    async def sleep(self, seconds: float) -> None:
        """Waits simulated seconds; ends early when the clock is moved past the end."""
        await self.sleep_until(self.now() + timedelta(seconds=seconds))

    async def sleep_until(self, at: datetime) -> None:
        """Waits until the clock shows ``at``; returns at once where that is past."""
        while (left := (at - self.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                continue

    def _move(self, offset: timedelta) -> None:
        self._offset = offset
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
