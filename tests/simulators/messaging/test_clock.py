"""The simulated clock: days pass in a moment, and nobody wakes before their time."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from simulators.messaging.clock import SimClock, real_now
from tests.simulators.messaging.receiver import until

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def frozen() -> SimClock:
    return SimClock(lambda: NOON)


async def test_runs_with_real_time() -> None:
    before = real_now()
    shown = SimClock().now()
    assert before <= shown <= real_now()


async def test_is_set_and_moved_on() -> None:
    clock = frozen()
    clock.set(datetime(2030, 1, 1, 7, 0, tzinfo=timezone(timedelta(hours=7))))
    clock.advance(90)
    assert clock.now() == datetime(2030, 1, 1, 0, 1, 30, tzinfo=UTC)
    assert clock.now_ms() == 1893456090000
    clock.reset()
    assert clock.now() == NOON


async def test_refuses_a_time_without_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        frozen().set(datetime(2030, 1, 1))  # noqa: DTZ001


async def test_sleepers_wake_in_order_of_their_time_only() -> None:
    clock, woken = frozen(), []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (86_400, 3_600)]
    await asyncio.sleep(0)
    clock.advance(3_599)
    await asyncio.sleep(0.01)
    assert woken == []
    clock.advance(1)
    await until(lambda: woken == [3_600])
    clock.set(NOON + timedelta(days=2))
    await asyncio.gather(*tasks)
    assert woken == [3_600, 86_400]


async def test_sleep_without_moving_takes_real_time() -> None:
    clock = SimClock()
    end = clock.now() + timedelta(seconds=0.05)
    await clock.sleep_until(end)
    assert clock.now() >= end
    await clock.sleep_until(end)
    await clock.sleep(-5)
