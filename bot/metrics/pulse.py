"""The pulse of a process: its main loop beats, and whoever asks sees when it last did."""

import asyncio
import time
from collections.abc import Callable

STOPPED_AFTER_SECONDS = 60.0
"""A loop that has not beaten for so long hangs. Longer than anything that a loop may wait for: while the ledger is away a round
of the worker lasts about half as long."""
_BEATS_EVERY_SECONDS = 1.0


class Pulse:
    """Safe from several threads. Not begun (no beat yet) counts as alive: a start may take long, and has a probe of its own."""

    def __init__(self, stopped_after: float = STOPPED_AFTER_SECONDS, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stopped_after, self._monotonic = stopped_after, monotonic
        self._beat_at: float | None = None

    def beat(self) -> None:
        """The loop went round."""
        self._beat_at = self._monotonic()

    @property
    def begun(self) -> bool:
        """Whether the loop went round once."""
        return self._beat_at is not None

    @property
    def age(self) -> float | None:
        """Seconds since the last beat; None before the first."""
        return None if self._beat_at is None else self._monotonic() - self._beat_at

    @property
    def alive(self) -> bool:
        """Whether the loop runs."""
        age = self.age
        return age is None or age <= self._stopped_after


async def beat_in_loop(pulse: Pulse) -> None:
    """Beats for as long as the event loop runs tasks: a loop that is blocked does not."""
    while True:
        pulse.beat()
        await asyncio.sleep(_BEATS_EVERY_SECONDS)
