"""Work that a worker does again and again beside its turns, in a thread of its own: what is slow there holds no citizen up."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

logger = logging.getLogger(__name__)


class Rounds(ABC):
    """Goes round until it is stopped. ``alarm``: the log line of a fault of ours that ended it."""

    alarm: ClassVar[str]

    def __init__(self) -> None:
        self._stop = threading.Event()

    def stop(self) -> None:
        """Asks ``run`` to end after the round in hand. Safe from another thread."""
        self._stop.set()

    def run(self) -> None:
        """Goes round until ``stop``. What fails outside of us is tried again in the next round; a fault of ours ends it with an
        alarm."""
        try:
            while not self._stop.is_set():
                self._stop.wait(self._round())
        finally:
            if not self._stop.is_set():
                logger.critical(self.alarm)

    @abstractmethod
    def _round(self) -> float:
        """One round; the seconds until the next."""


@contextmanager
def going_round(rounds: Rounds, name: str, *, patience: float | None = None) -> Iterator[None]:
    """Goes round in a thread of this name beside whatever is done within. ``patience``: the longest wait for the round in hand at
    the end, in seconds; None: until it is done."""
    thread = threading.Thread(target=rounds.run, name=name, daemon=patience is not None)
    thread.start()
    try:
        yield
    finally:
        rounds.stop()
        thread.join(patience)
