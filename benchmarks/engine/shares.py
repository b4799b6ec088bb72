"""Processes held to a share of a core each, so that few cores can tell whether two of them do twice the work of one.

Where engines, citizens and databases share all cores, one engine already takes what the second would need. Held to a share, each
has its own, and all else fits beside them: then the ratio is that of the engines and not of the machine.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

ENOUGH_CORES = 4
"""So many cores hold two engines, the citizens and the stores without one in another's way."""
LOOK_EVERY_SECONDS = 0.002
_MOST_SAVED_SECONDS = 0.02
"""So much processor time that a process left unused it may catch up on; more would be a burst."""
ROOM = 0.7
"""This much of all cores is planned for: the rest is for the machine itself, and for uneven moments. With 0.8 two engines got
96 % of their share: the ratio told of the cores again."""


def cpu_now(pid: int) -> float:
    """Seconds of processor time of all threads of a process, to the nanosecond. Raises ``OSError`` where there is none (or where
    the system has no such clock)."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e9  # the clock of a process, as clock_getcpuclockid(3) makes it


def share_that_fits(cores: int, engine_ms: float, others_ms: float, engines: int = 2) -> float:
    """How much of a core each of so many engines may take so that everything else of their turns fits on the cores too.
    ``engine_ms``, ``others_ms``: processor time of a turn in the engine, and in all else (citizens, actions, stores)."""
    return round(min(1.0, ROOM * cores / engines / (1 + others_ms / engine_ms)), 2)


class _Held:
    """One process. It is stopped while it has used more than its share, and goes on once its share has grown past that."""

    def __init__(self, pid: int, share: float) -> None:
        self._pid, self._share = pid, share
        self._allowed = self._used = cpu_now(pid)
        self._at = time.monotonic()
        self._stopped = False

    def look(self) -> None:
        """Stops the process or lets it go on. Raises ``OSError`` where it has ended."""
        now, used = time.monotonic(), cpu_now(self._pid)
        saved = min(self._allowed - used, _MOST_SAVED_SECONDS)
        self._allowed, self._at = used + saved + (now - self._at) * self._share, now
        if (stop := used > self._allowed) != self._stopped:
            os.kill(self._pid, signal.SIGSTOP if stop else signal.SIGCONT)
            self._stopped = stop

    def let_go(self) -> None:
        """The process goes on as it likes."""
        with suppress(OSError):
            os.kill(self._pid, signal.SIGCONT)


@contextmanager
def held(pids: Sequence[int], share: float) -> Iterator[None]:
    """Each of the processes gets at most this share of a core for the length of the block, and goes on freely after it."""
    processes = [_Held(pid, share) for pid in pids]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_EVERY_SECONDS):
            for process in processes:
                with suppress(OSError):
                    process.look()

    watching = threading.Thread(target=watch, name="held-to-a-share", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
        for process in processes:
            process.let_go()
