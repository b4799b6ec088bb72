"""Vietnamese syllables by rule, and one placement of their tones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normalise import nfc, same_text
from bot.language.syllables import is_syllable, modern_tone, syllable


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "quyết",
        "giếng",
        "giặt",
        "gì",
        "khuỷu",
        "thuở",
        "xoong",
        "uyên",
        "yếu",
        "ăn",
        "quý",
        "quốc",
        "đường",
        "Nguyễn",
        "hoà",
        "hòa",
        "khuya",
        "oẳn",
    ],
)
def test_syllables_are_known_by_rule(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["form", "wow", "đx", "cè", "kà", "ngê", "đat", "hàc", "bbc", "", "zô", "a" * 20, "hoảá"])
def test_other_words_are_none(word: str) -> None:
    assert not is_syllable(word)


def test_a_syllable_is_taken_apart() -> None:
    found = syllable("Quyết")
    assert found is not None
    assert (found.onset, found.rime) == ("q", "uyêt")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("hòa thủy ủy khỏe", "hoà thuỷ uỷ khoẻ"),
        ("Ủy ban", "Uỷ ban"),
        ("hoà thuỷ uỷ", "hoà thuỷ uỷ"),
        ("qúy qúa", "quý quá"),
        ("của mùa thuyền hoàn", "của mùa thuyền hoàn"),
        ("Nokia 8, TÙY", "Nokia 8, TUỲ"),
    ],
)
def test_tones_stand_where_schools_write_them(typed: str, shown: str) -> None:
    assert modern_tone(typed) == shown


@given(st.text(st.characters(codec=None), max_size=120) | st.text("hoàòaủuyỷỳquề ", max_size=60))
def test_moving_tones_changes_nothing_else(text: str) -> None:
    assert modern_tone(modern_tone(text)) == modern_tone(text)
    assert same_text(modern_tone(text), nfc(text))
