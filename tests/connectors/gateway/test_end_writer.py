"""Ends of calls are written together, and none of them is lost with another."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import OperationalError

from bot.conversations.part_ends import Ended
from bot.conversations.platform_parts import EndWritten, PartEnd, PartToSend, PlatformCall
from connectors.gateway.end_writer import EndWriter

SENT = PartEnd("sent")


def part(number: int) -> PartToSend:
    call = PlatformCall("send", {})
    return PartToSend(f"c{number}", "zalo", "oa", f"u{number}", "s1", 1, number, number, call, "free", 1, 0.0)


class Ledger:
    """Refuses as often as it is told to, and always where a poisoned or locked part is in the group."""

    def __init__(self, away: int = 0, poison: int | None = None, locked: int | None = None) -> None:
        self.groups: list[list[int]] = []
        self.away, self.poison, self.locked = away, poison, locked

    def write(self, ended: Sequence[Ended]) -> list[EndWritten]:
        if self.away:
            self.away -= 1
            raise OperationalError("UPDATE", {}, Exception("away"))
        numbers = [one.delivery_id for one, _ in ended]
        if self.locked in numbers:
            raise OperationalError("UPDATE", {}, Exception("locked"))
        if self.poison in numbers:
            raise ValueError("poison")
        self.groups.append(numbers)
        return [EndWritten(held=True, more=number % 2 == 0) for number in numbers]


async def write_all(ledger: Ledger, count: int, *, patient: bool = True) -> list[EndWritten | BaseException]:
    ends = EndWriter(ledger.write, retry_seconds=(0.0, 0.0), patient=patient)
    return await asyncio.gather(*(ends.write(part(n), SENT) for n in range(count)), return_exceptions=True)


def test_ends_that_come_together_are_written_together_and_each_learns_of_its_own() -> None:
    ledger = Ledger()
    assert asyncio.run(write_all(ledger, 4)) == [EndWritten(True, n % 2 == 0) for n in range(4)]
    assert ledger.groups == [[0, 1, 2, 3]]


def test_a_ledger_that_is_away_is_waited_for() -> None:
    ledger = Ledger(away=2)
    asyncio.run(write_all(ledger, 3))
    assert ledger.groups == [[0, 1, 2]]


def test_an_end_that_cannot_be_written_fails_alone() -> None:
    ledger = Ledger(poison=1)
    written = asyncio.run(write_all(ledger, 3))
    assert isinstance(written[1], ValueError)
    assert ledger.groups == [[0], [2]]


def test_a_ledger_that_stays_away_for_long_is_told_every_end_when_it_is_back() -> None:
    ledger = Ledger(away=50)
    assert asyncio.run(write_all(ledger, 3)) == [EndWritten(True, n % 2 == 0) for n in range(3)]
    assert sorted(number for group in ledger.groups for number in group) == [0, 1, 2]


def test_an_end_that_is_refused_as_if_the_ledger_were_away_keeps_no_other_from_it() -> None:
    ledger = Ledger(locked=0)

    async def until_the_others_are_written() -> list[EndWritten | BaseException]:
        ends = EndWriter(ledger.write, retry_seconds=(0.0, 0.0))
        held = asyncio.create_task(ends.write(part(0), SENT))
        others = await asyncio.gather(*(ends.write(part(n), SENT) for n in (1, 2)))
        ends.patient = False
        return [*others, *await asyncio.gather(held, return_exceptions=True)]

    *others, held = asyncio.run(until_the_others_are_written())
    assert [one.held for one in others if isinstance(one, EndWritten)] == [True, True]
    assert isinstance(held, OperationalError)


def test_a_ledger_that_stays_away_is_told_to_each_once_the_sender_ends() -> None:
    written = asyncio.run(write_all(Ledger(away=99), 2, patient=False))
    assert [type(one) for one in written] == [OperationalError, OperationalError]


@pytest.mark.parametrize("count", [1, 5])
def test_what_comes_after_a_group_is_written_in_the_next(count: int) -> None:
    ledger = Ledger()

    async def twice() -> None:
        ends = EndWriter(ledger.write)
        await asyncio.gather(*(ends.write(part(n), SENT) for n in range(count)))
        await ends.write(part(99), SENT)

    asyncio.run(twice())
    assert ledger.groups == [list(range(count)), [99]]
