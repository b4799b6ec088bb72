"""``/levels`` over HTTP: the audit's list, one procedure, and decisions by two people."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.levels.link_book import OfficialPage, note_look
from bot.levels.outcomes import LinkFinding
from bot.storage.database import writing
from bot.storage.evidence_models import RegisterRun
from bot.storage.level_models import FilingDecision, FilingProposal
from bot.switches.store import read_orders
from tests.bot.levels.test_audit import dossier
from tests.console.conftest import PASSWORD, RunningConsole, Visitor, words
from tests.shipped import shipped_catalogue

CATALOGUE = shipped_catalogue()
CODE = "1.001193"
PARTIAL = next(code for code, one in CATALOGUE.procedures.items() if one.online.level == "partial")
ONE = f"/levels/{CODE}"


def form(console: RunningConsole, **changed: Any) -> dict[str, Any]:
    return {
        "state": "online_filing_off",
        "reason_code": "technical_incident",
        "words_vi": "Cổng đang lỗi khi tải giấy tờ lên",
        "words_en": "",
        "legal_basis": "Nghị định 224/2026/NĐ-CP, điều 13",
        "from": "",
        "until": "",
        "review_on": (console.clock.now + timedelta(days=30)).strftime("%Y-%m-%d"),
    } | changed


@pytest.fixture
def an(console: RunningConsole) -> Visitor:
    return console.signed_in("anh", Role.SUPERVISOR)


@pytest.fixture
def binh(console: RunningConsole) -> Visitor:
    return console.signed_in("binh", Role.ADMINISTRATOR)


def proposed(console: RunningConsole, visitor: Visitor, **changed: Any) -> str:
    """Proposes; the proposal's address."""
    answer = visitor.post(f"{ONE}/proposals", form(console, **changed))
    assert answer.headers.get("location") == f"{ONE}?done=proposed", words(answer)
    with console.database.sessions() as session:
        number = max(row.id for row in session.query(FilingProposal))
    return f"{ONE}/proposals/{number}"


def off_now(console: RunningConsole) -> list[str]:
    now = console.clock.now
    with console.database.sessions() as session:
        return [one.target.facet for one in read_orders(session, now).at(now).offs]


def test_two_people_stop_the_filing_and_show_it_again(console: RunningConsole, an: Visitor, binh: Visitor) -> None:
    address = proposed(console, an)
    assert off_now(console) == [], "a proposal changes nothing"
    waiting = words(an.get("/levels?show=waiting"))
    assert "1 thủ tục." in waiting
    assert "chờ duyệt" in waiting
    assert "không tự duyệt được" in words(an.post(f"{address}/approve"))
    assert off_now(console) == []

    page = binh.get(ONE)
    assert "Đề xuất đang chờ duyệt" in words(page)
    assert binh.post(f"{address}/approve").headers["location"] == f"{ONE}?done=approved"
    assert off_now(console) == ["online_filing_off"]
    assert console.acts()[-2:] == ["levels.proposed", "levels.approved"]
    told = words(binh.get(f"{ONE}?done=approved"))
    assert "Cổng đang lỗi khi tải giấy tờ lên." in told
    assert "nộp trực tiếp tại" in told
    assert "1 thủ tục." in words(binh.get("/levels?show=off"))
    assert "đã được quyết định" in words(binh.post(f"{address}/approve"))

    again = proposed(console, binh, state="shown", words_vi="Cổng đã chạy lại bình thường")
    assert an.post(f"{again}/approve").status_code == 303
    assert off_now(console) == []
    assert "đang hiển thị rồi" in words(binh.post(f"{ONE}/proposals", form(console, state="shown")))


