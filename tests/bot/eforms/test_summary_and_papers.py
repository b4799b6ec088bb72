"""Papers in their turn, the summary, and its confirmation."""

from bot.eforms.draft import Draft
from bot.eforms.engine import begin
from bot.eforms.turns import Upload
from tests.bot.eforms.citizen import Talk, form_from, sensible_answer
from tests.bot.eforms.talk_forms import FORMS, SMALL


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


def test_what_is_sensitive_is_never_shown_again() -> None:
    talk = Talk(FORMS["1.001776"], case="tro-cap-hang-thang")
    while talk.draft.asked != "reason":
        talk.say(sensible_answer(talk.asked))
    talk.say("người nhiễm HIV")
    assert talk.values["reason"] == "hiv"
    heard = talk.say("xem lại")
    assert "HIV" not in heard
    assert "không hiện lại" in heard


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
