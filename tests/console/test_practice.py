"""``/practice`` over HTTP."""

import re

import pytest

from bot.accounts.permissions import Role
from bot.conversations.private_values import PrivateValues
from bot.officers.teams import load_teams
from bot.settings import PROJECT_ROOT, Settings
from tests.bot.officers.office import MONDAY_NINE, Office
from tests.bot.review.talks import talk
from tests.console.conftest import RunningConsole, words

EXERCISE = "/practice/exercises/shipped:hoi-ma-otp"


@pytest.fixture
def office(console: RunningConsole, settings: Settings) -> Office:
    console.clock.now = MONDAY_NINE
    private = PrivateValues(console.database.sessions, settings.ledger_key.get_secret_value(), console.clock)
    return Office(console.database, console.clock, load_teams(PROJECT_ROOT / "data"), private)


def test_an_officer_answers_and_sees_what_is_missing_beside_a_colleagues_words(console: RunningConsole) -> None:
    officer = console.signed_in("lan", Role.OFFICER)
    assert "Đã làm 0/10 bài" in words(officer.get("/practice"))
    page = officer.get(EXERCISE)
    assert "gửi mã OTP cho anh nhập hộ" in words(page)
    assert "Cán bộ không bao giờ cần mã OTP" not in words(page)
    console.clock.move(seconds=75)
    answer = officer.post(
        EXERCISE,
        {"answer": "Chào em, <b>đừng gửi</b> mã OTP cho ai nhé.", "shown_at": str(int(console.clock.now.timestamp()) - 75)},
    )
    read = words(answer)
    assert "Đã nói 1/3 ý" in read
    assert "1 phút" in read
    assert "còn thiếu Tự nhập mã trên Cổng dịch vụ công" in read
    assert "Cán bộ không bao giờ cần mã OTP" in read
    assert "&lt;b&gt;đừng gửi" in answer.text
    assert "Đã làm 1/10 bài" in words(officer.get("/practice"))


@pytest.mark.parametrize(("answer", "told"), [("", "Chưa có câu trả lời"), ("x" * 2_001, "dài quá 2.000")])
def test_an_empty_or_endless_answer_is_not_kept(console: RunningConsole, answer: str, told: str) -> None:
    officer = console.signed_in("lan", Role.OFFICER)
    refused = officer.post(EXERCISE, {"answer": answer, "shown_at": "none"})
    assert refused.status_code == 422
    assert told in words(refused)
    assert "Đã làm 0/10 bài" in words(officer.get("/practice"))


@pytest.mark.parametrize("path", ["shipped:x", "own:1", "own:x", "%2e%2e", "x" * 300])
def test_an_exercise_that_is_not_there_is_not_found(console: RunningConsole, path: str) -> None:
    assert console.signed_in("lan", Role.OFFICER).get(f"/practice/exercises/{path}").status_code == 404


def test_a_supervisor_makes_one_of_a_conversation_remarks_on_answers_and_withdraws_it(
    console: RunningConsole, office: Office
) -> None:
    asked = talk(office, "lệ phí khai sinh bao nhiêu, cccd tôi 024099001234")
    lead = console.signed_in("truong", Role.SUPERVISOR)
    link = re.search(rf"/practice/new/{asked}/\d+", lead.get(f"/transcripts/{asked}").text)
    assert link is not None
    assert lead.get(link[0]).status_code == 200
    form = {"title": "Lệ phí", "points": "Lệ phí 8.000 đồng | 8.000", "reference": "", "shared": "yes"}
    refused = lead.post(link[0], form)
    assert refused.status_code == 422
    assert "Viết câu trả lời mẫu" in words(refused)
    assert 'value="Lệ phí"' in refused.text
    assert lead.post(link[0], form | {"reference": "Chào bạn, 8.000 đồng", "points": ""}).status_code == 422
    assert lead.post(link[0], form | {"reference": "Chào bạn, 8.000 đồng"}).status_code == 303
    assert "đã là bài luyện tập" in words(lead.post(link[0], form | {"reference": "Chào bạn"}))

    officer = console.signed_in("lan", Role.OFFICER)
    page = officer.get("/practice")
    assert "Từ hội thoại thật" in words(page)
    assert "024099001234" not in page.text
    own = re.search(r"/practice/exercises/own:\d+", page.text)
    assert own is not None
    officer.post(own[0], {"answer": "Chào bạn, lệ phí là 8.000 đồng", "shown_at": "0"})
    assert officer.get("/practice/results").status_code == 403

    results = lead.get("/practice/results")
    assert "100%" in words(results)
    attempt = re.search(r"/practice/attempts/\d+/remark", results.text)
    assert attempt is not None
    assert lead.post(attempt[0], {"remark": "Rõ ràng"}).status_code == 303
    assert lead.post("/practice/attempts/999/remark", {"remark": "x"}).status_code == 404
    assert "Nhận xét của Người truong: Rõ ràng" in words(officer.get("/practice"))

    assert lead.post(f"{own[0]}/withdraw").status_code == 303
    assert lead.post(f"{own[0]}/withdraw").status_code == 404
    assert officer.get(own[0]).status_code == 404
    assert [act for act in console.acts() if act.startswith("practice.")] == [
        "practice.made",
        "practice.remarked",
        "practice.withdrawn",
    ]