def test_a_proposal_is_refused_with_why_or_taken_back_by_its_author(console: RunningConsole, an: Visitor, binh: Visitor) -> None:
    address = proposed(console, an)
    assert "Phải ghi lý do không duyệt" in words(binh.post(f"{address}/refuse", {"words": " "}))
    assert "Chỉ người đề xuất" in words(binh.post(f"{address}/take-back"))
    assert "không tự duyệt" in words(an.post(f"{address}/refuse", {"words": "thôi"}))
    assert binh.post(f"{address}/refuse", {"words": "Cổng đã chạy lại"}).status_code == 303
    assert "Cổng đã chạy lại" in words(an.get(ONE))
    second = proposed(console, an)
    assert an.post(f"{second}/take-back").status_code == 303
    assert off_now(console) == []
    assert console.acts()[-4:] == ["levels.proposed", "levels.refused", "levels.proposed", "levels.taken_back"]
    with console.database.sessions() as session:
        assert {row.outcome for row in session.query(FilingDecision)} == {"refused", "taken_back"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"state": ""}, "Chưa chọn trạng thái"),
        ({"state": "hidden"}, "Chưa chọn trạng thái"),
        ({"words_vi": "Lỗi"}, "quá ngắn"),
        ({"words_vi": "x" * 401}, "Dài quá"),
        ({"reason_code": "lazy"}, "Chưa chọn lý do"),
        ({"reason_code": "restored"}, "Chưa chọn lý do"),
        ({"legal_basis": " "}, "căn cứ pháp lý"),
        ({"review_on": ""}, "ngày xem xét lại"),
        ({"review_on": "2026-13-45"}, "ngày xem xét lại"),
        ({"review_on": "2020-01-01"}, "sau ngày bắt đầu"),
        ({"review_on": "2199-01-01"}, "không quá 12 tháng"),
        ({"from": "01/01/2020 08:00"}, "Giờ bắt đầu đã qua"),
        ({"from": "2d", "until": "1d"}, "Giờ kết thúc"),
        ({"from": "hôm qua"}, "hôm qua"),
        ({"reason_code": "planned_maintenance"}, "giờ hoạt động lại"),
    ],
)
def test_what_cannot_stand_is_refused_and_the_form_keeps_the_rest(
    console: RunningConsole, an: Visitor, changed: dict[str, str], told: str
) -> None:
    answer = an.post(f"{ONE}/proposals", form(console, **changed))
    assert answer.status_code == 422
    assert told in words(answer)
    if "legal_basis" not in changed:
        assert "điều 13" in answer.text
    with console.database.sessions() as session:
        assert session.query(FilingProposal).count() == 0


def test_hiding_for_want_of_dossiers_needs_a_tick_and_keeps_it(console: RunningConsole, an: Visitor) -> None:
    with writing(console.database.sessions) as session:
        session.add(RegisterRun(kind="whole", started_at=console.clock.now, finished_at=console.clock.now, complete=True))
        session.add(dossier(1, CODE, "direct", console.clock.now - timedelta(days=3)))
    sent = form(console, reason_code="no_transactions", state="guidance_only")
    answer = an.post(f"{ONE}/proposals", sent)
    assert answer.status_code == 422
    assert 'name="accept" value="no_transactions"' in answer.text
    assert 'name="accept" value="figures_contradict"' in answer.text
    assert an.post(f"{ONE}/proposals", sent | {"accept": ["no_transactions"]}).status_code == 422
    assert an.post(f"{ONE}/proposals", sent | {"accept": ["no_transactions", "figures_contradict"]}).status_code == 303
    with console.database.sessions() as session:
        row = session.query(FilingProposal).one()
        assert row.warnings == ["no_transactions", "figures_contradict"]
        assert row.evidence["dossiers"]["filed"] == 1


def test_a_planned_outage_is_announced_seven_working_days_ahead_or_ticked(console: RunningConsole, an: Visitor) -> None:
    sent = form(console, reason_code="planned_maintenance", **{"from": "2d", "until": "3d"})
    assert 'value="short_notice"' in an.post(f"{ONE}/proposals", sent).text
    early = form(
        console,
        reason_code="planned_maintenance",
        review_on=(console.clock.now + timedelta(days=60)).strftime("%Y-%m-%d"),
        **{"from": "20d", "until": "21d"},
    )
    assert an.post(f"{ONE}/proposals", early).status_code == 303


