"""Amounts, ages and lengths of time as people tell them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.ages import find_ages, find_durations
from bot.language.formats import spoken_money
from bot.language.money import find_money

TODAY = date(2026, 11, 26)


def test_slang_is_marked_so_that_it_can_be_repeated_in_plain_words() -> None:
    assert [(found.vnd, found.slang) for found in find_money("2 củ hay 300 nghìn")] == [(2_000_000, True), (300_000, False)]


@pytest.mark.parametrize("text", ["2 củ khoai", "5 lít xăng", "15 ngày", "1.200.000", "phòng 10 d", "5 k"])
def test_other_amounts_are_no_money(text: str) -> None:
    assert find_money(text) == []


@given(st.integers(1, 2_000_000_000))
def test_an_amount_as_we_speak_it_is_read_back(vnd: int) -> None:
    (found,) = find_money(f"phí {spoken_money(vnd)} ạ")
    assert found.vnd == vnd


def test_a_year_of_birth_gives_the_age_of_this_year() -> None:
    (found,) = find_ages("con sinh năm 2010", TODAY)
    assert (found.number, found.birth_year) == (16, 2010)
    assert find_ages("năm 2010", TODAY) == []


def test_ages_know_their_bounds() -> None:
    assert [found.value for found in find_ages("dưới 6 tuổi, trên 75 tuổi, từ đủ 14 tuổi, tròn 18 thì", TODAY)] == [
        "<6", ">75", ">=14", ">=18",
    ]  # fmt: skip


def test_lengths_of_time_are_no_dates() -> None:
    assert [(d.amount, d.unit) for d in find_durations("3 ngày làm việc, 2 tuần rưỡi, 3 năm 2 tháng")] == [
        (3, "working_day"), (2.5, "week"), (3, "year"), (2, "month"),
    ]  # fmt: skip
    assert find_durations("ngày 15 tháng 6 năm 2026, thứ hai tuần sau, 5 tháng tuổi") == []


@given(st.text(st.characters(codec=None), max_size=200) | st.text("0123456789.,trkđngnghìn tuổisnh", max_size=60))
def test_any_text_is_searched(text: str) -> None:
    for money in find_money(text):
        assert money.vnd >= 0
    find_ages(text, TODAY)
    find_durations(text)
