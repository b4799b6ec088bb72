"""Posting events to the webhook as a platform does: deadline, retry ladder, duplicates, swaps, delays and losses."""

import asyncio
import dataclasses
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self

import httpx
from pydantic import BaseModel, ConfigDict, Field

from simulators.messaging.clock import SimClock

_LOG = logging.getLogger(__name__)
_KEPT = 5_000

DeliveryState = Literal["held", "waiting", "posting", "delivered", "gave_up", "dropped", "cancelled", "no_target"]


class DeliveryOptions(BaseModel):
    """How an event is to travel. ``duplicate``: so many more copies, one after the other, or all at the same instant where
    ``concurrent`` (which alone means one more copy). ``delay``: simulated seconds before the first post. ``drop``: no post."""

    model_config = ConfigDict(extra="forbid")

    duplicate: int = Field(0, ge=0, le=20)
    concurrent: bool = False
    delay: float = Field(0, ge=0)
    drop: bool = False


@dataclass(frozen=True)
class RetryLadder:
    """Simulated seconds between a failed attempt and the next; after the last rung the platform gives up."""

    delays: tuple[float, ...]


@dataclass(frozen=True)
class Attempt:
    """One post. ``number`` counts from 1; ``copy`` is 0 for the event itself, 1… for a duplicate; ``seconds`` are real."""

    number: int
    copy: int
    at: datetime
    status: int | None
    seconds: float
    error: str | None

    def as_json(self) -> dict[str, Any]:
        """For the control plane."""
        return dataclasses.asdict(self) | {"at": self.at.isoformat()}


@dataclass(eq=False)
class Delivery:
    """An event on its way. ``tried`` is set after the first attempt, ``settled`` when nothing more will be posted."""

    id: int
    user: str
    body: bytes
    created: datetime
    options: DeliveryOptions
    state: DeliveryState = "waiting"
    attempts: list[Attempt] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def settle(self, state: DeliveryState) -> None:
        """Nothing more will be posted."""
        self.state = state
        self.tried.set()
        self.settled.set()

    def as_json(self) -> dict[str, Any]:
        """For the control plane."""
        attempts = [attempt.as_json() for attempt in self.attempts]
        body = self.body.decode("utf-8", "replace")
        created = self.created.isoformat()
        return {"id": self.id, "user": self.user, "state": self.state, "created": created, "body": body, "attempts": attempts}


