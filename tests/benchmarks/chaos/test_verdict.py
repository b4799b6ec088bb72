"""The judge of the crash test finds every fault that it is there for, and excuses only what a crash excuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.chaos.evidence import Citizen, Evidence, Part, Shown, Turn
from benchmarks.chaos.verdict import judge

WHO = ("zalo", "1")
BEGAN = datetime(2026, 11, 26, 8, tzinfo=UTC)


def turn(text: str, minute: int, **more: Any) -> Turn:
    finished = BEGAN + timedelta(minutes=minute)
    return replace(Turn(WHO, text, "answered", None, False, 1, finished, 1, frozenset({text.upper()})), **more)


def part(number: int, **more: Any) -> Part:
    return replace(Part(WHO, (number, 0), "sent", None, f"m{number}", f"trả lời {number}"), **more)


def sound() -> Evidence:
    """Two questions, two answers."""
    screen = (Shown("m2", "trả lời 2"), Shown("m4", "trả lời 4"))
    return Evidence((Citizen(*WHO, ("a", "b"), screen),), (turn("a", 1), turn("b", 2)), (part(2), part(4)), 0, 0)


def with_screen(evidence: Evidence, *shown: Shown) -> Evidence:
    return replace(evidence, citizens=(replace(evidence.citizens[0], shown=shown),))


def test_a_sound_run_keeps_all_promises() -> None:
    found = judge(sound(), {"a": "A", "b": "B"})
    assert not found.broken()
    assert (found.said, found.stored, found.shown, dict(found.outcomes)) == (2, 2, 2, {"answered": 2})


TURNS = {
    "lost": (turn("a", 1),),
    "doubled_turns": (turn("a", 1), turn("b", 2), turn("b", 3)),
    "without_outcome": (turn("a", 1), turn("b", 2, outcome=None, finished_at=None)),
    "turns_out_of_order": (turn("b", 1), turn("a", 2)),
    "other_subject": (turn("a", 1), turn("b", 2, codes=frozenset({"A"}))),
}


@pytest.mark.parametrize("promise", TURNS)
def test_faults_of_the_turns_are_found(promise: str) -> None:
    assert judge(replace(sound(), turns=TURNS[promise]), {"a": "A", "b": "B"}).broken() == {promise: 1}


def test_two_conclusions_of_one_question_are_a_doubled_turn() -> None:
    assert judge(replace(sound(), turns=(turn("a", 1, conclusions=2), turn("b", 2)))).broken() == {"doubled_turns": 1}


def test_a_late_message_may_be_answered_late_but_only_where_it_is_marked() -> None:
    assert not judge(replace(sound(), turns=(turn("b", 1), turn("a", 2, late=True)))).broken()


@pytest.mark.parametrize(
    ("shown", "broken"),
    [
        (("m2", "m4", "x/trả lời 4"), {"seen_twice": 1}),
        (("m2", "m4", "x/chẳng ai nói"), {"seen_unexplained": 1}),
        (("m2",), {"sent_but_unseen": 1}),
        (("m4", "m2"), {"replies_out_of_order": 1}),
    ],
)
def test_faults_on_the_screen_are_found(shown: tuple[str, ...], broken: dict[str, int]) -> None:
    messages = [Shown(name.split("/")[0], name.split("/")[1] if "/" in name else f"trả lời {name[1]}") for name in shown]
    assert judge(with_screen(sound(), *messages)).broken() == broken


def test_a_call_with_an_unknown_end_excuses_one_message_with_its_words_and_no_more() -> None:
    unknown = replace(sound(), parts=(part(2, state="ambiguous", error="sender_lost", message_id=None), part(4)))
    assert not judge(with_screen(unknown, Shown("m4", "trả lời 4"))).broken()
    seen = with_screen(unknown, Shown("x", "trả  lời 2"), Shown("m4", "trả lời 4"))
    assert not judge(seen).broken()
    assert judge(seen).ambiguous_seen == 1
    twice = with_screen(unknown, Shown("x", "trả lời 2"), Shown("y", "trả lời 2"), Shown("m4", "trả lời 4"))
    assert judge(twice).broken() == {"seen_twice": 1}
    behind = with_screen(unknown, Shown("m4", "trả lời 4"), Shown("x", "trả lời 2"))
    assert judge(behind).broken() == {"replies_out_of_order": 1}


def test_what_is_not_finished_and_a_wrongly_silent_bot_are_found() -> None:
    assert judge(replace(sound(), unsent=1)).broken() == {"unfinished_parts": 1}
    assert judge(replace(sound(), muted=1)).broken() == {"muted": 1}
