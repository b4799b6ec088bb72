"""Answers as citizens give them: several in one message, groups, private numbers, places, what was known before."""

import pytest

from bot.eforms.tools import tools_for
from tests.bot.eforms.citizen import TODAY, Talk, places, sensible_answer, texts_of
from tests.bot.eforms.talk_forms import FORMS, SHOP, SMALL, shop_until


def test_several_fields_in_one_message() -> None:
    talk = Talk(SHOP)
    heard = talk.say("tên quán Mây, 15 Lý Thái Tổ phường Kinh Bắc")
    assert talk.values == {"business_name": "Mây", "address": "15 Lý Thái Tổ", "ward": "phuong-kinh-bac"}
    assert "Mây" in heard
    assert "15 Lý Thái Tổ" in heard
    assert "phường Kinh Bắc" in heard
    assert "(4/13)" in heard


@pytest.mark.parametrize(
    "text",
    [
        "tên quán: Mây\nđịa chỉ: 15 Lý Thái Tổ\nphường Kinh Bắc",
        "Mây, số 15 Lý Thái Tổ, phường Kinh Bắc",
        "quán tên Mây, địa chỉ 15 Lý Thái Tổ, Kinh Bắc",
        "ten quan Mây; dia chi 15 Lý Thái Tổ; phuong kinh bac",
    ],
)
def test_several_fields_in_other_wordings(text: str) -> None:
    talk = Talk(SHOP)
    talk.say(text)
    assert talk.values["business_name"] == "Mây"
    assert talk.values["address"].removeprefix("số ") == "15 Lý Thái Tổ"
    assert talk.values["ward"] == "phuong-kinh-bac"


def test_commas_in_an_answer_do_not_tear_it() -> None:
    talk = Talk(SHOP)
    talk.say("Cửa hàng Bánh, Kẹo và Mứt")
    assert talk.values["business_name"] == "Cửa hàng Bánh, Kẹo và Mứt"
    talk = shop_until("lines")
    talk.say("bán cà phê, nước giải khát")
    assert talk.values["lines"] == ["bán cà phê", "nước giải khát"]


def test_person_in_one_message_with_private_numbers() -> None:
    talk = shop_until("owner.full_name")
    heard = talk.say("Nguyễn Văn An, sinh 12/3/1990, nam, cccd 001090234567, sđt 0912345678")
    assert talk.instance["owner"] == {
        "full_name": "Nguyễn Văn An",
        "birth_date": "1990-03-12",
        "sex": "nam",
        "citizen_id": "001090234567",
        "phone": "0912345678",
    }
    assert "001090234567" not in heard
    assert "0912345678" not in heard


def test_a_place_of_several_meanings_is_asked_about_and_chosen_in_any_way() -> None:
    for choice in ("1", "phường Yên Phong"):
        talk = Talk(SMALL)
        talk.say("Nguyễn Văn An", "12/3/1990", "bỏ qua", "Yên Phong")
        assert talk.draft.pending is not None
        assert "ward" not in talk.values
        talk.say(choice)
        assert talk.values["ward"] in talk.tools.place_names
        assert talk.draft.stage == "review"
    talk.say("sửa phường, xã", "Yên Phong")
    talk.press("phường Yên Phong")
    assert talk.values["ward"] == "phuong-yen-phong"


def test_repeated_groups() -> None:
    talk = shop_until("founders_kind")
    talk.say("hai vợ chồng")
    before = len(talk.form.asked(talk.draft.plain).fields)
    while not (talk.draft.asked or "").startswith("members"):
        talk.say(sensible_answer(talk.asked))
    assert talk.draft.asked == "members[0].full_name"
    talk.say("Trần Thị Bình, 12/2/1992, 001192234567")
    assert "Còn thành viên nào" in talk.heard
    talk.say("còn chị Lê Thị Cúc sinh 1/1/1995")
    assert talk.values["members[1].full_name"] == "Lê Thị Cúc"
    assert talk.draft.asked == "members[1].citizen_id"
    talk.say("001195234568", "hết rồi")
    assert [one["full_name"] for one in talk.instance["members"]] == ["Trần Thị Bình", "Lê Thị Cúc"]
    assert len(talk.form.asked(talk.draft.plain).fields) > before


