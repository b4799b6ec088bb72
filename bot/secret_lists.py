"""Shared secrets that can be exchanged while everything runs: a list, comma separated; the first is used, all are accepted."""

import hmac
from collections.abc import Iterable


def listed_secrets(text: str) -> tuple[str, ...]:
    """The secrets of the list in their order. Raises ``ValueError`` where there is none."""
    found = tuple(secret for part in text.split(",") if (secret := part.strip()))
    if not found:
        raise ValueError("the list of secrets is empty")
    return found


def is_one_of(given: bytes, accepted: Iterable[bytes]) -> bool:
    """Whether it is one of them, in a time that tells nothing of them to who knows none."""
    return any(hmac.compare_digest(given, one) for one in accepted)
