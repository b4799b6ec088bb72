"""Talks with the filling engine as citizens have them."""

import pytest

from bot.eforms.draft import Draft, MalformedDraftError
from bot.eforms.engine import begin, new_draft, step
from bot.eforms.tools import tools_for
from bot.eforms.turns import Said, Upload
from tests.bot.eforms.citizen import TODAY, Talk, form_from, places, sensible_answer, texts_of, tools_of_today
from tests.shipped import shipped_forms

FORMS = shipped_forms()
SHOP = FORMS["1.001612"]
SMALL = form_from(
    """
    type: object
    title: Đơn thử
    required: [name, born, ward]
    properties:
      name: {type: string, format: person-name, title: Họ và tên, x-why: Để ghi lên giấy.}
      born: {type: string, format: date, title: Ngày sinh}
      mail: {type: string, format: email, title: Thư điện tử}
      ward: {type: string, format: ward, title: 'Phường, xã'}
    """
)


def shop_until(path: str) -> Talk:
    talk = Talk(SHOP)
    for _ in range(30):
        if talk.draft.asked == path:
            return talk
        talk.say(sensible_answer(talk.asked))
    raise AssertionError(path)


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


def test_questions_are_left_to_the_dialogue_and_the_field_is_asked_again() -> None:
    talk = Talk(SMALL)
    for text in [
        "phí bao nhiêu?",
        "cần giấy tờ gì",
        "mất mấy ngày",
        "nộp ở đâu vậy",
        "làm xong có phải lên phường không",
        "chào bạn",
        "gặp cán bộ",
    ]:
        before = talk.draft
        talk.say(text)
        assert talk.reply.outcome == "not_an_answer", text
        assert talk.reply.messages == ()
        assert "Họ và tên" in talk.reply.again[0].text or "họ và tên" in talk.reply.again[0].text
        assert talk.draft == before


def test_the_caller_may_know_that_a_text_is_a_question() -> None:
    talk = Talk(SHOP)
    draft, reply = step(talk.form, talk.draft, Said("tôi muốn hỏi việc khác", asks=True), talk.tools)
    assert reply.outcome == "not_an_answer"
    assert draft == talk.draft


def test_why_skip_back_and_example() -> None:
    talk = Talk(SMALL)
    assert "Để ghi lên giấy." in talk.say("vì sao hỏi")
    assert "(1/4)" in talk.heard
    assert "bắt buộc" in talk.say("bỏ qua")
    assert talk.draft.asked == "name"
    assert "đầu tiên" in talk.say("quay lại")
    talk.say("Nguyễn Văn An", "12/3/1990")
    assert "không bắt buộc" in talk.heard
    talk.say("không có")
    assert talk.draft.skipped == ("mail",)
    assert talk.draft.asked == "ward"
    talk.say("quay lại", "quay lại")
    assert talk.draft.asked == "born"
    assert "12/03/1990" in talk.heard
    talk.say("giữ nguyên")
    assert talk.values["born"] == "1990-03-12"
    assert talk.draft.asked == "ward"


def test_review_shows_masked_numbers_and_goes_on() -> None:
    talk = shop_until("founders_kind")
    heard = talk.say("xem lại")
    assert "1. Tên hộ kinh doanh" in heard
    assert "(7/13)" in heard
    talk = shop_until("owner.email")
    heard = talk.say("xem lại")
    assert "*********234" in heard
    assert "027190001234" not in heard


def test_stop_and_go_on_another_day() -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An")
    heard = talk.say("dừng, mai làm tiếp")
    assert talk.reply.outcome == "paused"
    assert talk.draft.stage == "paused"
    assert "1/4" in heard
    kept = Draft.from_json(talk.draft.to_json())
    assert kept == talk.draft
    draft, reply = begin(SMALL, kept, talk.tools)
    assert draft.asked == "born"
    assert "làm tiếp" in reply.messages[0].text
    # An answer typed without another word is taken, too.
    talk.say("12/3/1990")
    assert talk.values["born"] == "1990-03-12"


def test_giving_up_is_asked_about_first() -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An", "huỷ")
    assert talk.draft.stage == "filling"
    talk.say("không")
    assert talk.values == {"name": "Nguyễn Văn An"}
    talk.say("huỷ hồ sơ", "đúng")
    assert talk.reply.outcome == "cancelled"
    assert talk.draft.plain == {}
    talk.say("Nguyễn Văn An")
    assert talk.reply.outcome == "closed"


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


def test_papers_uploaded_from_the_store_and_missing() -> None:
    talk = Talk(FORMS["1.004222"], case="thue-muon-o-nho")
    while talk.draft.stage == "filling":
        talk.say(sensible_answer(talk.asked))
    assert talk.reply.messages[-1].expects == "paper"
    assert "không gửi ảnh căn cước" in talk.heard
    talk.send(Upload("7", "image/jpeg", ("eform_upload_blurred",)), Upload("8", "image/jpeg"))
    assert "(2 tệp)" in talk.heard
    assert "mờ" in talk.heard
    talk.say("tôi có rồi trong kho dữ liệu")
    assert talk.draft.papers["hop-dong"].uploads == ("7", "8")
    assert talk.draft.papers["dien-tich"].state == "in_store"
    assert talk.draft.stage == "review"
    assert "Còn thiếu" not in talk.heard

    talk = Talk(FORMS["1.004222"], case="thue-muon-o-nho")
    while talk.draft.stage == "filling":
        talk.say(sensible_answer(talk.asked))
    assert "phải làm riêng" in talk.say("có trong kho dữ liệu rồi")
    assert "không an toàn" in talk.send(Upload("9", refused="eform_upload_virus"))
    assert talk.draft.papers == {}
    assert "chưa nhận được" in talk.say("gửi rồi")
    talk.say("bổ sung sau", "để sau")
    assert "Còn thiếu: Hợp đồng thuê" in talk.heard


