"""Words by which citizens show their case."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.case_cues import find_case_cues

TODAY = date(2026, 11, 26)


def cues(text: str) -> set[tuple[str, str]]:
    return {(cue.kind, cue.value) for cue in find_case_cues(text, TODAY)}


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("con em 8 tuổi", ("age", "8")),
        ("cho cháu dưới 14 tuổi", ("minor", "under_age")),
        ("vợ em đang ở Nhật", ("foreign", "abroad")),
        ("lấy chồng Hàn Quốc", ("foreign", "foreigner")),
        ("ly hon o nuoc ngoai", ("foreign", "foreign_paper")),
        ("quá hạn 60 ngày", ("late", "overdue")),
        ("giờ mới đi làm khai sinh", ("late", "overdue")),
        ("trễ mất 3 tháng rồi", ("late", "overdue")),
        ("chậm 2 tuần", ("late", "overdue")),
        ("thế của em gái em thì sao", ("for_whom", "other")),
        ("làm căn cước lần đầu", ("first_time", "first")),
        ("xin cấp lại", ("again", "again")),
        ("bi mat can cuoc", ("loss", "lost")),
        ("làm rơi ví", ("loss", "lost")),
        ("bị trộm lấy", ("loss", "stolen")),
        ("thẻ bị gãy", ("defect", "damaged")),
        ("sổ đỏ bị rách", ("defect", "damaged")),
        ("hộ chiếu hết hạn", ("defect", "expired")),
        ("sai năm sinh trên khai sinh", ("defect", "wrong_information")),
        ("làm cho con gái", ("for_whom", "child")),
        ("làm cho mẹ", ("for_whom", "parent")),
        ("nộp hộ bạn", ("authorised", "authorised")),
        ("nop thay nguoi khac", ("for_whom", "other")),
        ("giấy uỷ quyền", ("authorised", "authorised")),
        ("trẻ mồ côi", ("minor", "parentless")),
        ("bố mẹ không đăng ký kết hôn", ("minor", "parentless")),
        ("người cao tuổi", ("elderly", "elderly")),
        ("nhà em hộ nghèo", ("poor", "poor")),
        ("ho can ngheo", ("poor", "near_poor")),
        ("người khuyết tật nặng", ("disabled", "disabled")),
        ("con liệt sỹ", ("merit", "merit")),
        ("dân tộc Tày", ("ethnic", "ethnic_minority")),
        ("đã ly hôn", ("marriage", "divorced")),
        ("bố em vừa mất", ("death", "died")),
        ("đang ở trọ", ("tenant", "rented")),
        ("cần gấp", ("urgency", "urgent")),
    ],
)
def test_a_case_is_recognised_by_its_words(text: str, cue: tuple[str, str]) -> None:
    assert cue in cues(text)


@pytest.mark.parametrize(
    "text",
    [
        "làm khai sinh muốn hỏi",
        "sổ hồng của tôi",
        "bí mật thông tin",
        "ở Mỹ Thái",
        "nộp hộ khẩu",
        "làm hộ chiếu",
        "mất bao nhiêu tiền",
    ],
)
def test_words_that_only_look_alike_show_nothing(text: str) -> None:
    assert not {kind for kind, _ in cues(text)} & {"late", "loss", "defect", "foreign", "authorised"}


def test_a_cue_stands_where_it_was_typed() -> None:
    text = "em bị mất căn cước hôm qua"
    (cue,) = find_case_cues(text, TODAY)
    assert text[cue.start : cue.end] == "bị mất căn cước"


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    find_case_cues(text, TODAY)
