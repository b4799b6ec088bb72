"""One spelling for everything that citizens type."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normalise import clean, fold, fold_in_place, has_marks, nfc, same_text

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
VIETNAMESE = st.text("aăâeêioôơuưyđáàảãạấầẩẫậớờởỡợứừửữựh tnmgck-.,?!\n0123456789", max_size=200)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  đc hokkkk  ạ ", "đc hok ạ"),
        ("H05.12.3–260818—0001", "H05.12.3-260818-0001"),
        ("khai\u200bsinh\ufeff", "khaisinh"),
        ("giấy\u00a0tờ", "giấy tờ"),
        ("CCCD và PCCC", "CCCD và PCCC"),
        ("công trình cấp III", "công trình cấp III"),
        ("1000000 đồng", "1000000 đồng"),
        ("khônggggg", "không"),
        ("ＣＣＣＤ ０２４", "CCCD 024"),
        ("dòng 1\r\n\r\n  dòng 2", "dòng 1\ndòng 2"),
        ("a\x00b\ud800c", "abc"),
    ],
)
def test_clean_brings_typed_text_to_one_spelling(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned


@given(ANY_TEXT)
def test_clean_is_idempotent_for_any_text(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(VIETNAMESE)
def test_composed_and_decomposed_text_are_cleaned_alike(text: str) -> None:
    assert clean(unicodedata.normalize("NFD", text)) == clean(unicodedata.normalize("NFC", text))


@given(ANY_TEXT)
def test_fold_never_fails_and_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
def test_folding_in_place_keeps_every_position(text: str) -> None:
    assert len(fold_in_place(nfc(text))) == len(nfc(text))


def test_fold_drops_marks_and_case() -> None:
    assert fold("ĐĂNG KÝ Thường Trú") == "dang ky thuong tru"


def test_same_text_ignores_case_and_where_the_tone_stands() -> None:
    assert same_text("Phường Hiệp Hoà", "phường hiệp hòa")
    assert same_text("ủy ban", "uỷ ban")
    assert not same_text("hòa", "họa")


def test_marks_are_noticed() -> None:
    assert has_marks("Đất")
    assert not has_marks("dat KHAI sinh 12")


def test_a_hundred_thousand_characters_are_cleaned_whole() -> None:
    assert len(clean("giấy khai sinh " * 6700)) == len(("giấy khai sinh " * 6700).strip())


@given(ANY_TEXT)
def test_a_text_folds_as_its_characters_do(text: str) -> None:
    bare = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(char) != "Mn")
    assert fold(text) == nfc(bare).replace("đ", "d")
    assert fold_in_place(text) == "".join(map(fold_in_place, text))
    assert len(fold_in_place(text)) == len(text)
