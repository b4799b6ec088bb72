"""The verdict on a run."""

from benchmarks.load.outcome import Outcome, Turn, judge
from benchmarks.load.phones import Shown
from benchmarks.load.posting import Posted
from benchmarks.load.traffic import Said


def posted(number: int, due: float = 0, status: int = 200) -> Posted:
    return Posted(Said(due, number, number, "zalo", "fee", "lệ phí?"), due, 0.01, status)


def turn(number: int, *, outcome: str | None = "answered", conclusions: int = 1, state: str = "sent") -> Turn:
    return Turn(number, outcome, conclusions, ((f"m{number}", state),))


def shown(number: int, at: float = 1) -> Shown:
    return Shown("zalo", f"m{number}", at)


def test_an_answer_is_timed_from_the_moment_at_which_its_message_was_due() -> None:
    found = judge([posted(1, 10.0), posted(2, 11.0)], [turn(1), turn(2)], [shown(2, 11.25), shown(1, 10.5)])
    assert found.broken() == []
    assert list(found.answer_seconds) == [(10.0, 0.5), (11.0, 0.25)]
    assert found.outcomes == {"answered": 2}


def test_what_was_acknowledged_must_be_in_the_ledger() -> None:
    assert judge([posted(1)], [], []).broken() == ["1 acknowledged and not in the ledger"]
    refused: Outcome = judge([posted(1, status=503)], [], [])
    assert (refused.broken(), refused.refused) == ([], 1)


def test_a_message_without_an_outcome_and_an_answer_that_nobody_saw_are_broken_promises() -> None:
    assert judge([posted(1)], [Turn(1, None, 0)], []).broken() == ["1 without an outcome"]
    assert judge([posted(1)], [turn(1)], []).broken() == ["1 answered, and no screen shows it"]
    assert judge([posted(1)], [turn(1, state="dead")], []).broken() == []


def test_two_answers_to_one_message_are_seen() -> None:
    assert judge([posted(1)], [turn(1, conclusions=2)], [shown(1)]).broken() == ["1 concluded twice"]
    assert judge([posted(1)], [turn(1)], [shown(1), shown(1, 2)]).broken() == ["1 shown twice"]
