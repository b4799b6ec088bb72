"""A loop that hangs is told from one that waits."""

import asyncio

from bot.metrics.pulse import Pulse, beat_in_loop


def test_a_loop_that_goes_round_lives_and_one_that_stopped_does_not() -> None:
    now = [100.0]
    pulse = Pulse(stopped_after=60, monotonic=lambda: now[0])
    assert (pulse.begun, pulse.age, pulse.alive) == (False, None, True)
    pulse.beat()
    now[0] = 160.0
    assert (pulse.begun, pulse.age, pulse.alive) == (True, 60.0, True)
    now[0] = 160.1
    assert not pulse.alive
    pulse.beat()
    assert pulse.alive


def test_an_event_loop_beats_by_itself() -> None:
    pulse = Pulse()

    async def run_a_moment() -> None:
        beating = asyncio.create_task(beat_in_loop(pulse))
        await asyncio.sleep(0)
        beating.cancel()

    asyncio.run(run_a_moment())
    assert pulse.begun
