"""A text in full Vietnamese, and the way back to what was typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normalise import clean
from bot.language.written import cleaned_up, written_out

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
CHAT = st.lists(
    st.sampled_from(
        [
            "lm",
            "giấy",
            "ks",
            "cho",
            "bé",
            "ko",
            "đk",
            "⟦phone:k⟧",
            "ddawng",
            "kys",
            "p. Võ Cường",
            "hokkkk",
            "\u200b",
            "  ",
            "\n",
            '"k j"',
            "ntn?",
            "H05.12.3–260818–0001",
            "cccd",
            "50k",
            "Nguyễn Văn K",
            "o\u0302\u0301",
            "Ａ１",
        ]
    ),
    max_size=25,
).map(" ".join)


def typed(text: str, part: str) -> str:
    """What was typed for a part of the written text."""
    out = written_out(text)
    start = out.text.index(part)
    begin, end = out.to_original(start, start + len(part))
    return text[begin:end]


@pytest.mark.parametrize(
    ("text", "part", "source"),
    [
        ("lm giấy ks cho bé", "khai sinh", "giấy ks"),
        ("lm  giấy ks cho bé", "cho bé", "cho bé"),
        ("ddawng kys ở tt Chờ", "đăng ký", "ddawng kys"),
        ("ddawng kys ở tt Chờ", "thị trấn Chờ", "tt Chờ"),
        ("\u200b mất   cccd", "căn cước công dân", "cccd"),
        ("đc hokkkk ạ", "không", "hokkkk"),
        ("p. Võ Cường", "phường Võ Cường", "p. Võ Cường"),
        (unicodedata.normalize("NFD", "mất giấy tờ rồi"), "giấy tờ", unicodedata.normalize("NFD", "giấy tờ")),
    ],
)
def test_every_part_of_the_text_leads_back_to_what_was_typed(text: str, part: str, source: str) -> None:
    assert typed(text, part) == source


def test_a_typed_stretch_leads_to_what_it_became() -> None:
    text = "lm giấy ks cho bé"
    out = written_out(text)
    start, end = out.to_written(text.index("ks"), text.index("ks") + 2)
    assert out.text[start:end] == "giấy khai sinh"
    assert out.to_written(0, 0) == (0, 0)


@pytest.mark.parametrize(
    "kept",
    [
        "⟦dossier_code:k⟧",
        '"k j"',
        "“ko dc”",
        "H05.12.3-260818-0001",
        "ko@dc.vn",
        "https://k.vn/dc",
        "Nguyễn Văn K",
        "Trần Dk",
        "226/QĐ-UBND",
        "15/2020/nđ-cp",
        "phụ lục V",
    ],
)
def test_names_quotations_codes_and_placeholders_stay_as_typed(kept: str) -> None:
    assert kept in written_out(f"xem {kept} ntn").text


@given(ANY_TEXT | CHAT)
def test_every_character_written_stands_for_something_typed_in_order(text: str) -> None:
    out = written_out(text)
    assert len(out.spans) == len(out.text)
    assert all(0 <= start < end <= len(text) for start, end in out.spans)
    assert list(out.spans) == sorted(out.spans)
    assert out.original == text


@given(ANY_TEXT | CHAT, st.integers(0, 250), st.integers(0, 250))
def test_to_the_original_and_back_nothing_is_lost(text: str, a: int, b: int) -> None:
    out = written_out(text)
    start, end = sorted((min(a, len(out.text)), min(b, len(out.text))))
    first, last = out.to_original(start, end)
    assert 0 <= first <= last <= len(text)
    if start < end:
        again = out.to_written(first, last)
        assert again[0] <= start
        assert again[1] >= end


@given(ANY_TEXT | CHAT)
def test_cleaning_with_the_way_back_is_cleaning(text: str) -> None:
    assert cleaned_up(text).text == clean(text)


@given(CHAT)
def test_what_is_written_out_stays_so(text: str) -> None:
    once = written_out(text).text
    twice = written_out(once).text
    assert written_out(twice).text == twice


@given(CHAT)
def test_no_placeholder_is_lost_or_made(text: str) -> None:
    assert written_out(text).text.count("⟦phone:k⟧") == text.count("⟦phone:k⟧")


def test_a_hundred_thousand_characters_are_written_out() -> None:
    assert written_out("lm giấy ks ko? " * 6700).text.count("khai sinh") == 6700
