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
    """Refuses as often as it is told to, and always where a poisoned part is in the group."""

    def __init__(self, away: int = 0, poison: int | None = None) -> None:
        self.groups: list[list[int]] = []
        self.away, self.poison = away, poison

    def write(self, ended: Sequence[Ended]) -> list[EndWritten]:
        if self.away:
            self.away -= 1
            raise OperationalError("UPDATE", {}, Exception("away"))
        numbers = [one.delivery_id for one, _ in ended]
        if self.poison in numbers:
            raise ValueError("poison")
        self.groups.append(numbers)
        return [EndWritten(held=True, more=number % 2 == 0) for number in numbers]


async def write_all(ledger: Ledger, count: int) -> list[EndWritten | BaseException]:
    ends = EndWriter(ledger.write, retry_seconds=(0.0, 0.0))
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


def test_a_ledger_that_stays_away_is_told_to_each() -> None:
    written = asyncio.run(write_all(Ledger(away=99), 2))
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
