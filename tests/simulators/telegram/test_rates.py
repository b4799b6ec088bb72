"""The sending limits, on a clock that stands still."""

from datetime import UTC, datetime

import pytest

from simulators.messaging.clock import SimClock
from simulators.telegram.errors import BotApiError
from simulators.telegram.rates import SendingRates


@pytest.fixture
def clock() -> SimClock:
    noon = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    return SimClock(lambda: noon)


def send(rates: SendingRates, chat_id: int, *, group: bool = False) -> int:
    """Seconds to wait; 0 = sent."""
    try:
        rates.check(chat_id, group=group)
    except BotApiError as error:
        return int((error.parameters or {})["retry_after"])
    rates.note(chat_id, group=group)
    return 0


def test_one_a_second_per_chat(clock: SimClock) -> None:
    rates = SendingRates(clock)
    assert [send(rates, 7), send(rates, 7), send(rates, 8)] == [0, 1, 0]
    clock.advance(0.5)
    assert send(rates, 7) == 1
    clock.advance(0.5)
    assert send(rates, 7) == 0


def test_thirty_a_second_in_all(clock: SimClock) -> None:
    rates = SendingRates(clock)
    assert [send(rates, chat) for chat in range(31)] == [0] * 30 + [1]
    clock.advance(1)
    assert send(rates, 99) == 0


def test_twenty_a_minute_per_group(clock: SimClock) -> None:
    rates = SendingRates(clock)
    for _ in range(20):
        assert send(rates, -7, group=True) == 0
        clock.advance(1)
    assert send(rates, -7, group=True) == 40
    clock.advance(40)
    assert send(rates, -7, group=True) == 0


def test_a_refused_message_does_not_count(clock: SimClock) -> None:
    rates = SendingRates(clock)
    assert [send(rates, 7) for _ in range(5)] == [0, 1, 1, 1, 1]
    clock.advance(1)
    assert send(rates, 7) == 0


def test_a_clock_that_was_set_back_locks_nobody(clock: SimClock) -> None:
    rates = SendingRates(clock)
    clock.advance(86_400)
    assert send(rates, 7) == 0
    clock.reset()
    assert send(rates, 7) == 0
