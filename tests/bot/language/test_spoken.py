"""What a loudspeaker says: numbers, dates, amounts, codes and abbreviations in words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.number_words import find_number_words
from bot.language.spoken import date_in_words, number_in_words, spoken


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (105, "một trăm linh năm"),
        (1004, "một nghìn không trăm linh bốn"),
        (20_000, "hai mươi nghìn"),
        (1_000_005, "một triệu không trăm linh năm"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
        (-3, "âm ba"),
    ],
)
def test_numbers_are_read_as_people_read_them(number: int, words: str) -> None:
    assert number_in_words(number) == words


@given(st.integers(min_value=1, max_value=999_999))
def test_what_is_read_aloud_is_understood_again(number: int) -> None:
    found = find_number_words(number_in_words(number))
    assert [one.value for one in found] == [number]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ngày 05/08/2026", "ngày mùng năm tháng tám năm hai nghìn không trăm hai mươi sáu"),
        ("từ 12/4", "từ ngày mười hai tháng tư"),
        ("tháng 4/2026", "tháng tư năm hai nghìn không trăm hai mươi sáu"),
        ("20.000 đồng", "hai mươi nghìn đồng"),
        ("20.000đ", "hai mươi nghìn đồng"),
        ("7h30-11h", "bảy giờ ba mươi phút đến mười một giờ"),
        ("13:00", "mười ba giờ"),
        ("1.004222", "một chấm không không bốn hai hai hai"),
        ("0222 3875 555", "không hai hai hai ba tám bảy năm năm năm năm"),
        ("1900 0368", "một chín không không không ba sáu tám"),
        ("3,5 ngày", "ba phẩy năm ngày"),
        ("1-5 ngày", "một đến năm ngày"),
        ("giảm 50%", "giảm năm mươi phần trăm"),
        ("UBND phường", "Ủy ban nhân dân phường"),
        ("mẫu CT01", "mẫu xê tê không một"),
        ("NĐ 224/2026/NĐ-CP", "nghị định số hai trăm hai mươi tư năm hai nghìn không trăm hai mươi sáu"),
        ("dichvucong.gov.vn", "trang dichvucong chấm gov chấm vn"),
    ],
)
def test_signs_and_short_forms_are_read_in_words(written: str, read: str) -> None:
    assert spoken(written) == read


def test_a_day_that_is_none_is_no_date() -> None:
    assert "ngày" not in spoken("99/99/2026")


def test_late_days_of_a_month_have_no_mung() -> None:
    assert date_in_words(11, 4) == "ngày mười một tháng tư"


@given(st.text(alphabet="0123456789.,/-:hđ% ABCNĐUgày", max_size=60))
def test_no_digit_is_left_to_be_guessed_by_the_reader(text: str) -> None:
    assert not re.search(r"\d", spoken(text))


def test_a_number_longer_than_python_reads_is_said_digit_by_digit() -> None:
    assert spoken("9" * 5_000).split() == ["chín"] * 5_000
    assert spoken(
        "1.000.000.000.000.000.000"
    ) == "một không không không không không không không không không không không không" + (" không" * 6)
