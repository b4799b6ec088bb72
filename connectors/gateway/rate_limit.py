"""Token buckets in the memory of one process: with N gateways a client may send N times as fast. Good enough against a
stuck key or a simple flood; a shared limit belongs to the proxy in front."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MAX_KEYS = 50_000


@dataclass(frozen=True)
class Rate:
    """``burst`` at once, then ``per_second``."""

    burst: float
    per_second: float


# A whole centre may sit behind one address, so the limit of an address is generous.
PER_CONVERSATION = Rate(burst=30, per_second=0.5)
PER_ADDRESS = Rate(burst=300, per_second=20)
NEW_SESSIONS_PER_ADDRESS = Rate(burst=60, per_second=1)
PAGE_OPENINGS = Rate(burst=60, per_second=0.5)
"""How many openings of public pages by one address are counted; more are shown and not counted."""
READS_PER_CONVERSATION = Rate(burst=120, per_second=10)


class RateLimiter:
    """One bucket per key. Safe to share between threads; the least recently used keys are forgotten first."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float] = time.monotonic, max_keys: int = _MAX_KEYS) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, key: str) -> int:
        """Takes one from the key's bucket and returns 0, or returns after how many seconds there will be one."""
        now = self._monotonic()
        with self._lock:
            left = self._left(key, now)
            self._buckets.pop(key, None)
            allowed = left >= 1
            self._buckets[key] = (left - 1 if allowed else left, now)
            if len(self._buckets) > self._max_keys:
                self._buckets.popitem(last=False)
        return 0 if allowed else self._wait(left)

    def seconds_left(self, key: str) -> int:
        """After how many seconds there will be one in the key's bucket; takes none."""
        now = self._monotonic()
        with self._lock:
            left = self._left(key, now)
        return 0 if left >= 1 else self._wait(left)

    def _left(self, key: str, now: float) -> float:
        left, at = self._buckets.get(key, (self._rate.burst, now))
        return min(self._rate.burst, left + (now - at) * self._rate.per_second)

    def _wait(self, left: float) -> int:
        return max(1, math.ceil((1 - left) / self._rate.per_second))
