"""A plan can be repeated, keeps every citizen's order and spreads the kills."""

from collections import Counter

import pytest

from benchmarks.chaos.plan import QUESTIONS, Size, plan_of

SIZE = Size(citizens=7, messages=4, kills=9, seconds=60, seed=3)
PROCESSES = ("gateway", "worker", "sender")


def test_the_same_seed_gives_the_same_plan_and_another_one_another() -> None:
    assert plan_of(SIZE, PROCESSES) == plan_of(SIZE, PROCESSES)
    other = Size(citizens=7, messages=4, kills=9, seconds=60, seed=4)
    assert plan_of(SIZE, PROCESSES) != plan_of(other, PROCESSES)


def test_every_citizen_asks_different_questions_in_the_order_of_their_numbers() -> None:
    plan = plan_of(SIZE, PROCESSES)
    assert set(plan.channels) == {"zalo", "facebook", "telegram"}
    for citizen in range(SIZE.citizens):
        own = [said for said in plan.messages if said.citizen == citizen]
        assert [said.number for said in own] == [0, 1, 2, 3]
        assert len({said.text for said in own}) == SIZE.messages
    assert all(0 <= said.at <= SIZE.seconds for said in plan.messages)
    assert any(said.copies for said in plan.messages)


def test_every_process_is_killed_equally_often_within_the_time() -> None:
    kills = plan_of(SIZE, PROCESSES).kills
    assert Counter(kill.process for kill in kills) == dict.fromkeys(PROCESSES, 3)
    assert [kill.at for kill in kills] == sorted(kill.at for kill in kills)
    assert all(0 < kill.at < SIZE.seconds for kill in kills)


def test_more_messages_than_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="questions"):
        plan_of(Size(citizens=1, messages=len(QUESTIONS) + 1, kills=0, seconds=1, seed=1), PROCESSES)