def test_notice_that_became_short_while_it_waited_is_ticked_by_who_approves(
    console: RunningConsole, an: Visitor, binh: Visitor
) -> None:
    review = (console.clock.now + timedelta(days=60)).strftime("%Y-%m-%d")
    address = proposed(console, an, reason_code="planned_maintenance", review_on=review, **{"from": "20d", "until": "21d"})
    console.clock.move(days=17)
    binh = console.signed_in("binh")
    assert 'value="short_notice"' in binh.get(ONE).text
    assert binh.post(f"{address}/approve").status_code == 422
    assert binh.post(f"{address}/approve", {"accept": "short_notice"}).status_code == 303


def test_a_second_proposal_waits_for_the_first(console: RunningConsole, an: Visitor, binh: Visitor) -> None:
    proposed(console, an)
    assert "đang có một đề xuất chờ duyệt" in words(binh.post(f"{ONE}/proposals", form(console)))


def test_an_overdue_review_is_shown(console: RunningConsole, an: Visitor, binh: Visitor) -> None:
    assert binh.post(f"{proposed(console, an)}/approve").status_code == 303
    console.clock.move(days=32)
    an = console.signed_in("anh")
    assert "1 quyết định đã quá ngày xem xét lại" in words(an.get("/levels"))
    assert "1 thủ tục." in words(an.get("/levels?show=overdue"))
    assert "Đã quá ngày xem xét lại" in words(an.get(ONE))


def test_a_decision_is_not_switched_on_by_one_person(console: RunningConsole, an: Visitor, binh: Visitor) -> None:
    assert binh.post(f"{proposed(console, an)}/approve").status_code == 303
    page = an.get("/switches")
    assert f'href="/levels/{CODE}"' in page.text
    refused = an.post("/switches/on", {"target": f"online_filing:{CODE}/online_filing_off", "reason": "tôi muốn"})
    assert "hai người quyết định" in words(refused)
    assert off_now(console) == ["online_filing_off"]


class TestPartialReasons:
    """Why a level is only "in part"."""

    SENT = {  # noqa: RUF012
        "reason_code": "presence_required",
        "legal_basis": "Thông tư 1/2026, điều 5",
        "still_in_person_vi": "ký sổ hộ tịch",
        "still_in_person_en": "",
        "published_where": "Cổng DVCQG",
        "published_on": "2020-11-01",
    }

    def test_a_missing_reason_is_queued_until_it_is_noted(self, console: RunningConsole, an: Visitor) -> None:
        partial = sum(one.online.level == "partial" for one in CATALOGUE.procedures.values())
        assert f"{partial} thủ tục." in words(an.get("/levels?show=no_partial_reason"))
        an.get(f"/levels/{PARTIAL}")
        assert an.post(f"/levels/{PARTIAL}/reason", self.SENT).status_code == 303
        assert f"{partial - 1} thủ tục." in words(an.get("/levels?show=no_partial_reason"))
        assert "ký sổ hộ tịch" in words(an.get(f"/levels/{PARTIAL}"))
        assert console.acts()[-1] == "levels.reason"

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"reason_code": "x"}, "Chưa chọn lý do"),
            ({"still_in_person_vi": ""}, "còn phải đến"),
            ({"published_on": "hôm qua"}, "Ngày công bố"),
            ({"published_on": "2199-01-01"}, "sau hôm nay"),
            ({"legal_basis": "x" * 400}, "Dài quá"),
        ],
    )
    def test_what_says_nothing_is_refused(self, an: Visitor, changed: dict[str, str], told: str) -> None:
        an.get(f"/levels/{PARTIAL}")
        answer = an.post(f"/levels/{PARTIAL}/reason", self.SENT | changed)
        assert answer.status_code == 422
        assert told in words(answer)

    def test_another_level_has_no_such_reason(self, an: Visitor) -> None:
        an.get(ONE)
        assert "không công bố mức một phần" in words(an.post(f"{ONE}/reason", self.SENT))


