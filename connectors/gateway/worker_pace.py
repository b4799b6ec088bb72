"""How fast a worker goes, and what it is called."""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class WorkerPace:
    """How fast a worker goes. ``retry_after`` holds the waits before the second and third attempt at an unreachable engine;
    the lease must be longer than an engine call (10 s) and all attempts to write the conclusion together."""

    conversations_at_once: int = 4
    lease: timedelta = timedelta(seconds=30)
    retry_after: tuple[timedelta, ...] = (timedelta(seconds=1), timedelta(seconds=5))
    heartbeat_every: timedelta = timedelta(seconds=5)
    forget_every: timedelta = timedelta(minutes=10)
    waits_for_assistant: timedelta = timedelta(seconds=90)
    look_again_after: timedelta = timedelta(seconds=1)
    reconcile_every: timedelta = timedelta(minutes=1)
    overdue_after: timedelta = timedelta(minutes=2)
    looks_every_seconds: float = 0.5
    """How often a worker looks although nobody told it to: for leases that ran out, and where clocks are apart."""
    rest_seconds: float = 0.025
    database_retry_seconds: tuple[float, ...] = (0.2, 1.0, 3.0)


def worker_name() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
