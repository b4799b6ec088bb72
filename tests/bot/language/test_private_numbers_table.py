"""Two tables of what citizens write: with a private number in it, and with none. The second matters as much as the first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.masking import find_private

FOLDER = Path(__file__).parent


def lines(name: str) -> list[list[str]]:
    read = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [[part.replace("\\n", "\n") for part in line.split("\t")] for line in read if not line.startswith("#")]


PRIVATE = lines("private_numbers.tsv")
HARMLESS = [line[0] for line in lines("harmless_numbers.tsv")]


def test_the_tables_are_long_enough_and_hold_each_text_once() -> None:
    for texts in ([line[0] for line in PRIVATE], HARMLESS):
        assert len(texts) >= 150
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(("text", "kind", "value"), PRIVATE)
def test_a_private_number_is_found_as_it_is_typed(text: str, kind: str, value: str) -> None:
    assert [(span.kind, span.value) for span in find_private(text)] == [(kind, value)]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_private_number_stays_readable(text: str) -> None:
    assert find_private(text) == []


WORDS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
BARE = ["khong", "mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin"]
SEPARATORS = ["", " ", ".", "-", ",", ", ", "\n", " - ", "_", "  "]
ids = st.builds(
    lambda province, century, rest: f"{province}{century}{rest}",
    st.sampled_from(["024", "027", "001", "079"]),
    st.sampled_from("0123"),
    st.from_regex(r"[0-9]{8}", fullmatch=True),
)
phones = st.from_regex(r"0[35789][0-9]{8}", fullmatch=True)


def grouped(number: str, sizes: list[int], separator: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return separator.join(part for part in (*parts, number[at:]) if part)


@given(ids, st.sampled_from([[3, 3, 3], [6], [4, 4], [12], [3, 6]]), st.sampled_from(SEPARATORS))
def test_an_id_is_found_in_groups_with_whatever_between(number: str, sizes: list[int], separator: str) -> None:
    text = f"cccd {grouped(number, sizes, separator)} nhé"
    assert [(span.kind, span.value) for span in find_private(text)] == [("citizen_id", number)]


@given(st.one_of(ids, phones), st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_a_number_is_found_in_words_figures_or_both(number: str, ways: list[int]) -> None:
    said = [(digit, WORDS[int(digit)], BARE[int(digit)])[way] for digit, way in zip(number, ways, strict=False)]
    assert number in [span.value for span in find_private("số của em là " + " ".join(said) + " ạ")]


@given(st.text(max_size=200))
def test_nothing_that_is_typed_breaks_it_and_places_are_in_the_text(text: str) -> None:
    last = 0
    for span in find_private(text):
        assert last <= span.start < span.end <= len(text)
        last = span.end


@given(st.integers(1, 9_999).map(lambda thousands: f"{thousands:,}.000".replace(",", ".")))
def test_amounts_of_money_stay(amount: str) -> None:
    assert find_private(f"lệ phí {amount} đồng") == []
    assert find_private(f"lệ phí {amount}đ") == []


@given(st.integers(0, 99999), st.integers(2010, 2027), st.sampled_from(["NĐ-CP", "QĐ-UBND", "TT-BCA", "QH15"]))
def test_numbers_of_documents_stay(number: int, year: int, kind: str) -> None:
    assert find_private(f"theo {number}/{year}/{kind} và {number}/{kind}") == []


@given(st.from_regex(r"[1-3]\.[0-9]{6}", fullmatch=True), st.from_regex(r"[1-3]\.[0-9]{6}", fullmatch=True))
def test_codes_of_procedures_stay(one: str, other: str) -> None:
    assert find_private(f"thủ tục {one} và {other}") == []
    assert find_private(f"mã {one}") == []


@given(st.dates())
def test_dates_stay(day: object) -> None:
    for form in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y"):
        assert find_private(f"hẹn ngày {day:{form}} nhé") == []
