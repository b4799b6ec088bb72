"""Idempotency keys: the same key gets the same answer, and the act is done once."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from simulators.portal.problems import problem


@dataclass(frozen=True)
class _Done:
    fingerprint: bytes
    status: int
    body: Any


class Idempotency:
    """What was answered to each key of an operation. Refusals are not kept: they did nothing."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str], _Done] = {}

    async def once(
        self, operation: str, key: str, content: bytes, act: Callable[[], Awaitable[tuple[int, Any] | Response]]
    ) -> Response:
        """Does ``act`` (status and JSON of a success, or a refusal) unless this key has; 422 where it did something else."""
        fingerprint = hashlib.sha256(content).digest()
        done = self._done.get((operation, key))
        if done is None:
            outcome = await act()
            if isinstance(outcome, Response):
                return outcome
            done = self._done[operation, key] = _Done(fingerprint, *outcome)
        elif done.fingerprint != fingerprint:
            return problem("idempotency-key-reused")
        return JSONResponse(done.body, done.status)

    def clear(self) -> None:
        """Forgets everything."""
        self._done.clear()
