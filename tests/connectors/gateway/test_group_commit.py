"""Requests share commits, and none of them shares another's fate."""

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from bot.conversations.events import DeliveryReceipt, PlatformEvent
from connectors.gateway.group_commit import GroupCommit
from connectors.gateway.webhooks import WebhookDoor
from tests.bot.conversations.platform_messages import CITIZEN, echo, message, origin


class Ledger:
    """Takes events slowly; refuses a group that holds a poisoned one."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.under_way = threading.Semaphore(1)

    def take_in(self, events: Sequence[PlatformEvent]) -> None:
        assert self.under_way.acquire(blocking=False), "one writer at a time"
        try:
            time.sleep(0.02)
            ids = [event.origin.event_id for event in events]
            if "poison" in ids:
                raise ValueError("poison")
            self.groups.append(ids)
        finally:
            self.under_way.release()


async def take_all(ledger: Ledger, ids: list[str]) -> list[BaseException | None]:
    together = GroupCommit(ledger.take_in)
    return await asyncio.gather(*(together.take([message(one)]) for one in ids), return_exceptions=True)


def test_requests_that_wait_share_a_commit_and_each_is_answered_after_it() -> None:
    ledger = Ledger()
    assert asyncio.run(take_all(ledger, [f"m{n}" for n in range(40)])) == [None] * 40
    assert sorted(one for group in ledger.groups for one in group) == sorted(f"m{n}" for n in range(40))
    assert len(ledger.groups) < 5


def test_an_event_that_cannot_be_stored_fails_alone() -> None:
    ledger = Ledger()
    answers = asyncio.run(take_all(ledger, ["m1", "m2", "poison", "m3"]))
    assert [type(answer) for answer in answers] == [type(None), type(None), ValueError, type(None)]
    assert {one for group in ledger.groups for one in group} == {"m1", "m2", "m3"}


def test_a_request_that_is_given_up_is_stored_all_the_same() -> None:
    ledger = Ledger()

    async def give_up() -> None:
        together = GroupCommit(ledger.take_in)
        waiting = asyncio.create_task(together.take([message("m1")]))
        await asyncio.sleep(0.005)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await together.take([message("m2")])

    asyncio.run(give_up())
    assert {one for group in ledger.groups for one in group} == {"m1", "m2"}


def test_requests_that_follow_closely_share_a_commit_and_one_that_comes_alone_is_not_held_up() -> None:
    groups: list[int] = []

    async def arrive() -> float:
        together = GroupCommit(lambda events: groups.append(len(events)), apart_seconds=0.2)
        began = asyncio.get_running_loop().time()
        await together.take([message("m0")])
        alone = asyncio.get_running_loop().time() - began
        followers = [asyncio.create_task(together.take([message(f"m{n}")])) for n in range(1, 4)]
        await asyncio.sleep(0)
        followers.append(asyncio.create_task(together.take([message("m4")])))
        await asyncio.gather(*followers)
        return alone

    assert asyncio.run(arrive()) < 0.2
    assert groups == [1, 4]


def test_receipts_wait_for_each_other_and_a_full_group_waits_no_longer() -> None:
    groups: list[int] = []

    async def arrive(count: int, gathered_seconds: float) -> None:
        together = GroupCommit(lambda events: groups.append(len(events)), gathered_seconds=gathered_seconds)
        first = asyncio.create_task(together.take([message("m0")]))
        await asyncio.sleep(0.01)
        await asyncio.gather(first, *(together.take([message(f"m{n}")]) for n in range(1, count)))

    asyncio.run(arrive(3, 0.3))
    assert groups == [3]
    groups.clear()
    asyncio.run(asyncio.wait_for(arrive(100, 3600), 60))
    assert groups == [100]


def test_neither_a_message_nor_an_officers_words_wait_with_the_receipts() -> None:
    order: list[list[str]] = []

    async def arrive() -> None:
        door = WebhookDoor(lambda events: order.append([event.origin.event_id for event in events]))
        receipt = DeliveryReceipt(origin("receipt"), CITIZEN, "read", ("z1",))
        patient = [asyncio.create_task(door.take([one])) for one in (receipt, echo("ours", "Lệ phí", by_us=True))]
        await asyncio.sleep(0)
        await door.take([echo("officer", "Tôi là cán bộ")])
        await door.take([message("m1")])
        await asyncio.gather(*patient)

    asyncio.run(arrive())
    assert order == [["officer"], ["m1"], ["receipt", "ours"]]
