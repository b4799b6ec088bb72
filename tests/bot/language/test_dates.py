"""Days and months as people type them. Today is 26/11/2026, a Thursday."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.dates import find_dates, full_year

TODAY = date(2026, 11, 26)


def values(text: str, today: date = TODAY) -> list[str]:
    return [found.value for found in find_dates(text, today)]


def test_lunar_days_are_recognised_and_never_converted() -> None:
    for text in ("mùng 5 Tết", "rằm tháng bảy", "15/7 âm lịch", "ngày mùng 3 tháng 2", "nghỉ Tết"):
        (found,) = find_dates(text, TODAY)
        assert found.lunar
        assert (found.first, found.last) == (None, None)


def test_a_day_without_a_year_says_so() -> None:
    (found,) = find_dates("hẹn 15/3", TODAY)
    assert found.year_assumed
    (found,) = find_dates("hẹn 15/3/2027", TODAY)
    assert not found.year_assumed


def test_june_and_next_month_are_told_apart_by_their_marks() -> None:
    assert values("tháng sáu") == ["2026-06-01/2026-06-30"]
    assert values("tháng sau") == ["2026-12-01/2026-12-31"]


def test_relative_days_follow_the_day_of_today() -> None:
    assert values("tháng sau", date(2026, 12, 31)) == ["2027-01-01/2027-01-31"]
    assert values("thứ 2", date(2026, 11, 30)) == ["2026-11-30"]
    assert values("ngày mai", date(2026, 12, 31)) == ["2027-01-01"]


def test_two_digits_of_a_year_lie_at_most_ten_years_ahead() -> None:
    assert (full_year("26", TODAY), full_year("36", TODAY), full_year("85", TODAY)) == (2026, 2036, 1985)


@pytest.mark.parametrize(
    "text", ["31/2", "24/7", "nghị định 15/3", "thửa 12/5", "10/10 điểm", "5-7 ngày", "1.001193", "số 2/3", "mong sớm xong"]
)
def test_other_numbers_are_no_days(text: str) -> None:
    assert values(text) == []


def test_several_days_come_in_order_without_overlaps() -> None:
    assert values("từ 2/9/2026 đến thứ 2 tuần sau, chậm nhất cuối tháng 12") == [
        "2026-09-02", "2026-11-30", "2026-12-21/2026-12-31",
    ]  # fmt: skip


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["{:%d/%m/%Y}", "{:%d-%m-%Y}", "ngày {0.day} tháng {0.month} năm {0.year}"]),
)
def test_a_whole_date_is_read_in_every_writing(day: date, writing: str) -> None:
    assert values(f"em hẹn {writing.format(day)} nhé") == [day.isoformat()]


@given(
    st.text(st.characters(codec=None), max_size=200) | st.text("0123456789/-. ngàythứ", max_size=60),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
def test_any_text_is_searched(text: str, today: date) -> None:
    for found in find_dates(text, today):
        assert found.lunar or (found.first and found.last and found.first <= found.last)


@given(st.integers(1, 99))
def test_days_from_now_are_counted(count: int) -> None:
    assert values(f"{count} ngày nữa") == [(TODAY + timedelta(days=count)).isoformat()]
