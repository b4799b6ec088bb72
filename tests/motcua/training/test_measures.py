"""The figures of two models on the same texts."""

from datetime import UTC, datetime

import pytest

from bot.training.cases import FixedCase
from bot.training.replay import Written
from motcua.training.measures import (
    Reading,
    changes,
    confusions,
    fixed_set,
    intent_figures,
    reliability,
    shown_reading,
)

CASES = [FixedCase(f"câu {n}", intent, "marks", False) for n, intent in enumerate(("fee", "fee", "place", "place"))]


def readings(*said: str, confidence: float = 0.9) -> list[Reading]:
    return [Reading(intent, intent, confidence) for intent in said]


def test_broken_is_what_the_live_model_got_right_and_for_protected_cases_everything_wrong() -> None:
    candidate, live = readings("fee", "place", "place", "fee"), readings("fee", "fee", "place", "fee")
    plain = fixed_set(CASES, candidate, live, protected=False)
    assert (plain.total, plain.right, plain.live_right) == (4, 2, 3)
    assert [(case.text, case.got, case.live_got) for case in plain.broken] == [("câu 1", "place", "fee")]
    protected = fixed_set(CASES, candidate, live, protected=True)
    assert [case.text for case in protected.broken] == ["câu 1", "câu 3"]
    alone = fixed_set(CASES, candidate, None, protected=False)
    assert (alone.live_right, list(alone.broken)) == (None, [])


def test_each_intent_has_its_own_figures_beside_those_of_the_live_model() -> None:
    fee, place = intent_figures(CASES, readings("fee", "fee", "fee", "place"), readings("fee", "fee", "place", "place"))
    assert (fee.intent, fee.support, fee.precision, fee.recall, fee.f1, fee.live_f1) == ("fee", 2, 0.6667, 1.0, 0.8, 1.0)
    assert (place.precision, place.recall) == (1.0, 0.5)
    assert intent_figures(CASES, readings("fee", "fee", "place", "place"), None)[0].live_f1 is None


def test_confusions_are_counted_the_most_frequent_first() -> None:
    found = confusions(CASES, readings("place", "place", "fee", "place"))
    assert [(one.expected, one.got, one.count) for one in found] == [("fee", "place", 2), ("place", "fee", 1)]


def test_wrong_and_sure_leaves_out_who_asks_back() -> None:
    answers = [*readings("place"), *readings("fee"), Reading("nlu_fallback", "place", 0.9), *readings("fee", confidence=0.5)]
    found = reliability(CASES, answers)
    assert found.wrong_and_sure == 0.25
    assert sum(one.count for one in found.bins) == 4


@pytest.mark.parametrize(
    ("live", "candidate", "changed"),
    [
        (Reading("fee", "fee", 0.9), Reading("fee", "fee", 0.8), False),
        (Reading("fee", "fee", 0.9), Reading("place", "place", 0.9), True),
        (
            Reading("fee", "fee", 0.9, (("phí", "fee", 0.9), ("nộp đâu", "place", 0.9))),
            Reading("fee", "fee", 0.9, (("phí", "fee", 0.9), ("nộp đâu", "steps", 0.9))),
            True,
        ),
        (Reading("unsubscribe", "unsubscribe", 0.9), Reading("unsubscribe", "unsubscribe", 0.6), True),
        (Reading("withdraw_dossier", "withdraw_dossier", 0.8), Reading("withdraw_dossier", "withdraw_dossier", 0.9), False),
    ],
    ids=["surer", "intent", "clause", "risky-act-not-sure", "risky-act-sure"],
)
def test_an_answer_changes_where_the_dialogue_sees_something_else(live: Reading, candidate: Reading, changed: bool) -> None:
    written = Written("k", "một câu", 2, datetime(2026, 11, 26, tzinfo=UTC))
    assert bool(changes([written], [live], [candidate])) == changed


def test_what_is_written_most_comes_first() -> None:
    at = datetime(2026, 11, 26, tzinfo=UTC)
    texts = [Written("a", "a", 1, at), Written("b", "b", 5, at)]
    assert [one.written.text for one in changes(texts, readings("fee", "fee"), readings("place", "place"))] == ["b", "a"]


def test_a_line_of_the_engine_is_read_with_its_clauses() -> None:
    line = {"intent": "nlu_fallback", "confidence": 0.3, "ranking": [["fee", 0.3]], "clauses": [{"text": "x", "intent": None}]}
    assert Reading.from_json(line) == Reading("nlu_fallback", "fee", 0.3, (("x", "nlu_fallback", 0.0),))
    assert shown_reading(Reading("fee", "fee", 0.9, (("x", "fee", 0.9),))) == {"intent": "fee", "confidence": 0.9, "clauses": []}