class WebhookDeliveries:
    """The platform's delivery engine. Use it as an async context manager, or call ``stop`` at the end.

    ``make_request(body, attempt number from 1)`` gives the body and headers to post; ``target()`` the webhook's URL, or None
    while there is none. ``accepts(status)`` says which answers count (default 2xx). ``keep_seconds``: simulated age at which an
    event is given up whatever the ladder says. ``on_answer`` sees every accepted answer, ``on_failed_attempt`` every other
    attempt. ``per_user_sequential``: a user's next event waits until the one before is settled. The deadline is in real seconds.
    """

    def __init__(
        self,
        clock: SimClock,
        client: httpx.AsyncClient,
        ladder: RetryLadder,
        deadline_seconds: float,
        make_request: Callable[[bytes, int], tuple[bytes, Mapping[str, str]]],
        target: Callable[[], str | None],
        on_gave_up: Callable[[Delivery], None],
        per_user_sequential: bool = False,
        *,
        accepts: Callable[[int], bool] = lambda status: 200 <= status < 300,
        keep_seconds: float | None = None,
        on_answer: Callable[[Delivery, httpx.Response], Awaitable[None]] | None = None,
        on_failed_attempt: Callable[[Delivery, Attempt], None] | None = None,
    ) -> None:
        self.log: list[Delivery] = []
        self.ladder, self.deadline_seconds = ladder, deadline_seconds
        self._clock, self._client = clock, client
        self._make_request, self._target, self._on_gave_up = make_request, target, on_gave_up
        self._accepts, self._keep_seconds = accepts, keep_seconds
        self._on_answer, self._on_failed_attempt = on_answer, on_failed_attempt
        self._sequential = per_user_sequential
        self._locks: dict[str, asyncio.Lock] = {}
        self._connections: asyncio.Semaphore | None = None
        self._ids = itertools.count(1)
        self._held: list[Delivery] | None = None
        self._tasks: dict[asyncio.Task[None], Delivery] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def deliver(
        self, user: str, body: bytes, *, duplicate: int = 0, concurrent: bool = False, delay: float = 0, drop: bool = False
    ) -> Delivery:
        """Sends an event on its way and returns at once; ``Delivery.tried`` and ``.settled`` can be waited for."""
        options = DeliveryOptions(duplicate=duplicate, concurrent=concurrent, delay=delay, drop=drop)
        delivery = Delivery(next(self._ids), user, body, self._clock.now(), options)
        self.log.append(delivery)
        del self.log[:-_KEPT]
        if drop:
            delivery.settle("dropped")
        elif self._held is not None:
            delivery.state = "held"
            self._held.append(delivery)
        else:
            self._launch(delivery)
        return delivery

    async def hold(self) -> None:
        """Keeps new events back until ``release``."""
        if self._held is None:
            self._held = []

    async def release(self, reversed: bool = False) -> list[Delivery]:
        """Posts what was held back, the last first where ``reversed``; each is tried before the next is posted, except
        where ``per_user_sequential``, which keeps this order by itself. Returns them in the order posted."""
        held, self._held = self._held or [], None
        ordered = held[::-1] if reversed else held
        for delivery in ordered:
            self._launch(delivery)
            if not self._sequential:
                await delivery.tried.wait()
        return ordered

    @property
    def holding(self) -> bool:
        """Whether new events are kept back."""
        return self._held is not None

    @property
    def unsettled(self) -> list[Delivery]:
        """Events that may still be posted."""
        return [delivery for delivery in self.log if not delivery.settled.is_set()]

    def limit_connections(self, most: int) -> None:
        """At most so many posts at once from now on."""
        self._connections = asyncio.Semaphore(most)

    async def cancel_all(self) -> None:
        """Ends all deliveries on their way; held ones are forgotten."""
        held, self._held = self._held, None if self._held is None else []
        for delivery in held or []:
            delivery.settle("cancelled")
        current = asyncio.current_task()  # an answer to a webhook may itself call a method that ends all deliveries
        tasks = {task: delivery for task, delivery in self._tasks.items() if task is not current}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for delivery in tasks.values():
            if not delivery.settled.is_set():
                delivery.settle("cancelled")

    async def stop(self) -> None:
        """Ends everything; nothing is posted afterwards."""
        await self.cancel_all()
        self._held = None

    async def reset(self) -> None:
        """Ends everything and forgets the log."""
        await self.stop()
        self.log.clear()

    def _launch(self, delivery: Delivery) -> None:
        delivery.state = "waiting"
        task = asyncio.create_task(self._travel(delivery))
        self._tasks[task] = delivery
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        delivery = self._tasks.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("delivery %s failed inside the simulator", delivery.id, exc_info=error)
            delivery.settle("gave_up")

    async def _travel(self, delivery: Delivery) -> None:
        await self._clock.sleep(delivery.options.delay)
        async with AsyncExitStack() as stack:
            if self._sequential:
                await stack.enter_async_context(self._locks.setdefault(delivery.user, asyncio.Lock()))
            await self._climb(delivery)

    async def _climb(self, delivery: Delivery) -> None:
        for number in itertools.count(1):
            url = self._target()
            if url is None:
                delivery.settle("no_target")
                return
            answer = await self._post_copies(delivery, url, number)
            if answer is not None:
                if self._on_answer is not None:
                    await self._on_answer(delivery, answer)
                delivery.settle("delivered")
                return
            delivery.state = "waiting"
            delivery.tried.set()
            if number > len(self.ladder.delays) or self._too_old(delivery):
                break
            await self._clock.sleep(self.ladder.delays[number - 1])
            if self._too_old(delivery):
                break
        delivery.settle("gave_up")
        self._on_gave_up(delivery)

    def _too_old(self, delivery: Delivery) -> bool:
        age = (self._clock.now() - delivery.created).total_seconds()
        return self._keep_seconds is not None and age >= self._keep_seconds

    async def _post_copies(self, delivery: Delivery, url: str, number: int) -> httpx.Response | None:
        """Posts the event, at first with its duplicates; gives the event's own answer where it is accepted."""
        delivery.state = "posting"
        options = delivery.options
        more = (options.duplicate or int(options.concurrent)) if number == 1 else 0
        if options.concurrent:
            answers = await asyncio.gather(*(self._post(delivery, url, number, copy) for copy in range(more + 1)))
        else:
            answers = [await self._post(delivery, url, number, copy) for copy in range(more + 1)]
        return answers[0]

    async def _post(self, delivery: Delivery, url: str, number: int, copy: int) -> httpx.Response | None:
        async with AsyncExitStack() as stack:
            if self._connections is not None:
                await stack.enter_async_context(self._connections)
            body, headers = self._make_request(delivery.body, number)
            began, at = asyncio.get_running_loop().time(), self._clock.now()
            status, error, answer = None, None, None
            try:
                async with asyncio.timeout(self.deadline_seconds):
                    answer = await self._client.post(url, content=body, headers=dict(headers), timeout=None)
                status = answer.status_code
            except TimeoutError:
                error = f"no answer in {self.deadline_seconds:g} s"
            except (httpx.HTTPError, httpx.InvalidURL) as failure:
                error = f"{type(failure).__name__}: {failure}"
            seconds = round(asyncio.get_running_loop().time() - began, 4)
            attempt = Attempt(number, copy, at, status, seconds, error)
            delivery.attempts.append(attempt)
            if answer is not None and self._accepts(answer.status_code):
                return answer
            if self._on_failed_attempt is not None:
                self._on_failed_attempt(delivery, attempt)
            return None