def test_an_upload_outside_its_turn_is_named() -> None:
    talk = Talk(SMALL)
    assert "đang hỏi mục khác" in talk.send(Upload("1", "image/jpeg"))
    assert talk.draft.asked == "name"


def test_summary_confirm_and_edit_by_number() -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An", "12/3/1990", "an@example.vn", "phường Kinh Bắc")
    assert talk.draft.stage == "review"
    assert "3. Thư điện tử: a***@…" in talk.heard
    talk.say("sửa mục 2")
    assert talk.draft.asked == "born"
    talk.say("13/3/1990")
    assert talk.draft.stage == "review"
    talk.say("chưa", "1", "Nguyễn Văn Bình")
    assert talk.values["name"] == "Nguyễn Văn Bình"
    talk.say("phí bao nhiêu?")
    assert talk.reply.outcome == "not_an_answer"
    talk.say("đúng rồi")
    assert talk.reply.outcome == "confirmed"
    assert talk.draft.stage == "confirmed"
    revision = talk.draft.revision
    talk.say("đúng")
    assert talk.reply.outcome == "closed"
    assert talk.draft.revision == revision


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


def test_old_buttons_do_no_harm() -> None:
    talk = Talk(SHOP)
    for act in (
        {"do": "answer", "field": "members[0].full_name", "value": "x"},
        {"do": "confirm"},
        {"do": "nonsense"},
        {},
        {"do": "paper", "paper": "x", "value": "later"},
    ):
        draft, reply = step(talk.form, talk.draft, Said(act=act), talk.tools)
        assert draft.plain == talk.draft.plain
        assert reply.outcome in ("asked", "not_an_answer")


def test_a_draft_survives_a_change_of_its_form() -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An", "12/3/1990")
    changed = form_from(
        "type: object\nrequired: [name, job]\n"
        "properties: {name: {type: string, format: person-name, title: Họ và tên}, job: {type: string, title: Nghề}}\n"
    )
    draft, reply = begin(changed, talk.draft, talk.tools)
    assert draft.asked == "job"
    assert draft.version == changed.version
    assert dict(changed.asked(draft.plain).instance) == {"name": "Nguyễn Văn An"}
    assert reply.messages


def test_a_broken_draft_is_told() -> None:
    good = new_draft(SMALL, "x").to_json()
    assert Draft.from_json(good) == new_draft(SMALL, "x")
    for broken in (
        {},
        {**good, "schema": "other/1"},
        {**good, "values": 3},
        {**good, "stage": "lost"},
        {**good, "pending": ["choice", "a", "b", "c", "d"]},
    ):
        with pytest.raises(MalformedDraftError):
            Draft.from_json(broken)


def test_the_content_of_a_draft_does_not_show_in_its_repr() -> None:
    talk = Talk(SMALL)
    talk.say("Nguyễn Văn An")
    assert "Nguyễn" not in repr(talk.draft)
    assert "Nguyễn" not in repr(Said("Nguyễn Văn An"))


def test_in_english() -> None:
    talk = Talk(FORMS["2.000635"], tools=tools_of_today("en"))
    talk.say("1, 2", "review")
    assert "Birth certificate, Marriage extract" in talk.heard


def test_what_is_sensitive_is_never_shown_again() -> None:
    talk = Talk(FORMS["1.001776"], case="tro-cap-hang-thang")
    while talk.draft.asked != "reason":
        talk.say(sensible_answer(talk.asked))
    talk.say("người nhiễm HIV")
    assert talk.values["reason"] == "hiv"
    heard = talk.say("xem lại")
    assert "HIV" not in heard
    assert "không hiện lại" in heard


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


def test_the_whole_form_is_held_against_its_schema_before_it_is_confirmed() -> None:
    form = form_from(
        "type: object\nrequired: [a, b]\nproperties: {a: {type: integer, title: Mục A}, b: {type: integer, title: Mục B}}\n"
        "allOf: [{if: {properties: {a: {minimum: 5}}, required: [a]}, then: {properties: {b: {maximum: 3}}}}]\n"
    )
    talk = Talk(form)
    told = {**talk.draft.to_json(), "values": {"a": [7, "typed"], "b": [9, "typed"]}}
    talk.draft, talk.reply = begin(form, Draft.from_json(told), talk.tools)
    talk.say("đúng rồi")
    assert talk.draft.stage == "filling"
    assert talk.draft.asked == "b"
    talk.say("2", "đúng rồi")
    assert talk.reply.outcome == "confirmed"
