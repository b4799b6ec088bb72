"""Places by new, old and abolished names; what may mean several is marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.language.places import PlaceIndex


@dataclass(frozen=True)
class Unit:
    id: str
    name: str
    kind: str
    old_districts: Sequence[str] = ()
    old_names: Sequence[str] = ()


PLACES = Path(__file__).parents[3] / "data" / "catalogue" / "places.yml"
INDEX = PlaceIndex([Unit(**place) for place in yaml.safe_load(PLACES.read_text(encoding="utf-8"))["places"]])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("em ở phường Bắc Giang", "phuong-bac-giang"),
        ("em o phuong bac giang", "phuong-bac-giang"),
        ("thị trấn Chờ", "phuong-yen-phong"),
        ("tt cho", "phuong-yen-phong"),
        ("phường Hiệp Hoà", "phuong-hiep-hoa"),
        ("phường Hiệp Hòa", "phuong-hiep-hoa"),
        ("p. Võ Cường", "phuong-vo-cuong"),
        ("tôi ở Vạn An", "phuong-kinh-bac"),
        ("xã Tân Sơn", "xa-tan-son"),
        ("xã Bố Hạ", "phuong-bo-ha"),
    ],
)
def test_a_place_is_found_by_new_and_old_names(text: str, place: str) -> None:
    assert [(match.place_ids, match.ambiguous) for match in INDEX.find(text)] == [((place,), False)]


@pytest.mark.parametrize("text", ["ở Yên Phong", "o yen phong", "huyện Yên Phong", "Bắc Giang", "tx Quế Võ"])
def test_a_name_that_covers_several_units_is_ambiguous(text: str) -> None:
    (match,) = INDEX.find(text)
    assert match.ambiguous
    assert len(match.place_ids) > 1


def test_an_old_district_gives_all_its_units() -> None:
    (match,) = INDEX.find("huyện Yên Phong")
    assert set(match.place_ids) == {"phuong-yen-phong", "xa-tam-giang", "xa-yen-trung", "xa-tam-da", "xa-van-mon"}


def test_marks_tell_names_apart_that_look_alike_without() -> None:
    assert INDEX.find("Tân Sơn")[0].place_ids == ("xa-tan-son",)
    assert INDEX.find("Tam Sơn")[0].place_ids == ("phuong-tam-son",)
    assert INDEX.find("Nam Sơn")[0].place_ids == ("phuong-nam-son",)


@pytest.mark.parametrize("text", ["nộp o cho nao", "tỉnh Bắc Giang", "bao nhieu dong viet nam", "chu nhat", "", "Hà Nội"])
def test_other_words_are_no_place(text: str) -> None:
    assert INDEX.find(text) == []


def test_two_places_come_in_the_order_typed() -> None:
    assert [m.place_ids for m in INDEX.find("từ phường Nếnh sang xã Xuân Cẩm")] == [("phuong-nenh",), ("xa-xuan-cam",)]


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_searched(text: str) -> None:
    INDEX.find(text)


def test_a_hundred_thousand_characters_are_searched() -> None:
    assert len(INDEX.find("phường Võ Cường, " * 6000)) == 6000
