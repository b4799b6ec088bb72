"""Webhook deliveries against a real server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import Delivery, RetryLadder, WebhookDeliveries
from tests.simulators.messaging.receiver import Receiver, until

pytestmark = pytest.mark.anyio


class Engine:
    """The delivery engine under test, its clock, and what it gave up."""

    def __init__(self, deliveries: WebhookDeliveries, clock: SimClock, gave_up: list[Delivery]) -> None:
        self.deliveries, self.clock, self.gave_up = deliveries, clock, gave_up


Make = Callable[..., Any]


@pytest.fixture
def engine_of(client: httpx.AsyncClient, receiver: Receiver) -> Make:
    @asynccontextmanager
    async def make(*delays: float, deadline: float = 60, **options: Any) -> AsyncIterator[Engine]:
        clock, gave_up = SimClock(), []

        def request(body: bytes, number: int) -> tuple[bytes, Mapping[str, str]]:
            return body, {"num-retry": str(number - 1)}

        options = {"target": lambda: receiver.url} | options
        async with WebhookDeliveries(
            clock=clock,
            client=client,
            ladder=RetryLadder(delays),
            deadline_seconds=deadline,
            make_request=request,
            on_gave_up=gave_up.append,
            **options,
        ) as deliveries:
            yield Engine(deliveries, clock, gave_up)

    return make


async def settled(delivery: Delivery) -> Delivery:
    async with asyncio.timeout(20):
        await delivery.settled.wait()
    return delivery


async def test_failed_posts_climb_the_ladder_on_the_simulated_clock(engine_of: Make, receiver: Receiver) -> None:
    receiver.answers = [500, 404]
    async with engine_of(30, 300) as engine:
        delivery = await engine.deliveries.deliver("u", b"1")
        await delivery.tried.wait()
        assert delivery.state == "waiting"
        engine.clock.advance(29)
        await asyncio.sleep(0.02)
        assert len(receiver.posts) == 1
        engine.clock.advance(1)
        await until(lambda: len(delivery.attempts) == 2)
        engine.clock.advance(300)
        await settled(delivery)
    assert delivery.state == "delivered"
    assert [(a.number, a.status) for a in delivery.attempts] == [(1, 500), (2, 404), (3, 200)]
    assert [post.headers["num-retry"] for post in receiver.posts] == ["0", "1", "2"]
    assert engine.gave_up == []


async def test_gives_up_after_the_last_rung(engine_of: Make, receiver: Receiver) -> None:
    receiver.answers = [500, 500]
    async with engine_of(0) as engine:
        delivery = await settled(await engine.deliveries.deliver("u", b"1"))
    assert delivery.state == "gave_up"
    assert engine.gave_up == [delivery]


async def test_gives_up_an_event_that_grew_too_old(engine_of: Make, receiver: Receiver) -> None:
    receiver.answers = [500] * 9
    async with engine_of(*(60.0,) * 9, keep_seconds=3600) as engine:
        delivery = await engine.deliveries.deliver("u", b"1")
        await delivery.tried.wait()
        engine.clock.advance(3600)
        await settled(delivery)
    assert (delivery.state, len(receiver.posts)) == ("gave_up", 1)


async def test_silent_webhook_is_left_at_the_deadline(engine_of: Make, receiver: Receiver) -> None:
    receiver.open.clear()
    async with engine_of(deadline=0.05) as engine:
        delivery = await settled(await engine.deliveries.deliver("u", b"1"))
    assert delivery.attempts[0].error == "no answer in 0.05 s"
    assert delivery.state == "gave_up"


async def test_refused_connection_is_an_error_with_a_name(engine_of: Make) -> None:
    async with engine_of(target=lambda: "http://127.0.0.1:9/") as engine:
        delivery = await settled(await engine.deliveries.deliver("u", b"1"))
    assert (delivery.attempts[0].error or "").startswith("ConnectError")


async def test_without_webhook_nothing_is_posted(engine_of: Make, receiver: Receiver) -> None:
    async with engine_of(target=lambda: None) as engine:
        delivery = await settled(await engine.deliveries.deliver("u", b"1"))
    assert (delivery.state, receiver.posts) == ("no_target", [])


async def test_duplicates_come_one_after_the_other(engine_of: Make, receiver: Receiver) -> None:
    async with engine_of() as engine:
        delivery = await settled(await engine.deliveries.deliver("u", b"1", duplicate=2))
    assert receiver.bodies == [b"1"] * 3
    assert receiver.most_waiting == 1
    assert [a.copy for a in delivery.attempts] == [0, 1, 2]


async def test_concurrent_duplicates_are_there_at_the_same_instant(engine_of: Make, receiver: Receiver) -> None:
    receiver.open.clear()
    async with engine_of() as engine:
        delivery = await engine.deliveries.deliver("u", b"1", concurrent=True)
        await until(lambda: receiver.waiting == 2)
        receiver.open.set()
        await settled(delivery)
    assert receiver.most_waiting == 2


async def test_delayed_event_is_overtaken(engine_of: Make, receiver: Receiver) -> None:
    async with engine_of(per_user_sequential=True) as engine:
        late = await engine.deliveries.deliver("u", b"late", delay=5)
        await settled(await engine.deliveries.deliver("u", b"next"))
        engine.clock.advance(5)
        await settled(late)
    assert receiver.bodies == [b"next", b"late"]


async def test_dropped_event_is_never_posted(engine_of: Make, receiver: Receiver) -> None:
    async with engine_of() as engine:
        delivery = await settled(await engine.deliveries.deliver("u", b"1", drop=True))
    assert (delivery.state, receiver.posts) == ("dropped", [])


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize(("swapped", "order"), [(False, [b"1", b"2", b"3"]), (True, [b"3", b"2", b"1"])])
async def test_held_events_are_released_in_order_or_swapped(
    engine_of: Make, receiver: Receiver, sequential: bool, swapped: bool, order: list[bytes]
) -> None:
    async with engine_of(per_user_sequential=sequential) as engine:
        await engine.deliveries.hold()
        held = [await engine.deliveries.deliver("u", body) for body in (b"1", b"2", b"3")]
        await asyncio.sleep(0.02)
        assert receiver.posts == []
        assert {delivery.state for delivery in held} == {"held"}
        posted = await engine.deliveries.release(swapped)
        await asyncio.gather(*map(settled, held))
        assert [delivery.body for delivery in posted] == order
        await settled(await engine.deliveries.deliver("u", b"4"))
    assert receiver.bodies == [*order, b"4"]


async def test_one_user_waits_for_the_own_event_and_for_nobody_elses(engine_of: Make, receiver: Receiver) -> None:
    receiver.answers = [500]
    async with engine_of(30, per_user_sequential=True) as engine:
        first = await engine.deliveries.deliver("a", b"a1")
        await first.tried.wait()
        second = await engine.deliveries.deliver("a", b"a2")
        await settled(await engine.deliveries.deliver("b", b"b1"))
        assert receiver.bodies == [b"a1", b"b1"]
        engine.clock.advance(30)
        await settled(second)
    assert receiver.bodies == [b"a1", b"b1", b"a1", b"a2"]


async def test_no_more_connections_than_allowed(engine_of: Make, receiver: Receiver) -> None:
    receiver.open.clear()
    async with engine_of() as engine:
        engine.deliveries.limit_connections(3)
        deliveries = [await engine.deliveries.deliver(str(n), b"x") for n in range(12)]
        await until(lambda: receiver.waiting == 3)
        receiver.open.set()
        await asyncio.gather(*map(settled, deliveries))
    assert receiver.most_waiting == 3


async def test_stopping_ends_retries_and_forgets_held_events(engine_of: Make, receiver: Receiver) -> None:
    receiver.answers = [500]
    async with engine_of(0.05) as engine:
        retrying = await engine.deliveries.deliver("a", b"a")
        await retrying.tried.wait()
        await engine.deliveries.hold()
        held = await engine.deliveries.deliver("b", b"b")
        await engine.deliveries.stop()
    await asyncio.sleep(0.1)
    assert (retrying.state, held.state) == ("cancelled", "cancelled")
    assert receiver.bodies == [b"a"]


async def test_log_tells_every_attempt(engine_of: Make, receiver: Receiver) -> None:
    receiver.answers = [503]
    async with engine_of(0) as engine:
        await settled(await engine.deliveries.deliver("u", "đ".encode()))
        shown = engine.deliveries.log[0].as_json()
    assert (shown["user"], shown["body"], shown["state"]) == ("u", "đ", "delivered")
    assert [(a["number"], a["status"], a["error"]) for a in shown["attempts"]] == [(1, 503, None), (2, 200, None)]
