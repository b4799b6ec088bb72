"""Supplement, withdrawal and amendment of a filed dossier, in a talk with the portal's simulator."""

from typing import Any

import pytest

from bot.conversations.private_values import PrivateValues
from bot.dossiers.paper_delivery import PaperDelivery
from bot.dossiers.proofs import KeptProofs
from bot.language.masking import PrivateSpan
from bot.portal.http_portal import HttpPortal
from bot.portal.records import LookupFactor
from bot.storage.database import Database
from tests.actions.form_talk import FormTalk

OWNER, STRANGER = "000000000001", "000000000003"
SUPPLEMENT = "H05.0006"


@pytest.fixture
def client(portal: Any) -> HttpPortal:
    made: HttpPortal = portal.client()
    return made


@pytest.fixture
def talk(database: Database, client: HttpPortal) -> FormTalk:
    return FormTalk(database, client)


def login(portal: Any, client: HttpPortal, person: str, key: str) -> LookupFactor:
    check = client.identity_link(key)
    assert portal.browse(check.url, person=person).status_code == 200
    proof = client.identity_proof(check.check_id)
    assert proof is not None
    return getattr(proof, "factor", proof)


def demo(portal: Any, status: int) -> Any:
    """A dossier of the owner in this status."""
    return next(
        one for one in portal.by_counter.values()
        if one.record["TrangThaiHoSo"] == status and one.record["DinhDanhCHS"][0]["SoDinhDanh"] == OWNER
    )  # fmt: skip


def keeps(values: PrivateValues, code: str, factor: LookupFactor) -> tuple[str, str]:
    [dossier] = values.store("c1", [PrivateSpan("dossier_code", 0, 0, code)])
    return dossier, KeptProofs(values).keep(factor, "c1")


def knows(talk: FormTalk, code: str, factor: LookupFactor) -> None:
    """Both proofs are there, as after a look at the status."""
    dossier, proof = keeps(talk.values, code, factor)
    talk.state = talk.state.evolve(dossier_ref=dossier, proof_ref=proof, status_shown=True)


def open_request(portal: Any) -> Any:
    found = demo(portal, 5)
    portal.control(
        f"dossiers/{found.code}/status",
        {"status": 5, "papers": ["Giấy xác nhận cư trú", "Ảnh chân dung"], "deadline": "20261220", "request_text": "Thiếu"},
    )
    return found


