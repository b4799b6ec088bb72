"""Answers are set right in many wordings, and contradictions are named."""

import pytest

from tests.bot.eforms.citizen import Talk, sensible_answer
from tests.bot.eforms.talk_forms import SHOP, SMALL, shop_until


def test_a_correction_by_the_wrong_words() -> None:
    talk = Talk(SHOP)
    talk.say("tên quán Mây, 15 Lý Thái Tổ phường Kinh Bắc")
    heard = talk.say("nhầm, số 51 chứ không phải 15")
    assert talk.values["address"] == "51 Lý Thái Tổ"
    assert "Đã sửa" in heard
    assert talk.draft.asked == "lines"


@pytest.mark.parametrize(
    "text",
    [
        "sửa ngày sinh thành 13/3/1990",
        "sua ngay sinh thanh 13/3/1990",
        "nhầm ngày sinh, 13/3/1990",
        "đổi ngày sinh sang 13/3/1990",
        "ngày sinh là 13/3/1990 mới đúng",
        "không phải 12/3/1990 mà là 13/3/1990",
        "à nhầm, 13/3/1990",
        "13/3/1990 chứ không phải 12/3/1990",
        "cho em sửa ngày sinh: 13/3/1990",
        "sửa 12/3/1990 thành 13/3/1990",
        "ngày sinh: 13/3/1990",
    ],
)
def test_corrections_in_many_wordings(text: str) -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An", "12/3/1990", text)
    assert talk.values == {"name": "Nguyễn Văn An", "born": "1990-03-13"}
    assert talk.draft.asked == "mail"


def test_a_correction_without_the_new_value_asks_for_it() -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An", "12/3/1990", "sửa họ và tên")
    assert talk.draft.asked == "name"
    assert "Nguyễn Văn An" in talk.heard
    talk.say("Nguyễn Văn Anh")
    assert talk.values["name"] == "Nguyễn Văn Anh"
    assert talk.draft.asked == "mail"


def test_a_wrong_correction_loses_nothing() -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An", "12/3/1990", "sửa ngày sinh thành 31/2/1990")
    assert talk.values["born"] == "1990-03-12"
    assert "không có ngày 31" in talk.heard


def test_fields_vanish_and_come_back_with_a_correction() -> None:
    talk = Talk(SHOP)
    while talk.draft.stage != "review":
        talk.say(
            "bổ sung sau"
            if talk.draft.stage == "papers"
            else "cả gia đình"
            if talk.draft.asked == "founders_kind"
            else sensible_answer(talk.asked)
        )
    assert "members" in talk.instance
    talk.say("sửa người thành lập thành một cá nhân")
    assert "members" not in talk.instance
    assert "Thành viên 1" not in talk.heard
    talk.say("sửa người thành lập", "các thành viên hộ gia đình")
    assert talk.instance["members"][0]["full_name"] == "Nguyễn Thị Hoà"
    assert talk.draft.stage == "review"


def test_a_contradiction_between_number_and_birth_names_both() -> None:
    talk = shop_until("owner.full_name")
    talk.say("Nguyễn Văn An", "12/3/1990", "nam")
    heard = talk.say("001091234567")
    assert "năm sinh 1990" in heard
    assert "owner.citizen_id" not in talk.values
    assert "giới tính nam" in talk.say("001190234567")
    talk.say("001090234567")
    assert talk.values["owner.citizen_id"] == "001090234567"
