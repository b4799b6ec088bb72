"""Tokens with a life: OAuth access tokens, LGSP sessions, proofs of phone and identity, links to pages."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


def random_token() -> str:
    """A fresh token that cannot be guessed."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class _Held(Generic[T]):
    stands_for: T
    ends: datetime


class Tokens(Generic[T]):
    """Each token stands for something until its end. In memory; used from one event loop."""

    def __init__(self, life: timedelta, now: Callable[[], datetime], new_token: Callable[[], str] = random_token) -> None:
        self.life = life
        self._now, self._new_token = now, new_token
        self._held: dict[str, _Held[T]] = {}

    def issue(self, stands_for: T) -> tuple[str, datetime]:
        """A new token and its end."""
        token, ends = self._new_token(), self._now() + self.life
        self._held[token] = _Held(stands_for, ends)
        return token, ends

    def find(self, token: str) -> T | None:
        """What the token stands for; None where it is unknown or has ended."""
        held = self._held.get(token)
        return held.stands_for if held is not None and self._now() < held.ends else None

    def take(self, token: str) -> T | None:
        """As ``find``, and uses the token up."""
        found = self.find(token)
        self._held.pop(token, None)
        return found

    def clear(self) -> None:
        """Ends all."""
        self._held.clear()
