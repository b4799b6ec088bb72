"""Agencies are spoken under their present names, and nobody is sent to a district or to another province."""

import pytest

from bot.catalogue.importing.agencies import AgencyNames, agency_parts, judge_agencies, judge_agency


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Ủy ban nhân dân cấp xã", "ubnd-xa"),
        ("Ủy ban Nhân dân xã, phường, thị trấn.", "ubnd-xa"),
        ("Chủ tịch ủy ban nhân dân cấp tỉnh", "ubnd-thanh-pho"),
        ("Sở Y tế", "so-y-te"),
        ("Sở Công thương", "so-cong-thuong"),
        ("Công an cấp Xã", "cong-an-xa"),
        ("Công an cấp Tỉnh", "cong-an-tinh"),
        ("Phòng quản lý xuất nhập cảnh", "phong-qlxnc"),
    ],
)
def test_known_agencies_are_found_by_how_sources_write_them(names: AgencyNames, written: str, known: str) -> None:
    assert judge_agency(written, names)[0].id == known


def test_an_old_name_is_spoken_as_the_new_one_and_told(names: AgencyNames) -> None:
    agency, doubts = judge_agency("Sở Lao động - Thương binh và Xã hội", names)
    assert agency.id == "so-noi-vu"
    assert "Sở Lao động" in (agency.note or "")
    assert [doubt.hazard for doubt in doubts] == ["agency_renamed"]


def test_an_old_ministry_becomes_a_made_agency_under_the_new_name(names: AgencyNames) -> None:
    agency, _ = judge_agency("Bộ Kế hoạch và Đầu tư", names)
    assert agency.name == "Bộ Tài chính"
    assert agency.id.startswith("nhap-")


@pytest.mark.parametrize(
    ("written", "heir"),
    [
        ("Ủy ban nhân dân cấp Huyện", "ubnd-xa"),
        ("Công an huyện", "cong-an-xa"),
        ("Bảo hiểm xã hội cấp huyện", "bhxh"),
        ("Chi cục Thuế huyện", "co-quan-thue"),
    ],
)
def test_the_district_level_is_spoken_as_who_does_its_work_now(names: AgencyNames, written: str, heir: str) -> None:
    agency, doubts = judge_agency(written, names)
    assert agency.id == heir
    assert "cấp huyện không còn" in (agency.note or "")
    assert [doubt.hazard for doubt in doubts] == ["district_level"]


@pytest.mark.parametrize("written", ["Cơ quan chức năng", "Phòng thi hành án cấp quân khu", "Chi cục Hải quan khu vực"])
def test_words_that_only_look_like_a_district_are_none(names: AgencyNames, written: str) -> None:
    assert judge_agency(written, names)[1] == ()


def test_an_agency_of_another_province_is_read_as_ours(names: AgencyNames) -> None:
    agency, doubts = judge_agency("Sở Nông nghiệp và Môi trường Thành phố Hà Nội", names)
    assert agency.id == "so-nnmt"
    assert "Hà Nội" in (agency.note or "")
    assert [doubt.hazard for doubt in doubts] == ["agency_elsewhere"]


def test_a_branch_elsewhere_loses_the_place(names: AgencyNames) -> None:
    assert "Sơn La" not in judge_agency("Chi nhánh NHPT Sơn La", names)[0].name


def test_cells_with_several_agencies_are_divided_only_before_agencies() -> None:
    assert agency_parts("Công an cấp Xã, Cục cảnh sát giao thông, Công an tỉnh") == [
        "Công an cấp Xã",
        "Cục cảnh sát giao thông",
        "Công an tỉnh",
    ]
    assert agency_parts("Cục Đo đạc, Bản đồ và Thông tin địa lý") == ["Cục Đo đạc, Bản đồ và Thông tin địa lý"]
    assert agency_parts("Sở Tài chính các tỉnh, thành phố") == ["Sở Tài chính các tỉnh, thành phố"]


def test_the_nearest_of_several_receives_and_that_is_told(names: AgencyNames) -> None:
    judged = judge_agencies("Bộ Công an; Công an cấp Tỉnh; Công an cấp Xã", None, ("Cấp bộ", "Cấp tỉnh", "Cấp xã"), names)
    assert judged.receiving is not None
    assert judged.receiving.id == "cong-an-xa"
    assert "nhiều cơ quan" in (judged.receiving.note or "")


def test_papers_for_the_commune_are_handed_in_at_its_centre(names: AgencyNames) -> None:
    judged = judge_agencies("Ủy ban nhân dân cấp xã", None, ("Cấp xã",), names)
    assert judged.receiving is not None
    assert judged.deciding is not None
    assert (judged.receiving.id, judged.deciding.id) == ("tthcc-xa", "ubnd-xa")


def test_a_customs_office_that_the_source_puts_at_commune_level_stays_the_customs_office(names: AgencyNames) -> None:
    judged = judge_agencies("Chi cục Hải quan khu vực", None, ("Cấp xã",), names)
    assert judged.receiving is not None
    assert judged.receiving.name == "Chi cục Hải quan khu vực"


def test_no_agency_is_told_and_inferred_only_from_one_level(names: AgencyNames) -> None:
    judged = judge_agencies(None, None, ("Cấp xã",), names)
    assert judged.receiving is not None
    assert "suy ra" in (judged.receiving.note or "")
    assert judge_agencies(None, None, ("Cấp bộ",), names).receiving is None
