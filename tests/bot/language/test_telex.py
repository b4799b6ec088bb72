"""Keyboard leftovers are set right only where the keyboard clearly failed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.syllables import is_syllable
from bot.language.telex import leftover
from bot.language.written import written_out


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ddawng", "đăng"),
        ("dduwowcj", "được"),
        ("nuwowcs", "nước"),
        ("nwowcs", "nước"),
        ("giaasy", "giấy"),
        ("giaays", "giấy"),
        ("thuyr", "thuỷ"),
        ("quys", "quý"),
        ("d9a8ng", "đăng"),
        ("nuo7c1", "nước"),
        ("đawng", "đăng"),
    ],
)
def test_the_keys_spell_a_syllable(typed: str, written: str) -> None:
    found = leftover(typed)
    assert found is not None
    assert found.written == written


@pytest.mark.parametrize(
    "word",
    [
        "wow",
        "form",
        "passport",
        "samsung",
        "test",
        "visa",
        "taxi",
        "card",
        "vneid",
        "now",
        "cho",
        "giay",
        "ct01",
        "a1",
        "kt3",
        "5tr",
        "x",
    ],
)
def test_other_words_are_no_leftovers(word: str) -> None:
    assert leftover(word) is None


def test_one_leftover_that_might_be_a_word_is_not_enough() -> None:
    assert written_out("tôi cần kys").text == "tôi cần kys"
    assert written_out("lamf ow ddaau").text.startswith("làm")


def test_names_are_never_set_right() -> None:
    assert "Vawn" in written_out("ddawng kys cho anh Vawn").text


def test_case_is_kept() -> None:
    assert written_out("DDAWNG KYS").text == "ĐĂNG KÝ"
    assert written_out("Ddawng kys").text == "Đăng ký"


@given(st.text("abcdegiknoqstuwyfrxjd0123456789đêơ", max_size=14))
def test_whatever_is_decoded_is_a_syllable(word: str) -> None:
    found = leftover(word)
    assert found is None or is_syllable(found.written)
