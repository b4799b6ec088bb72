"""Questions of several threads answered in one go, where one at a time costs nearly as much as all of them."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Asked(Generic[Question, Answer]):
    """One question under way. Its thread sleeps until it is answered, or until it is its turn to have all that wait answered."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.answer: Answer | None = None
        self.error: BaseException | None = None
        self.settled = False
        self.woken = threading.Event()


class GatheredQuestions(Generic[Question, Answer]):
    """Asks ``answer_all`` for each question; those that come while it is at work are asked together next, at most ``most`` of
    them, in the order of coming. What it raises is raised to each of the group."""

    def __init__(self, answer_all: Callable[[Sequence[Question]], Sequence[Answer]], most: int) -> None:
        self._answer_all, self._most = answer_all, most
        self._guard = threading.Lock()
        self._waiting: deque[_Asked[Question, Answer]] = deque()
        self._at_work = False

    def ask_all(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in order. What comes in one call waits for the group that is at work, and for what came before it."""
        mine: list[_Asked[Question, Answer]] = [_Asked(question) for question in questions]
        if not mine:
            return []
        with self._guard:
            self._waiting.extend(mine)
            leads, self._at_work = not self._at_work, True
        for one in mine:
            if not leads:
                one.woken.wait()
            if not one.settled:
                self._answer_group()
            leads = False
        for one in mine:
            if one.error is not None:
                raise one.error
        return [cast("Answer", one.answer) for one in mine]

    def _answer_group(self) -> None:
        """For the thread whose question has waited longest: it is in the group."""
        with self._guard:
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            answers = self._answer_all([one.question for one in group])
            for one, answer in zip(group, answers, strict=True):
                one.answer = answer
        except BaseException as error:  # noqa: BLE001 (it is raised again in each thread that waits, this one among them)
            for one in group:
                one.error = error
        for one in group:
            one.settled = True
        with self._guard:
            following = self._waiting[0] if self._waiting else None
            self._at_work = following is not None
        for one in (*group, *([following] if following else [])):
            one.woken.set()
