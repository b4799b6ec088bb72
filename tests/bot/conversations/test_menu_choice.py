"""Typed answers to offered buttons."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.menu_choice import TALK_TO_OFFICER, OfferedButton, typed_choice

FEE = {"intent": "ask_fee", "entities": {"procedure": "1.000001"}}
TIME = {"intent": "ask_time", "entities": {}}
OFFERED = [OfferedButton(0, "Lệ phí", FEE), OfferedButton(2, "Thời hạn giải quyết?", TIME)]


@pytest.mark.parametrize("text", ["1", "1.", "1)", " 1 ", "(1)", "1:", "01", "lệ phí", "LE PHI", "Lệ  phí.", "«lệ phí»"])
def test_the_first_button_is_chosen_by_number_or_words(text: str) -> None:
    assert typed_choice(text, OFFERED) == FEE


def test_words_in_decomposed_form_choose_too() -> None:
    assert typed_choice(unicodedata.normalize("NFD", "Thời hạn giải quyết"), OFFERED) == TIME


def test_numbers_count_all_buttons_shown_links_too() -> None:
    assert typed_choice("3", OFFERED) == TIME
    assert typed_choice("2", OFFERED) is None


@pytest.mark.parametrize("text", ["4", "99", "100", "-1", "1 2", "1 con", "lệ phí bao nhiêu", "phí", "", "?", "một", "²"])
def test_anything_else_is_no_choice(text: str) -> None:
    assert typed_choice(text, OFFERED) is None


def test_zero_asks_for_an_officer_even_where_nothing_was_offered() -> None:
    assert typed_choice("0", []) == TALK_TO_OFFICER


def test_numbers_said_to_a_person_are_left_alone() -> None:
    assert typed_choice("1", OFFERED, numbers_count=False) is None
    assert typed_choice("0", OFFERED, numbers_count=False) is None
    assert typed_choice("lệ phí", OFFERED, numbers_count=False) == FEE


def test_two_buttons_of_the_same_words_are_no_choice() -> None:
    assert typed_choice("lệ phí", [*OFFERED, OfferedButton(3, "LỆ PHÍ", TIME)]) is None


@given(st.text())
def test_any_text_is_either_an_offered_act_or_none(text: str) -> None:
    assert typed_choice(text, OFFERED) in (None, FEE, TIME, TALK_TO_OFFICER)
