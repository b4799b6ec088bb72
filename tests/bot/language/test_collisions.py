"""What has several meanings is asked back with buttons, never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.collisions import decided, undecided
from bot.language.tables import load_table


def test_a_word_nobody_can_decide_is_asked_about_with_its_place() -> None:
    (asked,) = undecided("em cần giấy kt ạ")
    assert asked.token == "kt"
    assert "em cần giấy kt ạ"[slice(*asked.span)] == "kt"
    assert asked.readings == ("khai tử", "khuyết tật", "kiểm tra")
    assert asked.question == "Ông/Bà viết “kt” là khai tử, khuyết tật hay kiểm tra?"


def test_a_phrase_nobody_can_decide_is_asked_about() -> None:
    (asked,) = undecided("Em muốn  sang tên ạ")
    assert "Em muốn  sang tên ạ"[slice(*asked.span)] == "sang tên"
    assert asked.readings == ("nhà đất", "xe", "hợp đồng điện, nước")
    assert asked.question.endswith("?")


def test_a_denunciation_is_never_assumed() -> None:
    assert "tố cáo" not in str(load_table("shorthand")["context"])
    assert [asked.token for asked in undecided("em muốn nộp đơn tc")] == ["tc"]


@pytest.mark.parametrize(
    "text", ["sang tên sổ đỏ", "phường Bắc Giang", "mã hồ sơ của em", "k dc", "đk khai sinh", "⟦phone:kt⟧", '"kt"', "lớp học"]
)
def test_what_is_decided_or_has_one_meaning_is_not_asked_about(text: str) -> None:
    assert undecided(text) == []


def test_the_reading_that_the_neighbours_show_is_told() -> None:
    (found,) = decided("sang ten xe may cho vo")
    assert (found.token, found.reading) == ("sang ten", "xe")


def test_every_question_offers_two_to_six_short_answers() -> None:
    table = load_table("collisions")
    for phrase in table["phrases"]:
        offered = phrase.get("offered") or [reading["label"] for reading in phrase["readings"]]
        assert 2 <= len(offered) <= 7
        assert set(offered) <= {reading["label"] for reading in phrase["readings"]}
        assert all(len(label) <= 40 for label in offered)
        assert "?" in phrase["question"]


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    for asked in undecided(text):
        assert text[slice(*asked.span)] == asked.token or asked.token
