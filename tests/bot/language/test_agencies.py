"""Agencies by their old and new names; what went to several is decided by the matter or asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.agencies import spoken_names
from bot.language.tables import load_table
from bot.language.written import written_out
from tests.bot.language.catalogue_names import AGENCIES, OFFICES


def found(text: str) -> list[tuple[tuple[str, ...], bool]]:
    return [(match.agency_ids, match.ambiguous) for match in AGENCIES.find(text)]


@pytest.mark.parametrize(
    "text",
    ["sở TNMT", "stnmt", "sở tài nguyên và môi trường", "so tai nguyen moi truong", "SỞ TN&MT", "Sở Nông nghiệp và Môi trường"],
)
def test_one_agency_in_all_its_writings(text: str) -> None:
    assert found(text) == [(("so-nnmt",), False)]
    assert found(written_out(text).text) == [(("so-nnmt",), False)]


def test_an_abolished_agency_whose_work_was_split_is_asked_about() -> None:
    (match,) = AGENCIES.find("em hỏi sở LĐTBXH ở đâu")
    assert match.ambiguous
    assert match.matched == "sở LĐTBXH"
    assert match.question.endswith("?")
    assert {choice.agency_id for choice in match.choices} == {"so-noi-vu", "so-y-te", "so-gddt"} == set(match.agency_ids)


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("sở lđtbxh trợ cấp người khuyết tật", "so-y-te"),
        ("sở lao động cấp giấy phép lao động", "so-noi-vu"),
        ("công an huyện làm căn cước", "cong-an-xa"),
        ("công an huyện cấp lý lịch tư pháp", "cong-an-tinh"),
        ("phòng tư pháp chứng thực chữ ký", "ubnd-xa"),
        ("sở gtvt đổi bằng lái", "cong-an-tinh"),
        ("sở gtvt", "so-xay-dung"),
    ],
)
def test_the_matter_decides_where_it_is_told(text: str, agency: str) -> None:
    assert found(text) == [((agency,), False)]


def test_every_agency_is_found_by_its_own_names() -> None:
    for office in OFFICES:
        for name in (*spoken_names(office.name), *office.old_names):
            (match, *_) = AGENCIES.find(name)
            assert office.id in match.agency_ids or match.ambiguous or _is_split(name), name


def _is_split(name: str) -> bool:
    splits = {written_out(str(form)).text.lower() for row in load_table("agency_questions")["splits"] for form in row["names"]}
    return written_out(name).text.lower() in splits


def test_splits_name_agencies_that_exist() -> None:
    table = load_table("agency_questions")
    known = {office.id for office in OFFICES}
    assert {choice["agency"] for row in table["splits"] for choice in row["choices"]} <= known
    assert set(table["also"]) <= known


@pytest.mark.parametrize("text", ["công an", "đăng ký đất đai lần đầu", "sở thích", "", "uỷ quyền", "một việc"])
def test_other_words_are_no_agency(text: str) -> None:
    assert found(text) == []


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_is_searched(text: str) -> None:
    AGENCIES.find(text)
