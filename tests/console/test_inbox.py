"""The inbox over HTTP: who sees which conversation, filters, pages, the one winner of a claim, the sign of life."""

import re

import pytest

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.settings import Settings
from bot.storage.database import writing
from bot.storage.models import Conversation, Handoff
from tests.console.conftest import RunningConsole, Visitor, words
from tests.console.conversations import Desk


@pytest.fixture
def desk(console: RunningConsole, settings: Settings) -> Desk:
    return Desk(console, settings.ledger_key.get_secret_value())


def limited(console: RunningConsole, login: str, *agencies: str, role: Role = Role.OFFICER) -> Visitor:
    """Somebody who works for these agencies only."""
    visitor = console.signed_in(login, role)
    account = console.services.accounts.by_login(login)
    console.services.accounts.change(OPERATOR, account.id, AccountDetails(f"Người {login}", None, (role,), False, agencies))
    return visitor


def listed(visitor: Visitor, query: str = "list=all") -> list[str]:
    """The conversations of the page, in order."""
    return re.findall(r'id="open-(\w+)"', visitor.get(f"/inbox?{query}").text)


def test_who_waits_is_listed_with_reason_place_and_due_time_and_can_be_taken(desk: Desk) -> None:
    found = desk.waiting(procedure_code="1.001193", procedure_name="Đăng ký khai sinh", place="phuong-bac-giang")
    visitor = desk.console.signed_in("lan", Role.OFFICER)
    page = visitor.get("/inbox")
    for said in ("Đăng ký khai sinh", "Xin gặp cán bộ", "Phường Bắc Giang", "2 tin chưa đọc", "Đã chờ dưới 1 phút"):
        assert said in words(page)
    assert visitor.post(f"/conversations/{found}/claim").headers["location"] == f"/conversations/{found}"
    assert (listed(visitor, "list=waiting"), listed(visitor, "list=mine")) == ([], [found])


def test_of_two_who_take_it_one_wins_and_the_other_is_told_who(desk: Desk) -> None:
    found = desk.waiting()
    lan, hoa = desk.console.signed_in("lan", Role.OFFICER), desk.console.signed_in("hoa", Role.OFFICER)
    lan.get("/inbox")
    hoa.get("/inbox")
    assert lan.post(f"/conversations/{found}/claim").status_code == 303
    answer = hoa.post(f"/conversations/{found}/claim", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-retarget"]) == (409, "#notices")
    assert "Người lan đã nhận cuộc trao đổi này trước." in words(answer)
    assert desk.console.acts().count("conversation.claimed") == 1
    assert "Người lan đang hỗ trợ" in words(hoa.get("/inbox?list=all"))


def test_filters_narrow_the_list(desk: Desk) -> None:
    first = desk.waiting(procedure_code="1.001193", place="phuong-bac-giang")
    second = desk.waiting(procedure_code="1.000656", place="xa-dai-son")
    visitor = desk.console.signed_in("lan", Role.OFFICER)
    assert listed(visitor) == [first, second]
    assert listed(visitor, "list=all&procedure=1.000656") == [second]
    assert listed(visitor, "list=all&procedure=&procedure_words=khai+sinh+1.001193") == [first]
    assert listed(visitor, "list=all&place=phuong-bac-giang") == [first]
    assert listed(visitor, "list=all&channel=zalo") == []
    visitor.get(f"/conversations/{first}")
    assert listed(visitor, "list=all&unread=1") == [second]
    assert listed(visitor, "list=all&overdue=1") == []
    with writing(desk.console.database.sessions) as session:
        session.query(Handoff).filter_by(conversation_id=first).one().answer_due_at = desk.console.clock()
    assert listed(visitor, "list=all&overdue=1") == [first]
    assert "1 cuộc quá hạn trả lời" in words(visitor.get("/inbox"))


def test_procedures_are_found_by_a_few_words(desk: Desk) -> None:
    visitor = desk.console.signed_in("lan", Role.OFFICER)
    found = visitor.get("/inbox/procedures?procedure_words=khai+sinh+1.001193").text
    assert '<option value="1.001193" selected>' in found
    assert "Không có thủ tục nào" in visitor.get("/inbox/procedures?procedure_words=%00<b>").text
    assert "30 thủ tục đầu tiên" in visitor.get("/inbox/procedures?procedure_words=1").text
    assert desk.console.signed_in("day", Role.TRAINER).get("/inbox/procedures").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "list=nonsense&after=x_y&channel=%00&procedure=" + "9" * 500,
        "after=2026-01-01T00:00:00_1",
        "after=2026-01-01T00:00:00%2B00:00_" + "9" * 40,
        "place='%20OR%201=1&overdue=2&unread=%F0%28",
    ],
)
def test_a_hostile_address_is_an_ordinary_list(desk: Desk, query: str) -> None:
    desk.waiting()
    assert desk.console.signed_in("lan", Role.OFFICER).get(f"/inbox?{query}").status_code == 200