def test_a_supplement_is_answered_in_the_talk(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    found = open_request(portal)
    knows(talk, found.code, login(portal, client, OWNER, "s1"))
    said = talk.says("tôi muốn bổ sung hồ sơ", "supplement_dossier", 0.95)
    assert "Giấy xác nhận cư trú" in said
    assert "20/12/2026" in said
    assert found.code not in said
    assert "lời nhắn" in said
    said = talk.says("tôi gửi bản mới chụp")
    assert "Giấy tờ 1/2" in said
    talk.sends_files(1)
    talk.sends_files(1)
    said = talk.says("đúng rồi", "affirm", 0.9)
    assert "đang được chuyển" in said
    work = PaperDelivery(talk.database.sessions, client, talk.values)
    while work.run_once():
        pass
    said = talk.presses_titled("Lấy liên kết")
    link = next(line for line in said.splitlines() if line.startswith("Mở Cổng")).partition(": ")[2]
    portal.browse(link, person=OWNER)
    assert "Đã gửi bổ sung" in portal.browse(link, person=OWNER, step="sign").text
    (draft,) = portal.control("drafts")
    assert len(draft["files"]) == 2


def test_the_answer_to_a_supplement_can_be_left_and_gone_on_with(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    found = open_request(portal)
    knows(talk, found.code, login(portal, client, OWNER, "s2"))
    talk.acts("supplement_dossier")
    talk.says("bỏ qua")
    talk.sends_files(1)
    assert "giữ" in talk.says("để mai làm tiếp")
    assert talk.state.draft_id is None
    assert "Giấy tờ 2/2" in talk.says("làm tiếp")
    again = talk.says("bổ sung hồ sơ", "supplement_dossier", 0.95)
    assert talk.state.draft_id is not None, again
    assert len(talk.submissions.open_drafts("c1")) == 1


def test_the_list_of_papers_is_not_shown_for_a_look_up_code(talk: FormTalk, portal: Any) -> None:
    found = open_request(portal)
    knows(talk, found.code, LookupFactor(found.lookup_code))
    said = talk.says("bổ sung hồ sơ", "supplement_dossier", 0.95)
    assert "VNeID" in said
    assert "Giấy xác nhận cư trú" not in said
    assert talk.last.messages[-1].expects == "identity_proof"
    assert talk.state.errand == "supplement"


def test_a_stranger_who_logged_in_learns_nothing(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    found = open_request(portal)
    knows(talk, found.code, login(portal, client, STRANGER, "s3"))
    said = talk.says("bổ sung hồ sơ", "supplement_dossier", 0.95)
    assert "không tìm thấy" in said
    assert "Giấy xác nhận" not in said


def test_nothing_is_asked_for(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    knows(talk, demo(portal, 4).code, login(portal, client, OWNER, "s4"))
    assert "không có yêu cầu bổ sung" in talk.says("bổ sung hồ sơ", "supplement_dossier", 0.95)


def withdrawals(portal: Any, code: str) -> Any:
    return portal.control(f"dossiers/{code}")


def test_a_dossier_is_withdrawn_with_a_reason_and_a_confirmation(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    found = demo(portal, 4)
    knows(talk, found.code, login(portal, client, OWNER, "w1"))
    said = talk.says("tôi muốn rút hồ sơ", "withdraw_dossier", 0.95)
    assert "lý do" in said
    assert found.code not in said
    said = talk.says("tôi chuyển nhà đi nơi khác, gọi 0912345678", "inform", 0.5)
    assert "Gửi yêu cầu" in talk.last.messages[-1].buttons[0].title
    assert "0912345678" not in said
    assert "đã được gửi" in talk.says("đồng ý", "affirm", 0.9)
    assert talk.state.errand == "status"


@pytest.mark.parametrize("words", ["không", "thôi", "huỷ", "khoan đã, để tôi nghĩ lại", "dừng"])
def test_whoever_does_not_say_yes_withdraws_nothing(talk: FormTalk, client: HttpPortal, portal: Any, words: str) -> None:
    found = demo(portal, 4)
    knows(talk, found.code, login(portal, client, OWNER, "w2"))
    talk.says("rút hồ sơ", "withdraw_dossier", 0.95)
    talk.presses_titled("Không nêu")
    assert "đã được gửi" not in talk.says(words)


def test_a_retry_after_a_lost_answer_asks_once(database: Database, portal: Any) -> None:
    client = portal.client(total_seconds=1)
    talk = FormTalk(database, client)
    found = demo(portal, 4)
    knows(talk, found.code, login(portal, client, OWNER, "w3"))
    talk.acts("withdraw_dossier")
    talk.says("không cần lý do")
    portal.fault("accept_then_timeout", seconds=3, count=1)
    assert "chỉ được gửi một lần" in talk.says("rút đi")
    assert "đã được gửi" in talk.presses_titled("Thử lại")


def test_a_look_up_code_is_too_weak_to_withdraw(talk: FormTalk, portal: Any) -> None:
    found = demo(portal, 4)
    knows(talk, found.code, LookupFactor(found.lookup_code))
    said = talk.says("rút hồ sơ", "withdraw_dossier", 0.95)
    assert "VNeID" in said
    assert talk.last.messages[-1].expects == "identity_proof"
    assert (talk.state.errand, talk.state.dossier_ref is not None) == ("withdraw", True)


def test_an_ended_dossier_cannot_be_withdrawn(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    knows(talk, demo(portal, 10).code, login(portal, client, OWNER, "w4"))
    talk.acts("withdraw_dossier")
    talk.presses_titled("Không nêu")
    assert "không rút được" in talk.acts("affirm")


def test_without_any_proof_the_codes_are_asked_for_first(talk: FormTalk) -> None:
    talk.says("rút hồ sơ giúp tôi", "withdraw_dossier", 0.95)
    assert talk.last.messages[-1].expects == "dossier_code"
    assert talk.state.errand == "withdraw"


def test_an_unsure_wish_to_withdraw_is_confirmed_and_then_begins(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    knows(talk, demo(portal, 4).code, login(portal, client, OWNER, "w5"))
    assert "đúng không" in talk.says("bỏ hồ sơ", "withdraw_dossier", 0.5)
    assert "lý do" in talk.says("đúng", "affirm", 0.9)


def test_changing_a_filed_dossier_offers_both_ways(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    knows(talk, open_request(portal).code, login(portal, client, OWNER, "a1"))
    said = talk.says("tôi muốn sửa hồ sơ đã nộp", "withdraw_dossier", 0.95)
    assert "không sửa trực tiếp được" in said
    assert "Giấy xác nhận cư trú" in talk.presses_titled("Bổ sung theo yêu cầu")


def test_the_status_asked_for_later_is_no_withdrawal(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    knows(talk, demo(portal, 4).code, login(portal, client, OWNER, "w6"))
    talk.says("rút hồ sơ", "withdraw_dossier", 0.95)
    assert talk.says("tình trạng hồ sơ thế nào rồi", "check_status", 0.95) == "Tình trạng hồ sơ."


def test_a_portal_that_is_away_changes_nothing(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    knows(talk, open_request(portal).code, login(portal, client, OWNER, "p1"))
    portal.fault("html_503")
    assert "Chưa có gì thay đổi" in talk.acts("supplement_dossier")


def test_a_wish_that_names_its_dossier_is_that_errand_and_not_its_status(talk: FormTalk, portal: Any) -> None:
    talk.says(f"tôi muốn rút hồ sơ {demo(portal, 4).code}", "withdraw_dossier", 0.95)
    assert talk.state.errand == "withdraw"
    assert talk.state.dossier_ref is not None
