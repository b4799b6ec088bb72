"""A solved question, by its definition; a plain recount finds the same."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.service_levels.solved import AskedMessage, Solved, count_solved

DAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR, END = timedelta(hours=1), DAY + timedelta(days=20)


def asked(
    hours: float, outcome: str = "answered", intent: str = "ask_fee", code: str | None = "1.1", talk: str = "c"
) -> AskedMessage:
    return AskedMessage(talk, DAY + hours * HOUR, intent, outcome, code)


def counted(*messages: AskedMessage, trouble: dict[str, list[datetime]] | None = None) -> Solved:
    return count_solved(messages, trouble or {}, DAY, END)


def test_an_answer_that_nobody_comes_back_to_is_solved() -> None:
    assert counted(asked(0)) == Solved(1, 1)
    assert counted(asked(0, "handed_over"), asked(30, "failed_and_told")) == Solved(2, 0)


def test_greetings_and_other_words_are_no_questions() -> None:
    assert counted(asked(0, intent="greet"), asked(1, intent="inform"), AskedMessage("c", DAY, None, "answered")) == Solved(0, 0)


def test_the_same_again_within_a_day_means_that_it_was_not_solved() -> None:
    assert counted(asked(0), asked(24)) == Solved(2, 1)
    assert counted(asked(0), asked(24.1)) == Solved(2, 2)
    assert counted(asked(0), asked(1, code="2.2"), asked(2, intent="ask_place"), asked(3, talk="other")) == Solved(4, 4)


def test_a_handover_or_a_poor_rating_within_a_day_takes_it_back() -> None:
    assert counted(asked(0), trouble={"c": [DAY + 23 * HOUR]}) == Solved(1, 0)
    assert counted(asked(0), trouble={"c": [DAY + 25 * HOUR, DAY - HOUR], "other": [DAY]}) == Solved(1, 1)


def test_what_lies_outside_the_span_is_not_counted_but_seen() -> None:
    late = AskedMessage("c", END + HOUR, "ask_fee", "answered", "1.1")
    before_end = AskedMessage("c", END - HOUR, "ask_fee", "answered", "1.1")
    assert counted(late, before_end, asked(-1)) == Solved(1, 0)


@given(st.integers(0, 2**32))
def test_a_plain_recount_finds_the_same(seed: int) -> None:
    chance = random.Random(seed)
    messages = [
        asked(
            chance.randrange(-10, 600),
            chance.choice(["answered", "answered", "handed_over"]),
            chance.choice(["ask_fee", "greet"]),
            chance.choice([None, "1.1"]),
            chance.choice("cd"),
        )
        for _ in range(chance.randrange(25))
    ]
    # Two messages of one conversation never come at the very same moment.
    messages = list({(one.conversation_id, one.at): one for one in messages}.values())
    trouble = {"c": [DAY + chance.randrange(500) * HOUR for _ in range(chance.randrange(3))]}
    questions = solved = 0
    for one in messages:
        if one.intent == "greet" or not DAY <= one.at < END:
            continue
        questions += 1
        good = one.outcome == "answered"
        for other in messages:
            same = (other.conversation_id, other.intent, other.procedure_code) == (
                one.conversation_id,
                one.intent,
                one.procedure_code,
            )
            if same and timedelta(0) < other.at - one.at <= timedelta(hours=24):
                good = False
        for at in trouble.get(one.conversation_id, []):
            if timedelta(0) <= at - one.at <= timedelta(hours=24):
                good = False
        solved += good
    assert count_solved(messages, trouble, DAY, END) == Solved(questions, solved)
