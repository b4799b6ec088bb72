"""Talks with the filling engine as citizens have them."""

import pytest

from bot.eforms.draft import Draft, MalformedDraftError
from bot.eforms.engine import begin, new_draft, step
from bot.eforms.turns import Said
from tests.bot.eforms.citizen import Talk, form_from, tools_of_today
from tests.bot.eforms.talk_forms import FORMS, SHOP, SMALL, shop_until


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