def test_stopping_is_no_yes_where_yes_or_no_is_asked() -> None:
    for text, stage in (("dừng", "paused"), ("Đúng", "filling"), ("dừng lại", "paused")):
        talk = Talk(FORMS["1.001193"], case="co-giay-chung-sinh")
        while talk.draft.asked != "parents_married":
            talk.say(sensible_answer(talk.asked))
        talk.say(text)
        assert talk.draft.stage == stage, text
        assert ("parents_married" in talk.values) == (stage == "filling")


def test_placeholders_are_read_through_the_resolver_and_never_said() -> None:
    known = {"abc": "001090234567", "def": "0912345678"}
    tools = tools_for(places(), TODAY, lambda _kind, token: known.get(token))
    talk = shop_until("owner.citizen_id")
    talk.tools = tools
    talk.say("⟦citizen_id:abc⟧")
    assert "owner.citizen_id" not in talk.values, "the sex answered before is female"
    talk.say("sửa giới tính thành nam", "⟦citizen_id:abc⟧ sđt ⟦phone:def⟧")
    assert talk.values["owner.citizen_id"] == "001090234567"
    assert talk.values["owner.phone"] == "0912345678"
    assert "⟦" not in texts_of([talk.reply])
    heard = talk.say("sửa căn cước thành ⟦citizen_id:gone⟧")
    assert talk.values["owner.citizen_id"] == "001090234567"
    assert "001090234567" not in heard


def test_a_placeholder_past_its_time_is_asked_for_again() -> None:
    talk = shop_until("owner.phone")
    heard = talk.say("⟦phone:gone⟧")
    assert "quá thời gian lưu" in heard
    assert talk.draft.asked == "owner.phone"


def test_the_gateway_is_told_what_to_mask() -> None:
    talk = shop_until("owner.citizen_id")
    assert talk.reply.messages[-1].expects == "citizen_id"
    talk = shop_until("owner.phone")
    assert talk.reply.messages[-1].expects == "phone"
    assert talk.reply.messages[-1].request == "phone"
    talk = shop_until("capital")
    assert talk.reply.messages[-1].expects is None


def test_what_is_known_already_is_not_asked_again() -> None:
    talk = Talk(SHOP, prefill={"vneid.full_name": "Nguyễn Văn An", "conversation.phone": "0912345678", "vneid.sex": "robot"})
    assert talk.values["owner.full_name"] == "Nguyễn Văn An"
    assert "owner.sex" not in talk.values
    assert "lấy sẵn" in talk.say("xem lại")


def test_the_case_known_from_the_talk_before_is_not_asked_again() -> None:
    talk = Talk(FORMS["1.001193"], case="tre-bi-bo-roi")
    assert talk.draft.asked == "child.full_name"
    assert "mother.full_name" not in talk.form.asked(talk.draft.plain).by_path
    talk = Talk(FORMS["1.001193"], case="khong-co")
    assert talk.draft.asked == "case"


def test_the_landlord_s_number_does_not_replace_one_s_own() -> None:
    talk = Talk(FORMS["1.004194"], case="ca-nhan-ho")
    while talk.draft.asked != "owner_name":
        talk.say("thuê" if talk.draft.asked == "host" else sensible_answer(talk.asked))
    talk.say("bà Nguyễn Thị Chủ, sđt 0911222333")
    assert talk.values["owner_phone"] == "0911222333"
    assert talk.values["phone"] == "0912345678"


def test_a_place_told_as_one_answer_stays_one() -> None:
    talk = Talk(FORMS["3.000333"], case="phieu-so-1")
    while talk.draft.asked != "birth_place":
        talk.say(sensible_answer(talk.asked))
    talk.say("thôn Đông, xã Tam Giang")
    assert talk.values["birth_place"] == "thôn Đông, xã Tam Giang"
    assert "ward" not in talk.values
