"""The latest answers, kept for whoever asks again; unlike in ``functools.lru_cache`` they can be brought before."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LatestKept(Generic[Key, Value]):
    """At most ``most`` values; the one that nobody has asked for longest goes first. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value, or None where it is not kept (any more)."""
        with self._guard:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, values: Iterable[tuple[Key, Value]]) -> None:
        """Keeps these as the latest."""
        with self._guard:
            for key, value in values:
                self._kept[key] = value
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
