import pytest

from engine.nlu.message_intent import Guess, accepted, intent_of_placeholders, is_blank, message_intent


def intent(whole: tuple[str, float], *clauses: tuple[str, float]) -> str:
    return message_intent(Guess("whole", *whole), [Guess(f"c{i}", *c) for i, c in enumerate(clauses)], 0.4).intent


@pytest.mark.parametrize(
    ("whole", "clauses", "expected"),
    [
        (("greet", 0.9), [("greet", 0.99), ("ask_fee", 0.6)], "ask_fee"),
        (("greet", 0.9), [("greet", 0.99), ("ask_fee", 0.3)], "nlu_fallback"),
        (("ask_fee", 0.8), [("greet", 0.99), ("ask_time", 0.6)], "ask_fee"),
        (("ask_fee", 0.5), [("ask_fee", 0.6), ("ask_time", 0.9)], "ask_fee"),
        (("ask_fee", 0.3), [("ask_fee", 0.6), ("ask_time", 0.9)], "ask_time"),
        (("thank", 0.5), [("affirm", 0.7), ("thank", 0.9)], "affirm"),
        (("thank", 0.9), [("thank", 0.9), ("goodbye", 0.95)], "thank"),
        (("greet", 0.9), [("greet", 0.9)], "greet"),
        (("ask_fee", 0.2), [("ask_fee", 0.2)], "nlu_fallback"),
        (("ask_fee", 0.7), [], "ask_fee"),
        (("greet", 0.1), [], "nlu_fallback"),
    ],
)
def test_what_asks_wins_over_small_talk(whole: tuple[str, float], clauses: list[tuple[str, float]], expected: str) -> None:
    assert intent(whole, *clauses) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("⟦dossier_code:a1⟧", "check_status"),
        (" ⟦dossier_code:a1⟧, ⟦dossier_code:b2⟧ 🙏", "check_status"),
        ("⟦phone:a1⟧", "inform"),
        ("⟦dossier_code:a1⟧ ⟦phone:b2⟧", "inform"),
        ("mã ⟦dossier_code:a1⟧", None),
        ("⟦unknown:a1⟧", None),
        ("", None),
        ("🙏", None),
    ],
)
def test_a_message_of_placeholders_alone_has_a_certain_intent(text: str, expected: str | None) -> None:
    assert intent_of_placeholders(text) == expected


@pytest.mark.parametrize(("text", "blank"), [("", True), (" \n", True), ("👍❤️", True), ("?!_", True), ("a", False), ("7", False)])
def test_blank_is_what_has_neither_letter_nor_digit(text: str, blank: bool) -> None:
    assert is_blank(text) is blank


def test_a_guess_under_the_threshold_keeps_its_confidence() -> None:
    assert accepted(Guess("t", "ask_fee", 0.39), 0.4) == Guess("t", "nlu_fallback", 0.39)
    assert accepted(Guess("t", "ask_fee", 0.4), 0.4) == Guess("t", "ask_fee", 0.4)
