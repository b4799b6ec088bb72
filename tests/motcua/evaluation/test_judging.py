"""What counts as right, as wrong and confident, and as asked back."""

import pytest

from bot.catalogue.search.result import Hit, SearchResult, Verdict
from motcua.evaluation.intents import Understood, as_the_engine_receives, intent_figures, judged_intent, unknown_intents
from motcua.evaluation.labelled_files import Row
from motcua.evaluation.search import Found, judged_search, search_figures, unknown_codes

KNOWN = {"ask_fee", "greet", "nlu_fallback"}


def row(label: str, style: str = "marked") -> Row:
    return Row(1, "phí bao nhiêu", label, style)


def said(intent: str, best: str | None = None, confidence: float = 0.7) -> Understood:
    return Understood(intent, best or intent, confidence, 2.0)


@pytest.mark.parametrize(
    ("label", "answer", "right", "guess_right", "wrong_confident", "asked_back"),
    [
        ("ask_fee", said("ask_fee"), True, True, False, False),
        ("fee", said("ask_fee"), True, True, False, False),
        ("ask_fee", said("greet"), False, False, True, False),
        ("ask_fee", said("greet", confidence=0.69), False, False, False, False),
        ("ask_fee", said("nlu_fallback", "ask_fee"), False, True, False, True),
        ("ask_fee", said("nlu_fallback", "greet"), False, False, False, True),
        ("nlu_fallback", said("nlu_fallback", "greet"), True, True, False, True),
        ("order_pizza", said("greet"), False, False, True, False),
    ],
)
def test_an_intent_is_judged_as_the_citizen_meets_it(
    label: str, answer: Understood, right: bool, guess_right: bool, wrong_confident: bool, asked_back: bool
) -> None:
    judged = judged_intent(row(label), "phí", answer, KNOWN)
    assert (judged.right, judged.guess_right, judged.wrong_confident, judged.asked_back) == (
        right, guess_right, wrong_confident, asked_back,
    )  # fmt: skip


def test_intent_figures_have_the_promised_names() -> None:
    answers = [judged_intent(row("ask_fee"), "", said(name), KNOWN) for name in ("ask_fee", "greet", "nlu_fallback", "ask_fee")]
    assert intent_figures(answers) == {
        "messages": 4, "accuracy": 0.5, "macro_f1": 0.6667, "wrong_confident_rate": 0.25, "wrong_rate": 0.25,
        "ask_back_rate": 0.25, "p50_ms": 2.0, "p95_ms": 2.0,
    }  # fmt: skip


def test_labels_that_the_model_does_not_have_are_counted() -> None:
    assert unknown_intents([row("fee"), row("pizza"), row("pizza")], KNOWN) == {"pizza": 2}


def test_private_numbers_are_placeholders_before_the_engine_sees_them() -> None:
    received = as_the_engine_receives("gọi em 0900000123 nhé ⟦phone:x⟧")
    assert "0900000123" not in received
    assert received.count("⟦phone:") == 1


def found(verdict: Verdict, *codes: str) -> Found:
    return Found(SearchResult(verdict, tuple(Hit(code, 0.8, code) for code in codes), ""), 1.0)


@pytest.mark.parametrize(
    ("label", "result", "right", "wrong_confident", "rank"),
    [
        ("1.1", found("sure", "1.1", "2.2"), True, False, 1),
        ("1.1", found("sure", "2.2", "1.1"), False, True, 2),
        ("2.2,1.1", found("sure", "1.1"), True, False, 1),
        ("1.1", found("choose", "2.2", "1.1"), True, False, 2),
        ("1.1", found("choose", "2.2", "3.3"), False, False, None),
        ("1.1", found("unknown", "1.1"), False, False, 1),
        ("-", found("unknown", "1.1"), True, False, None),
        ("", found("none"), True, False, None),
        ("-", found("sure", "1.1"), False, True, None),
        ("-,1.1", found("sure", "1.1"), True, False, 1),
        ("-,1.1", found("unknown", "2.2"), True, False, None),
    ],
)
def test_a_search_is_judged_by_verdict_and_hits(
    label: str, result: Found, right: bool, wrong_confident: bool, rank: int | None
) -> None:
    judged = judged_search(row(label), "phí", result)
    assert (judged.right, judged.wrong_confident, judged.rank) == (right, wrong_confident, rank)


def test_search_figures_measure_recall_only_where_a_procedure_is_meant() -> None:
    answers = [
        judged_search(row("1.1"), "", found("sure", "1.1")),
        judged_search(row("1.1"), "", found("choose", "2.2", "1.1")),
        judged_search(row("-"), "", found("unknown")),
        judged_search(row("-"), "", found("sure", "2.2")),
    ]
    assert search_figures(answers) == {
        "queries": 4, "recall@1": 0.5, "recall@3": 1.0, "recall@5": 1.0, "mrr": 0.75, "wrong_confident_rate": 0.25,
        "ask_back_rate": 0.25, "unknown_rate": 0.25, "p50_ms": 1.0, "p95_ms": 1.0,
    }  # fmt: skip


def test_there_is_no_recall_of_questions_that_mean_no_procedure() -> None:
    figures = search_figures([judged_search(row("-"), "", found("none"))])
    assert (figures["recall@1"], figures["mrr"], figures["unknown_rate"]) == (None, None, 1.0)


def test_codes_that_the_catalogue_does_not_have_are_counted() -> None:
    assert unknown_codes([row("1.1,9.9"), row("-"), row("9.9")], {"1.1"}) == {"9.9": 2}
