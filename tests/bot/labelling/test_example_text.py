"""A citizen's message as an example: numbers only as placeholders, one line, nothing hidden."""

import pytest

from bot.labelling.example_text import LONGEST, example_text, holds_no_number, masked_example, says_something, shown, words_key


@pytest.mark.parametrize(
    ("masked", "example"),
    [
        ("tra ⟦dossier_code:abcd⟧ với, số ⟦phone:efgh⟧", "tra ⟦dossier_code:x1⟧ với, số ⟦phone:x2⟧"),
        ("gọi 0912345678 giúp em", "gọi ⟦phone:x1⟧ giúp em"),
        ("/restart\n\n  em  hỏi\tphí", "restart em hỏi phí"),
        ("phí\u202e\u200b\x00 bao nhiêu", "phí bao nhiêu"),
    ],
    ids=["renumbered", "missed number", "one line", "nothing hidden"],
)
def test_an_example_is_one_line_with_numbered_placeholders(masked: str, example: str) -> None:
    assert example_text(masked) == example


def test_a_typed_text_is_masked_and_its_own_placeholders_are_not_believed() -> None:
    assert masked_example("cccd 001099012345 và ⟦phone:x9⟧") == "cccd ⟦citizen_id:x1⟧ và [phone:x9]"


def test_a_long_text_is_cut_between_words_and_never_within_a_placeholder() -> None:
    long = "a " * (LONGEST // 2 - 5) + "⟦phone:" + "t" * 40 + "⟧ xin chào"
    cut = example_text(long)
    assert len(cut) <= LONGEST
    assert "⟦" not in cut


def test_people_see_the_kind_and_no_figure() -> None:
    assert shown("mã ⟦dossier_code:x1⟧", lambda kind: {"dossier_code": "mã hồ sơ"}[kind]) == "mã [mã hồ sơ]"


def test_the_key_passes_over_case_marks_and_the_numbers() -> None:
    assert words_key("Tra ⟦phone:x1⟧ đi!") == words_key("tra  ⟦phone:x7⟧ di")
    assert words_key("tra ⟦phone:x1⟧") != words_key("tra ⟦citizen_id:x1⟧")


def test_a_number_alone_or_a_sign_says_nothing() -> None:
    assert [says_something(text) for text in ("⟦phone:x1⟧", "?? 12", "⟦phone:x1⟧ ạ?", "phí")] == [False, False, False, True]
    assert not holds_no_number("gọi 0912345678")
