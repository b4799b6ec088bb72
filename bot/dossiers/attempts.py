"""The lock-out: how many wrong proofs one citizen may try, and how many look-ups one network address may ask for."""

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

WRONG_PAIRS = 5
WINDOW = timedelta(minutes=15)
PER_ADDRESS = 20
ADDRESS_WINDOW = timedelta(minutes=1)
_SWEEP_OVER = 10_000


@dataclass(frozen=True)
class Attempt:
    """A try that was taken; counts as wrong until it is given back."""

    attempt_id: str


@dataclass(frozen=True)
class Locked:
    """No try is left before ``until``."""

    until: datetime


class LookupAttempts(Protocol):
    """Counts wrong proofs per conversation (``WRONG_PAIRS`` in ``WINDOW``) and all tries, right or wrong, per network address
    (``PER_ADDRESS`` in ``ADDRESS_WINDOW``). Safe for several threads.

    A try is taken before the portal is asked, so that many guesses sent at once are counted too."""

    def take(self, conversation_id: str, now: datetime, address: str | None = None) -> Attempt | Locked:
        """Takes one of the tries, or says until when none is left; a try that is refused counts nowhere. ``address``: a keyed
        hash of the network address, None where the channel has none."""
        ...

    def give_back(self, attempt: Attempt) -> None:
        """Returns a try that proved right, or that the portal never judged, to the conversation. Giving back twice changes
        nothing."""
        ...


def free_again(tries: Iterable[datetime], allowed: int, window: timedelta, now: datetime) -> datetime | None:
    """When one more try is possible, None where it is now. ``tries``: the moments of the tries so far, in any order."""
    recent = sorted(moment for moment in tries if moment > now - window)
    return recent[-allowed] + window if len(recent) >= allowed else None


class AttemptsInMemory:
    """``LookupAttempts`` of one process, for tests and one-off tools: several action servers would each count for themselves, and
    a restart forgets."""

    def __init__(self, allowed: int = WRONG_PAIRS, window: timedelta = WINDOW) -> None:
        self._allowed, self._window = allowed, window
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._taken: dict[str, dict[str, datetime]] = {}
        self._of_addresses: dict[str, list[datetime]] = {}

    def take(self, conversation_id: str, now: datetime, address: str | None = None) -> Attempt | Locked:
        """See ``LookupAttempts.take``."""
        with self._lock:
            if len(self._taken) > _SWEEP_OVER:
                self._sweep(now)
            mine = self._taken.setdefault(conversation_id, {})
            until = free_again(mine.values(), self._allowed, self._window, now)
            theirs = [at for at in self._of_addresses.get(address or "", []) if at > now - ADDRESS_WINDOW]
            if until is None and address is not None:
                until = free_again(theirs, PER_ADDRESS, ADDRESS_WINDOW, now)
            if until is not None:
                return Locked(until)
            attempt = Attempt(f"{conversation_id}/{next(self._numbers)}")
            mine[attempt.attempt_id] = now
            if address is not None:
                self._of_addresses[address] = [*theirs, now]
            return attempt

    def give_back(self, attempt: Attempt) -> None:
        """See ``LookupAttempts.give_back``."""
        with self._lock:
            conversation_id = attempt.attempt_id.rpartition("/")[0]
            left = self._taken.get(conversation_id, {})
            left.pop(attempt.attempt_id, None)
            if not left:
                self._taken.pop(conversation_id, None)

    def _sweep(self, now: datetime) -> None:
        self._taken = {c: tries for c, tries in self._taken.items() if tries and max(tries.values()) > now - self._window}
        self._of_addresses = {a: tries for a, tries in self._of_addresses.items() if tries[-1] > now - ADDRESS_WINDOW}