def test_pages_follow_each_other_without_gap_or_double(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.pages.inbox.PAGE_ROWS", 2)
    found = [desk.waiting() for _ in range(5)]
    visitor = desk.console.signed_in("lan", Role.OFFICER)
    seen, address = [], "/inbox?list=all"
    while address:
        page = visitor.get(address).text
        seen += re.findall(r'id="open-(\w+)"', page)
        following = re.search(r'id="next-page" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert seen == found


def test_the_list_is_sent_again_only_where_it_reads_otherwise(desk: Desk) -> None:
    desk.waiting()
    visitor = desk.console.signed_in("lan", Role.OFFICER)
    again = re.search(r'hx-get="(/inbox/rows[^"]+)"', visitor.get("/inbox").text)
    assert again is not None
    address = again.group(1).replace("&amp;", "&")
    assert visitor.get(address).status_code == 204
    desk.waiting()
    # What all pages share is at most two seconds old.
    desk.console.clock.move(seconds=2)
    fresh = visitor.get(address)
    assert (fresh.status_code, fresh.text.count('class="open"')) == (200, 2)


def test_an_officer_of_one_agency_neither_lists_nor_opens_nor_takes_what_is_another_agencys(desk: Desk) -> None:
    desk.member("so-tu-phap", "ai-do")
    theirs, others = desk.waiting(deciding_agency="so-tu-phap"), desk.waiting()
    visitor = limited(desk.console, "lan", "so-tu-phap")
    assert listed(visitor) == [theirs]
    assert visitor.get(f"/conversations/{theirs}").status_code == 200
    for path in ("", "/news", "/events", "/canned-reply"):
        assert visitor.get(f"/conversations/{others}{path}").status_code == 404, path
    for act in ("claim", "reply", "note", "forward", "hand-back", "close", "flow", "phone-request", "files"):
        form = {"text": "x", "key": "k" * 16, "outcome": "solved", "flow": "status"}
        assert visitor.post(f"/conversations/{others}/{act}", form).status_code == 404, act
    assert not [act for act in desk.console.acts() if act.startswith("conversation.")]


def test_officers_of_one_ward_do_not_see_the_ward_beside_it_but_its_supervisor_does(desk: Desk) -> None:
    for place in ("phuong-bac-giang", "phuong-kinh-bac"):
        desk.member(f"place:{place}", "ai-do")
    one, two = (desk.waiting(deciding_agency="tthcc-xa", place=place) for place in ("phuong-bac-giang", "phuong-kinh-bac"))
    officer = limited(desk.console, "lan", "tthcc-xa")
    assert listed(officer) == []
    desk.member("place:phuong-bac-giang", "lan")
    assert listed(officer) == [one]
    assert officer.get(f"/conversations/{two}").status_code == 404
    assert listed(limited(desk.console, "chi", "tthcc-xa", role=Role.SUPERVISOR)) == [one, two]


def test_the_sign_of_life_keeps_what_is_mine_and_a_page_left_alone_loses_it(desk: Desk) -> None:
    found = desk.waiting()
    visitor = desk.console.signed_in("lan", Role.OFFICER)
    desk.taken_by(found, "lan")
    for _ in range(3):
        desk.console.clock.move(minutes=4)
        assert visitor.post("/inbox/presence").status_code == 204
    hoa = desk.console.signed_in("hoa", Role.OFFICER)
    assert hoa.post(f"/conversations/{found}/claim").status_code == 409
    desk.console.clock.move(minutes=6)
    assert hoa.post(f"/conversations/{found}/claim").status_code == 303
    visitor.post("/inbox/presence")
    with desk.console.database.sessions() as session:
        assert session.get_one(Conversation, found).owner_account == "hoa"


def test_a_page_that_asks_by_itself_keeps_no_session_alive(desk: Desk) -> None:
    visitor = desk.console.signed_in("lan", Role.OFFICER)
    for _ in range(4):
        desk.console.clock.move(minutes=10)
        visitor.get("/inbox/rows")
    answer = visitor.get("/inbox/rows", **{"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == "/sign-in"
