"""Waiting for something to become true, instead of sleeping for a guessed time."""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

T = TypeVar("T")

SHORT_KEPT = httpx.Limits(keepalive_expiry=1.0)
"""For clients of the servers under test: these end an idle connection after 5 s, and a request must not meet that moment."""


def wait_for(condition: Callable[[], T], *, seconds: float = 20.0, what: str = "the condition", every: float = 0.02) -> T:
    """The condition's first true value, looked for ``every`` so many seconds; fails the test after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come true in {seconds} s"
        time.sleep(every)
