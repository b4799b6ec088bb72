"""Names, levels and codes without what does not belong to them."""

import unicodedata

import pytest

from bot.catalogue.importing.names import code_in, judge_levels, judge_name, made_by_province, names_district
from bot.catalogue.importing.same_names import sharing_names, successors
from bot.catalogue.importing.texts import cut, states_absence, tidy, unwrapped
from tests.bot.catalogue.importing.listed import Listed


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("Đăng ký nuôi mèo Đăng ký nuôi mèo", "Đăng ký nuôi mèo"),
        ("Công nhận thợ/thợ bậc cao: thợ bậc cao", "Công nhận thợ/thợ bậc cao"),
        ("Đăng ký nuôi mèo.", "Đăng ký nuôi mèo"),
        ("Đăng ký nuôi mèo Không có thông tin", "Đăng ký nuôi mèo"),
    ],
)
def test_polluted_names_are_cleaned(written: str, clean: str) -> None:
    assert judge_name(written).official == clean


def test_the_word_procedure_is_not_spoken_twice() -> None:
    judged = judge_name("Thủ tục đăng ký nuôi mèo")
    assert (judged.name, judged.official) == ("Đăng ký nuôi mèo", "Thủ tục đăng ký nuôi mèo")


def test_a_decisions_title_is_told() -> None:
    doubts = judge_name("Công bố Danh mục và Quy trình nội bộ thủ tục nuôi mèo").doubts
    assert [doubt.hazard for doubt in doubts] == ["name_polluted"]


def test_a_name_is_short_enough_for_a_sentence_and_whole_as_official() -> None:
    long = "Đăng ký nuôi mèo " * 30 + "cuối"
    judged = judge_name(long)
    assert len(judged.name) <= 150
    assert judged.official == long


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        (("Cấp Xã",), ("Cấp xã",)),
        (("Xã/Phường", " Tỉnh"), ("Cấp tỉnh", "Cấp xã")),
        (("Cấp bộ", "Cấp tỉnh", "Cấp xã"), ("Cấp bộ", "Cấp tỉnh", "Cấp xã")),
        (("Cơ quan khác",), ("Cơ quan khác",)),
    ],
)
def test_levels_of_all_spellings_are_one(written: tuple[str, ...], levels: tuple[str, ...]) -> None:
    assert judge_levels(written) == (levels, ())


def test_the_district_level_counts_as_the_commune_and_is_told() -> None:
    levels, doubts = judge_levels(("Cấp huyện",))
    assert levels == ("Cấp xã",)
    assert [doubt.hazard for doubt in doubts] == ["district_level"]


def test_the_district_is_recognised_in_steps() -> None:
    assert names_district("trình Ủy ban nhân dân cấp huyện thẩm định")
    assert not names_district("cơ quan chuyên môn huấn luyện, chuyển hồ sơ")


def test_codes_in_odd_spellings() -> None:
    assert code_in("1,001234") == "1.001234"
    assert code_in("Mã: 1.001234.01") == "1.001234"
    assert code_in("11.0012345") is None


def test_a_clone_of_another_province_is_told_by_its_name() -> None:
    provinces = ("Cần Thơ", "Hà Tĩnh", "Bắc Giang")
    assert made_by_province("1.116493", "Cấp thẻ (UBND thành phố Cần Thơ)", "4413/QĐ-UBND", provinces) == "Cần Thơ"
    assert made_by_province("1.115014", "Chia sẻ phần giảm doanh thu", "464/QĐ-BXD", provinces) is None
    assert made_by_province("1.000001", "Việc (UBND tỉnh Bắc Giang)", "1/QĐ-UBND", provinces) is None


def test_decomposed_letters_and_unseen_characters_come_to_one_spelling() -> None:
    written = unicodedata.normalize("NFD", "Nuôi\u200b mèo\u202e") + "\r\n\x00 "
    assert tidy(written) == "Nuôi mèo"


def test_nothing_and_absence_are_not_the_same() -> None:
    assert states_absence("Không có.")
    assert not states_absence("Không quy định")
    assert not states_absence("")


def test_a_long_text_is_cut_at_a_sentence() -> None:
    assert cut("Câu một. Câu hai dài hơn nhiều. Câu ba.", 20) == "Câu một. …"
    assert cut("Ngắn.", 20) == "Ngắn."


def test_lines_that_a_page_broke_are_joined() -> None:
    assert unwrapped("nộp hồ sơ qua\nhệ thống.\nBước 2\na) đơn") == "nộp hồ sơ qua hệ thống.\nBước 2\na) đơn"


def test_names_that_several_codes_share_are_found() -> None:
    rows = [Listed("1.000001", "Nuôi mèo"), Listed("1.000002", "nuôi  mèo"), Listed("1.000003", "Nuôi vịt")]
    assert sorted(len(same) for same in sharing_names(rows).values()) == [1, 2]


def test_a_renumbered_code_leads_to_the_newer_one() -> None:
    old, new = Listed("1.000001", "Nuôi mèo", as_of="2025-11-27"), Listed("1.000009", "Nuôi mèo", as_of="2026-07")
    other = Listed("1.000005", "Nuôi mèo", levels=("Cấp bộ",), as_of="2025-11")
    assert successors([old, new, other]) == {"1.000001": "1.000009"}


def test_codes_of_one_age_do_not_replace_each_other() -> None:
    assert successors([Listed("1.000001", "Nuôi mèo"), Listed("1.000002", "Nuôi mèo")]) == {}
