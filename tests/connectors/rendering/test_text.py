"""Splitting and shortening of text: within the limit, nothing lost, no visible character broken."""

import itertools
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.channel import TextUnit
from connectors.rendering.text import length, shorten, split_text

UNITS: list[TextUnit] = ["characters", "utf16"]
# What people write: Vietnamese in both forms, emoji of several parts, flags, lone marks, and any other character.
PIECES = st.sampled_from(
    [
        *("Thủ tục", unicodedata.normalize("NFD", "Đăng ký khai sinh ở phường"), "👩‍👩‍👧", "🇻🇳", "👍🏽", "❤️", "1️⃣"),
        *("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u0301\u0323", "\u200b", "\U0001f468\u200d\U0001f4bb"),
        *(" ", "\n", "\n\n", ". ", ", ", "https://dichvucong.gov.vn/p/home", "x" * 30),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)
UNIT = st.sampled_from(UNITS)


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


@given(TEXTS, st.integers(24, 120), UNIT)
@example("\ud800 lone", 24, "utf16")
def test_every_part_is_within_the_limit_and_nothing_but_white_space_is_lost(text: str, limit: int, unit: TextUnit) -> None:
    parts = split_text(text, limit, unit)
    assert all(0 < length(part, unit) <= limit for part in parts)
    assert squeezed("".join(parts)) == squeezed(text)


@given(TEXTS, st.integers(24, 120), UNIT)
def test_parts_begin_and_end_with_something_to_read(text: str, limit: int, unit: TextUnit) -> None:
    assert all(part == part.strip() for part in split_text(text, limit, unit))


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("symbol", ["👩‍👩‍👧", "🇻🇳", "👍🏽", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "q\u0323\u0302", "😀"])
def test_no_visible_character_is_broken(symbol: str, unit: TextUnit) -> None:
    for lead, limit in itertools.product(range(24), (31, 32, 33)):
        parts = split_text("a" * lead + symbol * 40, limit, unit)
        assert all(part.strip("a").replace(symbol, "") == "" for part in parts)


@given(TEXTS, st.integers(16, 60), UNIT)
def test_a_shortened_text_is_within_the_limit_and_a_beginning_of_the_whole(text: str, limit: int, unit: TextUnit) -> None:
    short = shorten(text, limit, unit)
    whole = " ".join(unicodedata.normalize("NFC", text).split())
    assert length(short, unit) <= limit
    assert short == whole or (short.endswith("…") and whole.startswith(short[:-1]))


def test_a_text_in_decomposed_form_comes_out_composed() -> None:
    text = "Trung tâm Phục vụ hành chính công " * 3
    assert split_text(unicodedata.normalize("NFD", text), 2000) == [text.strip()]


def test_breaks_stand_where_people_pause() -> None:
    text = "Đoạn một có hai câu. Đây là câu thứ hai.\n\nĐoạn hai bắt đầu ở đây và dài hơn một chút."
    assert split_text(text, 60) == ["Đoạn một có hai câu. Đây là câu thứ hai.", "Đoạn hai bắt đầu ở đây và dài hơn một chút."]


def test_a_word_longer_than_the_limit_is_cut_and_kept() -> None:
    assert split_text("x" * 70, 30) == ["x" * 30, "x" * 30, "x" * 10]


def test_an_empty_text_has_no_part() -> None:
    assert split_text(" \n ", 10) == []


@pytest.mark.parametrize("size", [200_000])
def test_a_huge_text_is_split(size: int) -> None:
    parts = split_text("một hai ba " * (size // 11), 2000)
    assert len(parts) >= size // 2000
