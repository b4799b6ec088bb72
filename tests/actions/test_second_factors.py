"""The second proof in three ways, through the talk and over HTTP: look-up code, one-time code by telephone, login."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.conversations.clock import utc_now
from bot.conversations.identity_links import PersonHashes, PersonProof, linked_person
from bot.dialogue.turn import Clause, Turn
from bot.storage.database import Database
from tests.actions.status_talk import KEY, StatusTalk

OWNER, REPRESENTATIVE, STRANGER = "000000000001", "000000000002", "000000000003"
ABSENT = "H05.12.3-260803-9876"


@pytest.fixture
def talk(small_ledger: Database, portal: Any) -> Iterator[StatusTalk]:
    made = StatusTalk(small_ledger, portal)
    yield made
    made.lookup.close()


@pytest.fixture
def talk_on_each(database: Database, portal: Any) -> Iterator[StatusTalk]:
    made = StatusTalk(database, portal)
    yield made
    made.lookup.close()


def digits_of(portal: Any, name: str) -> str:
    return str(portal.by_counter[name].record["SoDienThoai"][-4:])


def sms_of(portal: Any, code: str) -> list[str]:
    return [one["code"] for one in portal.control("sms") if one["dossier_code"] == code]


def ask(talk: StatusTalk, code: str) -> str:
    talk.says("hồ sơ của tôi đến đâu rồi", "check_status")
    return talk.says(code, "check_status")


def by_phone(talk: StatusTalk, code: str, digits: str) -> str:
    ask(talk, code)
    talk.presses("Nhận mã qua điện thoại")
    return talk.says(digits)


def test_one_question_offers_all_three_ways(talk: StatusTalk, portal: Any) -> None:
    said = ask(talk, portal.by_counter["H05.0001"].code)
    assert "mã tra cứu in trên giấy hẹn" in said
    assert [b.title for b in talk.buttons] == ["Nhận mã qua điện thoại", "Đăng nhập VNeID", "Gặp cán bộ"]
    assert "Đang xử lý" in talk.says("7k2m")


def test_a_one_time_code_opens_the_dossier_and_leaves_no_trace(talk_on_each: StatusTalk, portal: Any, database: Database) -> None:
    talk = talk_on_each
    demo = portal.by_counter["H05.0004"]
    said = by_phone(talk, demo.code, digits_of(portal, "H05.0004"))
    assert "Nếu mã hồ sơ và 4 số cuối khớp" in said
    [code] = sms_of(portal, demo.code)
    assert "Không được tiếp nhận" in talk.says(f"mã là {code} ạ")
    with database.sessions() as session:
        rows = session.execute(text("SELECT text, raw FROM inbound ORDER BY seq")).all()
        kept = session.execute(text("SELECT ciphertext FROM private_value WHERE kind = 'one_time_code'")).all()
    assert "⟦one_time_code:" in rows[-1].text
    assert rows[-1].raw is None, "the raw body with the code is gone"
    assert [row.ciphertext for row in kept] == [None]
    assert code not in str([row.text for row in rows])
    assert code not in str(talk.state.to_slot())


def test_a_code_for_a_dossier_that_does_not_exist_sounds_like_any_other(talk: StatusTalk, portal: Any) -> None:
    demo = portal.by_counter["H05.0004"]
    said = {
        by_phone(talk, demo.code, "0000"),
        by_phone(talk, ABSENT, "1234"),
        by_phone(talk, demo.code, digits_of(portal, "H05.0004")),
    }
    assert len(said) == 1
    assert len(talk.buttons) == 3
    refusals = {talk.says("000000")}
    by_phone(talk, ABSENT, "1234")
    refusals.add(talk.says("000000"))
    assert len(refusals) == 1
    assert "Mã này không dùng được" in refusals.pop()


def test_a_wrong_one_time_code_may_be_set_right_and_five_lock(talk: StatusTalk, portal: Any) -> None:
    demo = portal.by_counter["H05.0004"]
    by_phone(talk, demo.code, digits_of(portal, "H05.0004"))
    [code] = sms_of(portal, demo.code)
    wrong = "111111" if code != "111111" else "222222"
    for _ in range(4):
        assert "không dùng được" in talk.says(wrong)
    assert "Không được tiếp nhận" in talk.says(code)
    by_phone(talk, demo.code, digits_of(portal, "H05.0004"))
    assert "không dùng được" in talk.says(wrong)
    assert "tạm khoá" in talk.says(sms_of(portal, demo.code)[0])


@pytest.mark.parametrize("words", ["không nhận được mã", "gửi lại mã đi em", "cho mã khác", "mã hết hạn rồi", "Gửi lại mã"])
def test_another_code_is_sent_on_request_and_the_old_one_is_useless(talk: StatusTalk, portal: Any, words: str) -> None:
    demo = portal.by_counter["H05.0003"]
    by_phone(talk, demo.code, digits_of(portal, "H05.0003"))
    [old] = sms_of(portal, demo.code)
    with_buttons = talk.messages
    said = talk.says(words, "technical_problem") if words != "Gửi lại mã" else talk.presses(words)
    assert "mã mới" in said
    assert with_buttons
    new = next(code for code in sms_of(portal, demo.code) if code != old)
    assert "không dùng được" in talk.says(old)
    assert "Được tiếp nhận" in talk.says(new)


def test_a_code_past_its_time_is_refused_like_a_wrong_one(talk: StatusTalk, portal: Any) -> None:
    demo = portal.by_counter["H05.0003"]
    by_phone(talk, demo.code, digits_of(portal, "H05.0003"))
    portal.control("clock", {"advance": 600})
    assert "không dùng được" in talk.says(sms_of(portal, demo.code)[0])


def test_words_in_place_of_the_code_or_the_digits_are_asked_for_again(talk: StatusTalk, portal: Any) -> None:
    demo = portal.by_counter["H05.0003"]
    ask(talk, demo.code)
    talk.says("cho tôi nhận qua điện thoại")
    assert "đúng 4 chữ số" in talk.says("cái gì cơ", "nlu_fallback")
    assert "chọn một cách xác nhận" in talk.says("tôi không nhớ số nào")
    talk.presses("Nhận mã qua điện thoại")
    talk.says("0" * 6 + digits_of(portal, "H05.0003"))
    assert "chưa thấy mã" in talk.says("vâng", "affirm"), "the whole number was given: its last digits count"


def test_a_proof_by_telephone_opens_no_other_dossier(talk: StatusTalk, portal: Any) -> None:
    demo, other = portal.by_counter["H05.0004"], portal.by_counter["H05.0001"]
    by_phone(talk, demo.code, digits_of(portal, "H05.0004"))
    talk.says(sms_of(portal, demo.code)[0])
    assert "mã tra cứu" in talk.says(other.code, "check_status")
    assert talk.state.pending is not None


def logged_in(talk: StatusTalk, portal: Any, code: str, person: str) -> str:
    ask(talk, code)
    said = talk.presses("Đăng nhập VNeID")
    assert "không gửi liên kết này cho ai" in said
    portal.browse(talk.link(), person=person)
    return talk.presses("Tôi đã đăng nhập xong")


def test_a_login_opens_what_one_owns_with_its_papers_and_tells_whose_the_conversation_is(
    talk_on_each: StatusTalk, portal: Any, database: Database
) -> None:
    talk = talk_on_each
    said = logged_in(talk, portal, portal.by_counter["H05.0005"].code, OWNER)
    assert "việc đăng nhập đã được xác nhận" in said
    assert "- Giấy tờ 1\n- Giấy tờ 2" in said
    with database.sessions() as session:
        person = linked_person(session, "c1", utc_now())
        raw = str(session.execute(text("SELECT * FROM identity_link")).all())
    assert person == PersonHashes(KEY).of(PersonProof(OWNER, "0000120001"))
    assert OWNER not in raw


def test_a_login_opens_further_dossiers_without_another(talk: StatusTalk, portal: Any) -> None:
    logged_in(talk, portal, portal.by_counter["H05.0005"].code, OWNER)
    assert "Nơi trả kết quả" in talk.says(portal.by_counter["H05.0009"].code, "check_status")
    assert "Phí, lệ phí của thủ tục" in talk.says(portal.by_counter["H05.0006"].code, "check_status")


def test_a_recorded_representative_sees_it_and_a_stranger_hears_the_uniform_answer(small_ledger: Database, portal: Any) -> None:
    code = portal.by_counter["H05.0005"].code
    talks = {name: StatusTalk(small_ledger, portal, name) for name in ("representative", "stranger", "nothing")}
    assert "Giấy tờ 1" in logged_in(talks["representative"], portal, code, REPRESENTATIVE)
    refused = logged_in(talks["stranger"], portal, code, STRANGER)
    assert refused == logged_in(talks["nothing"], portal, ABSENT, OWNER)
    assert "Tôi không mở được hồ sơ này" in refused
    for one in talks.values():
        one.lookup.close()


@pytest.mark.parametrize("words", ["xong rồi", "tôi đăng nhập rồi nhé", "ok em"])
def test_a_login_is_told_in_words_too_and_never_believed(talk: StatusTalk, portal: Any, words: str) -> None:
    ask(talk, portal.by_counter["H05.0001"].code)
    talk.says("vneid được không")
    link = talk.link()
    assert "chưa báo" in talk.says(words, "affirm")
    portal.browse(link, person=OWNER)
    assert "Đang xử lý" in talk.says(words, "affirm")


def test_a_login_page_past_its_time_is_renewed(talk: StatusTalk, portal: Any) -> None:
    ask(talk, portal.by_counter["H05.0001"].code)
    talk.presses("Đăng nhập VNeID")
    old = talk.link()
    talk.shift.by = timedelta(minutes=11)
    assert "liên kết mới" in talk.presses("Tôi đã đăng nhập xong")
    assert talk.link() != old
    assert "liên kết mới" in talk.says("gửi lại link khác cho tôi")


def test_a_confirmation_that_has_run_out_is_asked_for_again(talk: StatusTalk, portal: Any) -> None:
    code = portal.by_counter["H05.0001"].code
    logged_in(talk, portal, code, OWNER)
    portal.control("clock", {"advance": 3600})
    talk.forgets_the_last_minute()
    assert "lần xác nhận đã hết hạn" in talk.says(code, "check_status")
    assert "Đăng nhập VNeID" in [b.title for b in talk.buttons]


def test_who_has_no_look_up_code_is_offered_the_other_ways(talk: StatusTalk, portal: Any) -> None:
    ask(talk, portal.by_counter["H05.0001"].code)
    assert "chọn một cách xác nhận" in talk.says("em làm mất giấy hẹn rồi")
    assert "Đang xử lý" in talk.says("tìm thấy rồi, mã là 7K2M")


def test_a_portal_without_these_services_is_asked_for_the_look_up_code_alone(small_ledger: Database, portal: Any) -> None:
    talk = StatusTalk(small_ledger, portal, adapter="lgsp")
    said = ask(talk, portal.by_counter["H05.0001"].code)
    assert "xin gửi thêm mã tra cứu" in said
    assert talk.buttons == []
    assert "vneid" not in said.lower()
    talk.lookup.close()


def test_a_question_in_between_keeps_the_way_open(talk: StatusTalk, portal: Any) -> None:
    demo = portal.by_counter["H05.0003"]
    by_phone(talk, demo.code, digits_of(portal, "H05.0003"))
    said = talk.says("mấy giờ mở cửa", "ask_working_hours")
    assert "xin gửi mã một lần" in said
    assert "Được tiếp nhận" in talk.says(sms_of(portal, demo.code)[0])


def test_a_portal_that_is_away_leaves_every_way_open(talk: StatusTalk, portal: Any) -> None:
    ask(talk, portal.by_counter["H05.0001"].code)
    portal.fault("html_503")
    said = talk.presses("Đăng nhập VNeID")
    assert "chưa xác nhận được" in said
    talk.presses("Nhận mã qua điện thoại")
    assert "chưa xác nhận được" in talk.says("1234")
    portal.control("reset", {})
    assert "Đang xử lý" in talk.says("7K2M")


def test_the_words_of_a_person_are_heard_on_every_way(talk: StatusTalk) -> None:
    by_phone(talk, ABSENT, "1234")
    talk.says("cho tôi gặp cán bộ", "talk_to_officer")
    assert talk.last is not None
    assert talk.last.handoff is not None


def test_the_way_is_heard_in_words_whatever_the_engine_takes_them_for(talk: StatusTalk, portal: Any) -> None:
    ask(talk, portal.by_counter["H05.0001"].code)
    clauses = (Clause("qua dien thoai", "talk_to_officer", 0.65),)
    talk._take(Turn("qua dien thoai", "talk_to_officer", 0.65, clauses, conversation_id="c1"))
    assert talk.state.pending is not None
    assert talk.state.pending.kind == "phone_digits"
