"""The lock-out: how many wrong pairs of dossier code and lookup code one conversation may try."""

import itertools
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

WRONG_PAIRS = 5
WINDOW = timedelta(minutes=15)
_SWEEP_OVER = 10_000


@dataclass(frozen=True)
class Attempt:
    """A try that was taken; counts as wrong until it is given back."""

    conversation_id: str
    number: int
    at: datetime


@dataclass(frozen=True)
class Locked:
    """No try is left before ``until``."""

    until: datetime


class LookupAttempts(Protocol):
    """Counts wrong pairs per conversation. Safe for several threads.

    A try is taken before the portal is asked, so that many guesses sent at once are counted too."""

    def take(self, conversation_id: str, now: datetime) -> Attempt | Locked:
        """Takes one of the tries, or says until when none is left."""
        ...

    def give_back(self, attempt: Attempt) -> None:
        """Returns a try that proved right, or that the portal never judged. Giving back twice changes nothing."""
        ...


class AttemptsInMemory:
    """``LookupAttempts`` of one process. What it does not do: several action servers each count for themselves, and a
    restart forgets. A shared one over the ledger replaces it in a production with more than one."""

    def __init__(self, allowed: int = WRONG_PAIRS, window: timedelta = WINDOW) -> None:
        self._allowed, self._window = allowed, window
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._taken: dict[str, list[Attempt]] = {}

    def take(self, conversation_id: str, now: datetime) -> Attempt | Locked:
        """See ``LookupAttempts.take``."""
        with self._lock:
            if len(self._taken) > _SWEEP_OVER:
                self._sweep(now)
            recent = [attempt for attempt in self._taken.get(conversation_id, []) if attempt.at > now - self._window]
            if len(recent) >= self._allowed:
                return Locked(min(attempt.at for attempt in recent) + self._window)
            attempt = Attempt(conversation_id, next(self._numbers), now)
            self._taken[conversation_id] = [*recent, attempt]
            return attempt

    def give_back(self, attempt: Attempt) -> None:
        """See ``LookupAttempts.give_back``."""
        with self._lock:
            left = [other for other in self._taken.get(attempt.conversation_id, []) if other.number != attempt.number]
            if left:
                self._taken[attempt.conversation_id] = left
            else:
                self._taken.pop(attempt.conversation_id, None)

    def _sweep(self, now: datetime) -> None:
        self._taken = {c: tries for c, tries in self._taken.items() if tries[-1].at > now - self._window}
