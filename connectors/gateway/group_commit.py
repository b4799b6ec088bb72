"""Requests that arrive while a transaction is under way share the next one: one commit for many webhooks. Under load a moment
lies between two of them, so that fast disks do not undo the sharing; who comes alone never waits.

A storm then costs one wait for the disk per group instead of one per request, and SQLite has one writer here instead of dozens
that push each other aside. Each request is still answered only after the commit that holds its events.

Receipts and echoes of our own messages come three to an answer and nobody waits for them: they are gathered for longer, and in
transactions of their own, so that no citizen's message waits for them either.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.conversations.events import PlatformEvent
from bot.metrics.declared import COMMIT_BATCH

TakeIn = Callable[[Sequence[PlatformEvent]], object]
APART_SECONDS = 0.015
GATHERED_SECONDS = 0.15
"""How long a receipt waits for others. Far less than the two seconds that the most impatient platform waits for its 200."""
_MOST_AT_ONCE = 100


@dataclass(frozen=True)
class _Waiting:
    events: Sequence[PlatformEvent]
    done: "asyncio.Future[None]"


@dataclass
class GroupCommit:
    """Hands the events of waiting requests over together. One per event loop. ``apart_seconds``: the least time from the
    beginning of one transaction to that of the next. ``gathered_seconds``: how long the first of a group waits for others, unless
    the group is full before. ``writing``: held while a transaction is under way, where several have to take turns."""

    take_in: TakeIn
    apart_seconds: float = APART_SECONDS
    gathered_seconds: float = 0.0
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: list[_Waiting] = field(default_factory=list)
    _full: asyncio.Event = field(default_factory=asyncio.Event)
    _began: float | None = None
    _running: "asyncio.Task[None] | None" = None

    async def take(self, events: Sequence[PlatformEvent]) -> None:
        """Returns once these events are committed. Raises what ``take_in`` raised for them."""
        one = _Waiting(events, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if len(self._waiting) >= _MOST_AT_ONCE:
            self._full.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._hand_over())
        # A platform that hangs up does not undo the taking: the events are handed over all the same.
        await asyncio.shield(one.done)

    async def _hand_over(self) -> None:
        while self._waiting:
            await self._for_company()
            async with self.writing:
                self._began = asyncio.get_running_loop().time()
                group, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                COMMIT_BATCH.observe(len(group))
                if len(group) == 1 or not await self._all_at_once(group):
                    for one in group:
                        await self._alone(one)

    async def _for_company(self) -> None:
        """Waits until the next transaction may begin."""
        now = asyncio.get_running_loop().time()
        early = self._began + self.apart_seconds - now if self._began is not None else 0.0
        if self.gathered_seconds and len(self._waiting) < _MOST_AT_ONCE:
            self._full.clear()
            try:
                await asyncio.wait_for(self._full.wait(), max(early, self.gathered_seconds))
            except TimeoutError:
                return
        elif early > 0:
            await asyncio.sleep(early)

    async def _all_at_once(self, group: list[_Waiting]) -> bool:
        """False where the group could not be committed: then each request meets its own fate."""
        try:
            await run_in_threadpool(self.take_in, [event for one in group for event in one.events])
        except (SQLAlchemyError, ValueError):
            return False
        for one in group:
            _settle(one.done, None)
        return True

    async def _alone(self, one: _Waiting) -> None:
        try:
            await run_in_threadpool(self.take_in, one.events)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is raised to the request it belongs to)
            _settle(one.done, error)
        else:
            _settle(one.done, None)


def _settle(done: "asyncio.Future[None]", error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
