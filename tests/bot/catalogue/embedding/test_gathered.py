"""Questions that come while others are being answered are answered together, each with its own answer."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from bot.catalogue.embedding.gathered import GatheredQuestions
from tests.waiting import wait_for


class Doubler:
    """Answers with the double, once it may; keeps the groups that it was asked."""

    def __init__(self, most: int) -> None:
        self.groups: list[list[int]] = []
        self.may = threading.Event()
        self.gathered = GatheredQuestions[int, int](self.answer_all, most)

    def answer_all(self, questions: Sequence[int]) -> list[int]:
        self.groups.append(list(questions))
        assert self.may.wait(30)
        if 13 in questions:
            raise ValueError("unlucky")
        return [2 * question for question in questions]

    def waiting(self, count: int) -> bool:
        return len(self.gathered._waiting) == count


def test_what_comes_meanwhile_is_answered_together_in_the_order_of_coming() -> None:
    doubler = Doubler(most=4)
    with ThreadPoolExecutor(10) as threads:
        asked = [threads.submit(doubler.gathered.ask_all, [0])]
        wait_for(lambda: doubler.groups == [[0]], what="the first at work")
        for number in range(1, 10):
            asked.append(threads.submit(doubler.gathered.ask_all, [number]))
            wait_for(partial(doubler.waiting, number), what="one more that waits")
        doubler.may.set()
        assert [one.result() for one in asked] == [[2 * number] for number in range(10)]
    assert doubler.groups == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]]


def test_several_of_one_call_get_their_answers_in_order() -> None:
    doubler = Doubler(most=4)
    doubler.may.set()
    assert doubler.gathered.ask_all([5, 1, 4, 2, 3, 9]) == [10, 2, 8, 4, 6, 18]
    assert doubler.groups == [[5, 1, 4, 2], [3, 9]]
    assert doubler.gathered.ask_all([]) == []
    assert doubler.gathered.ask_all([7]) == [14]


def test_a_fault_is_told_to_each_of_its_group_and_to_nobody_else() -> None:
    doubler = Doubler(most=2)
    with ThreadPoolExecutor(4) as threads:
        asked = []
        for number in (1, 13, 3, 4):
            asked.append(threads.submit(doubler.gathered.ask_all, [number]))
            wait_for(lambda: doubler.groups and doubler.waiting(len(asked) - 1), what="one more that waits")
        doubler.may.set()
        assert asked[0].result() == [2]
        for one in asked[1:3]:
            with pytest.raises(ValueError, match="unlucky"):
                one.result()
        assert asked[3].result() == [8]
    assert doubler.gathered.ask_all([6]) == [12]


def test_many_threads_ask_at_once_and_each_hears_its_own() -> None:
    doubler = Doubler(most=12)
    doubler.may.set()
    with ThreadPoolExecutor(16) as threads:
        heard = list(threads.map(lambda number: doubler.gathered.ask_all([number, number + 1]), range(20, 1020)))
    assert heard == [[2 * number, 2 * number + 2] for number in range(20, 1020)]
    assert sum(map(len, doubler.groups)) == 2000
