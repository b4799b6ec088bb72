"""An officer's answer compared with what a good one says: pure, and the same whoever asks.

It counts points and sees plain faults; how good an answer is, people judge. Nothing here is a mark for anybody's file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.language.normalise import fold
from bot.practice.exercise import Exercise, Point

Warning_ = Literal["short", "no_greeting", "asks_for_secret", "promises", "own_figures", "shouting"]
SHORTEST = 25
"""Characters below which an answer is hardly one."""

_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d+(?:[.,]\d{3})*")
_GREETING = re.compile(r"\b(kinh chao|chao (ong|ba|anh|chi|em|bac|co|chu|ban)|xin chao|da\b|ong ?/ ?ba)")
_SECRET = re.compile(r"\b(ma otp|otp|mat khau|ma pin|ma xac thuc)\b")
_ASKS = re.compile(r"\b(gui|cho|cung cap|doc|nhap|bao)\b")
_REFUSES = re.compile(r"\b(khong|dung|chua bao gio|tuyet doi)\b")
_PROMISE = re.compile(r"\b(chac chan (se )?duoc|dam bao (se )?duoc|cam ket (se )?(duoc|cap|giai quyet)|100 ?%)")
_SENTENCE = re.compile(r"[.!?\n;]+")


@dataclass(frozen=True)
class PointFound:
    """A point, and whether the answer says it."""

    point: Point
    said: bool


@dataclass(frozen=True)
class Comparison:
    """``points`` in the exercise's order; ``warnings``: what a colleague would mention; ``figures``: numbers in the answer that
    stand neither in the conversation nor in the colleague's answer."""

    points: tuple[PointFound, ...]
    warnings: tuple[Warning_, ...]
    figures: tuple[str, ...] = ()

    @property
    def said(self) -> int:
        """How many of the points the answer says."""
        return sum(found.said for found in self.points)

    @property
    def missed(self) -> tuple[str, ...]:
        """The points that it does not say."""
        return tuple(found.point.text for found in self.points if not found.said)


def compare(exercise: Exercise, answer: str) -> Comparison:
    """The answer held against the exercise."""
    folded = fold(answer)
    words = set(_WORD.findall(folded)) | _figures(folded)
    points = tuple(PointFound(point, any(_says(words, folded, way) for way in point.words)) for point in exercise.points)
    figures = _own_figures(exercise, answer)
    return Comparison(points, tuple(_warnings(answer, folded, figures)), figures)


def _says(words: set[str], folded: str, way: str) -> bool:
    """Every word of the way stands in the answer, or the way as a whole does."""
    wanted = fold(way)
    if wanted in folded:
        return True
    parts = set(_WORD.findall(_FIGURE.sub(" ", wanted))) | _figures(wanted)
    return bool(parts) and parts <= words


def _figures(text: str) -> set[str]:
    """The numbers of a text without the dots between thousands."""
    return {re.sub(r"[.,]", "", match[0]) for match in _FIGURE.finditer(text)}


def _own_figures(exercise: Exercise, answer: str) -> tuple[str, ...]:
    known = _figures(" ".join([*(line.text for line in exercise.before), exercise.question, exercise.reference]))
    known |= _figures(" ".join(way for point in exercise.points for way in point.words))
    return tuple(
        match[0] for match in _FIGURE.finditer(answer) if len(match[0]) > 1 and re.sub(r"[.,]", "", match[0]) not in known
    )


def _warnings(answer: str, folded: str, figures: Iterable[str]) -> Iterable[Warning_]:
    if len(answer.strip()) < SHORTEST:
        yield "short"
    if not _GREETING.search(folded):
        yield "no_greeting"
    if any(_SECRET.search(part) and _ASKS.search(part) and not _REFUSES.search(part) for part in _SENTENCE.split(folded)):
        yield "asks_for_secret"
    if _PROMISE.search(folded):
        yield "promises"
    if tuple(figures):
        yield "own_figures"
    letters = [char for char in answer if char.isalpha()]
    if len(letters) > SHORTEST and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        yield "shouting"