def test_a_person_looks_where_a_program_cannot(console: RunningConsole, an: Visitor) -> None:
    page = OfficialPage(CODE, ("Đăng ký khai sinh",), CATALOGUE.procedures[CODE].official_link.url)
    with writing(console.database.sessions) as session:
        note_look(session, page, LinkFinding("script_only"), console.clock.now)
    assert "cần người xem" in words(an.get(ONE))
    assert an.post(f"{ONE}/look", {"seen": "ok"}).status_code == 400
    assert an.post(f"{ONE}/look", {"seen": "seen_ok"}).status_code == 303
    assert "Người xem: đúng thủ tục" in words(an.get(ONE))
    assert CODE not in an.get("/levels?show=link_unchecked").text


def test_the_file_holds_what_the_filter_shows(console: RunningConsole, an: Visitor) -> None:
    answer = an.get("/levels.csv?show=no_partial_reason")
    table = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["Mã"] for row in table} == {code for code, one in CATALOGUE.procedures.items() if one.online.level == "partial"}
    assert all("no_partial_reason" in row["Mã kết luận"] for row in table)
    assert all(row["Hồ sơ 90 ngày"] == "" for row in table), "not known is not nought"
    assert console.acts()[-1] == "levels.exported"
    counted = re.search(r'show=no_partial_reason"[^>]*>[^<]*<strong>(\d+)</strong>', an.get("/levels").text)
    assert counted is not None
    assert int(counted[1]) == len(table)


def test_who_only_reads_sees_no_form_and_may_not_act(console: RunningConsole) -> None:
    auditor = console.signed_in("kiem", Role.AUDITOR)
    page = auditor.get(ONE)
    assert page.status_code == 200
    assert f'action="{ONE}' not in page.text
    for act in ("proposals", "proposals/1/approve", "proposals/1/refuse", "proposals/1/take-back", "reason", "look"):
        assert auditor.post(f"{ONE}/{act}", form(console)).status_code == 403
    officer = console.signed_in("lan", Role.OFFICER)
    assert officer.get("/levels").status_code == 403


def test_an_account_of_one_agency_counts_its_own_dossiers_and_decides_its_own_procedures(console: RunningConsole) -> None:
    now = console.clock.now
    with writing(console.database.sessions) as session:
        session.add(RegisterRun(kind="whole", started_at=now, finished_at=now, complete=True))
        session.add_all(dossier(n, CODE, "direct", now, agency="tthcc-xa" if n else "tthcc-tinh") for n in range(3))
    details = AccountDetails("Người tỉnh", None, (Role.SUPERVISOR,), False, ("tthcc-tinh",))
    console.services.accounts.add(OPERATOR, "tinh", details, PASSWORD, must_change=False)
    visitor = console.signed_in("tinh")
    page = visitor.get(ONE)
    assert "Đã nộp, mọi hình thức 1" in words(page)
    assert 'id="propose"' not in page.text, "the wards' centres receive it"
    assert visitor.post(f"{ONE}/proposals", form(console)).status_code == 403


@pytest.mark.parametrize("code", ["9.999999", "x", "%00", "1.001193%0a", "a" * 400, "<script>"])
def test_what_is_not_there_is_not_found(an: Visitor, code: str) -> None:
    assert an.get(f"/levels/{code}").status_code == 404
    an.get(ONE)
    assert an.post(f"/levels/{code}/proposals").status_code == 404
    assert an.post(f"{ONE}/proposals/{code}/approve").status_code == 404


def test_hostile_words_are_shown_as_words(console: RunningConsole, an: Visitor) -> None:
    proposed(console, an, words_vi="<script>alert(1)</script> {x} gọi 0912345678", legal_basis="=1+1")
    page = an.get(ONE)
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "0912345678" not in page.text
    assert an.get("/levels?show=<x>&q=%00<b>").status_code == 200
