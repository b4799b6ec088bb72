"""What is asked back about a place, and where nothing has to be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.place_questions import place_question
from tests.bot.language.catalogue_names import PLACES


def labels(text: str) -> list[str]:
    asked = place_question(text, PLACES)
    return [choice.label for choice in asked.choices] if asked else []


def test_a_name_of_a_ward_and_an_old_district_is_asked_about() -> None:
    asked = place_question("em ở Yên Phong", PLACES)
    assert asked is not None
    assert asked.question == "Ông/Bà nói “Yên Phong” là phường Yên Phong hay huyện Yên Phong (cũ)?"
    assert [len(choice.place_ids) for choice in asked.choices] == [1, 5]
    assert (asked.start, asked.end) == (5, 14)


def test_an_old_district_offers_its_units() -> None:
    assert labels("huyện Tiên Du") == ["phường Tiên Du", "xã Liên Bão", "xã Đại Đồng", "xã Tân Chi", "xã Phật Tích"]
    asked = place_question("huyện Tiên Du", PLACES)
    assert asked is not None
    assert "nay gồm phường Tiên Du" in asked.question


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("em ở tỉnh Bắc Giang", "nay thuộc thành phố Bắc Ninh"),
        ("tinh bac ninh", "trực thuộc Trung ương"),
        ("nhà ở TP Bắc Ninh", "hiện nay (cả tỉnh cũ) hay thành phố Bắc Ninh cũ"),
        ("thành phố Bắc Ninh cũ", "Ông/Bà ở phường nào?"),
        ("tp. Bắc Giang", "không còn"),
    ],
)
def test_former_and_whole_areas_are_asked_about(text: str, said: str) -> None:
    asked = place_question(text, PLACES)
    assert asked is not None
    assert said in asked.question


@pytest.mark.parametrize(
    "text",
    [
        "phường Bắc Giang",
        "phường Kinh Bắc, TP Bắc Ninh",
        "xã Tam Đa, huyện Yên Phong",
        "thị trấn Chờ",
        "em ở Chờ cũ",
        "Bắc Ninh",
        "chào ad",
        "",
    ],
)
def test_where_one_unit_is_meant_or_none_nothing_is_asked(text: str) -> None:
    assert place_question(text, PLACES) is None


@pytest.mark.parametrize(
    "text",
    ["em đang chờ kết quả", "đá vôi", "đường Trần Phú", "bệnh viện Ngô Quyền", "anh Nguyễn Quang Trung", "Chờ mãi chưa xong"],
)
def test_everyday_words_streets_and_people_are_no_places(text: str) -> None:
    assert PLACES.find(text) == []


@pytest.mark.parametrize("text", ["nhà ở Chờ", "tt Chờ", "quê em ở Vôi", "dân Nếnh", "làm ở Kép"])
def test_short_names_are_places_where_the_words_before_say_so(text: str) -> None:
    assert len(PLACES.find(text)) == 1


def test_a_place_stands_where_it_was_typed() -> None:
    text = "từ phường Nếnh sang xã Xuân Cẩm"
    assert [text[match.start : match.end] for match in PLACES.find(text)] == ["phường Nếnh", "xã Xuân Cẩm"]


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_may_be_asked_about(text: str) -> None:
    place_question(text, PLACES)
