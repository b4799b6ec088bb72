"""Numbers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.number_words import find_number_words, read_number


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("hai trăm nghìn", 200_000),
        ("một triệu rưỡi", 1_500_000),
        ("mười lăm", 15),
        ("hai mươi mốt", 21),
        ("hai mốt", 21),
        ("ba trăm linh năm", 305),
        ("một triệu hai", 1_200_000),
        ("hai trieu nam tram nghin", 2_500_000),
        ("một trăm hai mươi ba nghìn bốn trăm năm mươi sáu", 123_456),
        ("chín mươi chín tỷ", 99_000_000_000),
    ],
)
def test_numbers_in_words_have_their_value(words: str, value: int) -> None:
    (found,) = find_number_words(words)
    assert (found.value, words[found.start : found.end]) == (value, words)


def test_a_marked_word_that_only_looks_like_a_number_is_none() -> None:
    assert read_number(["bà", "mười"]) is None
    assert read_number(["nằm"]) is None


@given(
    st.lists(
        st.sampled_from(
            [
                "không",
                "một",
                "hai",
                "ba",
                "tư",
                "năm",
                "mười",
                "mươi",
                "trăm",
                "nghìn",
                "triệu",
                "tỷ",
                "linh",
                "rưỡi",
                "mốt",
                "lăm",
                "và",
            ]
        ),
        max_size=20,
    )
)
def test_any_row_of_number_words_is_read(words: list[str]) -> None:
    text = " ".join(words)
    last = 0
    for found in find_number_words(text):
        assert last <= found.start < found.end
        assert found.value >= 0
        last = found.end
