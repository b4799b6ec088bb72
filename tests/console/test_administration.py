"""The pages of switches, outages, requests about data, teams and kept replies: each act over HTTP, by whom, and hostile input."""

import json
import re
from typing import ClassVar

import pytest
from sqlalchemy import select

from bot.accounts.audit import OPERATOR, AuditFilter, audit_entries
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.catalogue.load import load_offices
from bot.officers.members import members_by_team
from bot.rights.deletions import delete_now, seal
from bot.rights.tickets import open_request
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.database import writing
from bot.storage.models import Conversation, Outbound
from bot.storage.officer_models import CannedReply
from bot.storage.rights_models import DeletionRecord, RightsRequest
from bot.switches import store
from bot.switches.board import Active
from bot.switches.subjects import ANSWER_FACETS, known_intents
from console.pages.switches import INTENTS
from tests.console.conftest import RunningConsole, Visitor, words

FEE = {"subject": "1.001193", "scope": "answer", "facet": "fee", "reason": "sai mức phí"}
HOSTILE = ["x", "QDL-0", "QDL-" + "9" * 40, "-1", "%00", "٣", "9" * 15]


def active(console: RunningConsole) -> Active:
    """What holds now."""
    with console.database.sessions() as session:
        return store.read_orders(session, console.clock()).at(console.clock())


def last_details(console: RunningConsole) -> dict[str, object]:
    """The details of the newest entry in the audit log."""
    with console.database.sessions() as session:
        found: dict[str, object] = json.loads(audit_entries(session, AuditFilter(), 1)[0].details)
    return found


class TestSwitches:
    """Off and on."""

    @pytest.fixture
    def visitor(self, console: RunningConsole) -> Visitor:
        return console.signed_in("binh", Role.SUPERVISOR)

    def test_one_answer_is_found_by_name_switched_off_and_on_again(self, console: RunningConsole, visitor: Visitor) -> None:
        assert "Không có gì đang bị tắt" in words(visitor.get("/switches"))
        found = visitor.get("/switches/new?q=dang ky khai sinh")
        path = re.search(r'href="(/switches/new\?scope=procedure&amp;subject=1\.001193)"', found.text)
        assert path is not None
        assert "Đăng ký khai sinh" in words(visitor.get(path.group(1).replace("&amp;", "&")))
        form = FEE | {"until": "24/11/2026 08:00", "text_vi": "Mức phí\nđang rà soát."}
        assert visitor.post("/switches/new", form).headers["location"] == "/switches?done=off"
        order = active(console).off("answer", "1.001193", "fee")
        assert order is not None
        assert (order.ordered_by, order.text_vi) == ("binh", "Mức phí\nđang rà soát.")
        page = visitor.get("/switches?done=off")
        for shown in ("Phí, lệ phí của thủ tục Đăng ký khai sinh", "08:00 24/11/2026", "sai mức phí", "đang rà soát", "đang tắt"):
            assert shown in words(page)
        assert console.acts()[-1] == "switch.off"
        on = {"target": "answer:1.001193/fee", "reason": "đã sửa"}
        assert visitor.post("/switches/on", on).headers["location"] == "/switches?done=on"
        assert active(console).offs == ()
        assert console.acts()[-1] == "switch.on"
        assert "đã được bật lại rồi" in words(visitor.post("/switches/on", on))
        assert console.acts()[-1] == "switch.on"
        assert "bật lại" in words(visitor.get("/switches"))

    @pytest.mark.parametrize(("scope", "subject"), [("intent", "ask_fee"), ("channel", "zalo"), ("online_filing", "1.001193")])
    def test_kinds_of_help_channels_and_filing_go_off(
        self, console: RunningConsole, visitor: Visitor, scope: str, subject: str
    ) -> None:
        assert visitor.get(f"/switches/new?scope={scope}&subject={subject}").status_code == 200
        visitor.post("/switches/new", {"scope": scope, "subject": subject, "reason": "thử", "from": "30m"})
        assert "sắp tắt" in words(visitor.get("/switches"))
        console.clock.move(minutes=31)
        assert [order.target.subject for order in active(console).offs] == [subject]

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"reason": " "}, "ghi lý do"),
            ({"reason": "x" * 401}, "tối đa 400"),
            ({"until": "hôm nay"}, "«hôm nay»"),
            ({"until": "01/01/0001 00:00"}, "Không đọc được thời điểm"),
            ({"until": "31/12/9999 23:59"}, "Không đọc được thời điểm"),
            ({"until": "01/01/2020 00:00"}, "kết thúc phải sau"),
            ({"text_vi": "x" * 1001}, "tối đa 1000"),
            ({"scope": "intent", "subject": "talk_to_officer", "facet": ""}, "gặp được người thật"),
        ],
    )
    def test_what_does_not_fit_is_told_and_the_form_keeps_the_rest(
        self, console: RunningConsole, visitor: Visitor, changed: dict[str, str], told: str
    ) -> None:
        page = visitor.post("/switches/new", FEE | {"text_en": "under review"} | changed)
        assert page.status_code == 422
        assert told in words(page)
        assert "under review" in page.text
        assert active(console).offs == ()
        assert "switch.off" not in console.acts()

    @pytest.mark.parametrize(
        "changed",
        [
            {"subject": "9.999999"},
            {"subject": ""},
            {"subject": "x" * 500},
            {"subject": "1.001193/../"},
            {"scope": "god"},
            {"facet": "nothing"},
            {"scope": "channel", "subject": "fax"},
            {"scope": "intent", "subject": "made_up"},
        ],
    )
    def test_what_does_not_exist_cannot_be_switched_off(
        self, console: RunningConsole, visitor: Visitor, changed: dict[str, str]
    ) -> None:
        assert visitor.post("/switches/new", FEE | changed).status_code == 404
        assert active(console).offs == ()

    def test_markup_is_shown_as_text_and_a_number_in_the_reason_masked(self, visitor: Visitor, console: RunningConsole) -> None:
        form = FEE | {"reason": "<script>alert(1)</script> gọi 0987654321", "text_vi": "<b>{reason}</b>"}
        assert visitor.post("/switches/new", form).status_code == 303
        page = visitor.get("/switches").text
        assert "<script>alert" not in page
        assert "&lt;b&gt;{reason}&lt;/b&gt;" in page
        assert "0987654321" not in page
        assert "0987654321" not in str(last_details(console))

    def test_searching_takes_whatever_is_typed(self, visitor: Visitor) -> None:
        for typed in ("", "%00", "x" * 5000, "<script>", "1.0", "(((", "🙂"):
            assert visitor.get("/switches/new", **{}).status_code == 200
            assert visitor.client.get("/switches/new", params={"q": typed}).status_code == 200
        assert "Không thấy" in words(visitor.get("/switches/new?q=khongcothutucnay"))

    def test_every_kind_offered_exists_and_every_facet_has_a_name(self, visitor: Visitor) -> None:
        assert set(INTENTS) <= known_intents() - store.PERSON_INTENTS
        page = visitor.get("/switches/new?scope=procedure&subject=1.001193").text
        assert all(f'value="{facet}"' in page for facet in ANSWER_FACETS)


class TestOutages:
    """Announced and withdrawn."""

    def test_one_is_announced_shown_and_withdrawn(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        assert "Không có thông báo" in words(visitor.get("/outages"))
        form = {"scope": "channel:zalo", "from": "", "until": "2h", "text_vi": "Zalo đang chậm <hr>"}
        assert visitor.post("/outages", form).headers["location"] == "/outages?done=announced"
        assert [one.channel for one in active(console).outages] == ["zalo"]
        page = visitor.get("/outages")
        assert "Kênh Zalo đang diễn ra" in words(page)
        assert "&lt;hr&gt;" in page.text
        assert visitor.post("/outages/1/withdraw").headers["location"] == "/outages?done=withdrawn"
        assert active(console).outages == ()
        assert "đã rút" in words(visitor.get("/outages"))
        assert console.acts()[-2:] == ["outage.announced", "outage.withdrawn"]
        assert "đã hết hiệu lực" in words(visitor.post("/outages/1/withdraw"))

    def test_a_planned_one_at_short_notice_is_warned_of(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        answer = visitor.post("/outages", {"scope": "portal", "from": "1d", "until": "2d"})
        assert "7 ngày làm việc" in words(visitor.get(answer.headers["location"]))

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"until": ""}, "Không đọc được"),
            ({"until": "01/01/2020 00:00"}, "kết thúc phải sau"),
            ({"scope": "moon"}, "chọn nơi"),
            ({"scope": "channel:fax"}, "chọn nơi"),
            ({"text_en": "x" * 1001}, "tối đa 1000"),
        ],
    )
    def test_what_does_not_fit_is_told(self, console: RunningConsole, changed: dict[str, str], told: str) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        visitor.get("/outages")
        page = visitor.post("/outages", {"scope": "all", "until": "2h", "text_vi": "giữ lại"} | changed)
        assert page.status_code == 422
        assert told in words(page)
        assert "giữ lại" in page.text
        assert active(console).outages == ()

    def test_an_unknown_one_cannot_be_withdrawn(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        for number in ("0", *HOSTILE):
            assert visitor.post(f"/outages/{number}/withdraw").status_code == 422, number


class TestRights:
    """Requests and proofs."""

    @pytest.fixture
    def visitor(self, console: RunningConsole) -> Visitor:
        visitor = console.signed_in("binh", Role.SUPERVISOR)
        calendar = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar
        with writing(console.database.sessions) as session:
            session.add(Conversation(id="c1", channel="webchat", account="web", external_id="u", opened_at=console.clock()))
            session.flush()
            open_request(session, "c1", "correct", "sai <b>tên</b>", calendar, console.clock())
        return visitor

    def told(self, console: RunningConsole) -> list[str]:
        """What the citizen was told."""
        with console.database.sessions() as session:
            return [row.message["text"] for row in session.scalars(select(Outbound).order_by(Outbound.id))]

    def test_a_request_is_acknowledged_and_settled(self, console: RunningConsole, visitor: Visitor) -> None:
        page = visitor.get("/rights")
        assert "QDL-1 – sửa dữ liệu" in words(page)
        assert "sai &lt;b&gt;tên&lt;/b&gt;" in page.text
        assert "25/11/2026" in words(page)
        assert visitor.post("/rights/requests/QDL-1/acknowledge").headers["location"] == "/rights?done=acknowledged"
        assert "đã tiếp nhận" in words(visitor.get("/rights"))
        assert "không còn chờ" in words(visitor.post("/rights/requests/QDL-1/acknowledge"))
        form = {"ending": "done", "reason": "Đã sửa tên, xin gọi 0987654321."}
        assert visitor.post("/rights/requests/QDL-1/close", form).headers["location"] == "/rights?done=closed"
        assert "Đã sửa tên" in self.told(console)[-1]
        assert not any("0987654321" in text for text in self.told(console))
        with console.database.sessions() as session:
            assert "0987654321" not in (session.get_one(RightsRequest, 1).reason or "")
        assert "Không có phiếu nào đang mở" in words(visitor.get("/rights"))
        assert "Đã sửa tên" in words(visitor.get("/rights?ended=1"))
        assert console.acts()[-2:] == ["rights.acknowledged", "rights.done"]

    def test_what_is_late_is_marked(self, console: RunningConsole, visitor: Visitor) -> None:
        assert "QUÁ HẠN" not in words(visitor.get("/rights"))
        console.clock.move(days=4)
        late = console.signed_in("hoa", Role.SUPERVISOR)
        assert "QUÁ HẠN" in words(late.get("/rights"))

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({"ending": "refused", "reason": "  "}, "phải nêu lý do"),
            ({"ending": "refused", "reason": "x" * 2001}, "tối đa 2000"),
            ({"ending": "gone", "reason": "giữ lại"}, "chọn kết quả"),
            ({}, "chọn kết quả"),
        ],
    )
    def test_an_end_without_outcome_or_reason_is_told(
        self, console: RunningConsole, visitor: Visitor, form: dict[str, str], told: str
    ) -> None:
        page = visitor.post("/rights/requests/QDL-1/close", form)
        assert page.status_code == 422
        assert told in words(page)
        assert form.get("reason", "").strip() in page.text
        assert self.told(console) == []

    def test_an_unknown_request_is_told(self, visitor: Visitor) -> None:
        for number in HOSTILE:
            assert visitor.post(f"/rights/requests/{number}/acknowledge").status_code == 422, number
            assert visitor.post(f"/rights/requests/{number}/close", {"ending": "done"}).status_code == 422, number

    @pytest.mark.usefixtures("visitor")
    def test_an_auditor_reads_and_does_nothing(self, console: RunningConsole) -> None:
        auditor = console.signed_in("kiem", Role.AUDITOR)
        page = auditor.get("/rights")
        assert "QDL-1" in page.text
        assert "/acknowledge" not in page.text
        assert auditor.post("/rights/requests/QDL-1/acknowledge").status_code == 403
        assert auditor.post("/rights/requests/QDL-1/close", {"ending": "done"}).status_code == 403
        assert self.told(console) == []

    def test_who_works_for_some_agencies_sees_no_request(self, console: RunningConsole, visitor: Visitor) -> None:
        account = console.services.accounts.by_login("binh").id
        details = AccountDetails("Bình", None, (Role.SUPERVISOR,), False, ("tthcc-xa",))
        console.services.accounts.change(OPERATOR, account, details)
        for path in ("/rights", "/rights/deletions", "/rights/deletions/XDL-1"):
            page = visitor.get(path)
            assert page.status_code == 403
            assert "Mọi cơ quan" in words(page)
        assert visitor.post("/rights/requests/QDL-1/acknowledge").status_code == 403
        assert visitor.post("/rights/requests/QDL-1/close", {"ending": "done"}).status_code == 403

    def test_a_proof_is_shown_and_a_changed_one_told(self, console: RunningConsole, visitor: Visitor, settings: Settings) -> None:
        now = console.clock()
        with writing(console.database.sessions) as session:
            conversation = Conversation(id="c2", channel="zalo", account="oa", external_id="v", opened_at=now)
            session.add(conversation)
            session.flush()
            record = delete_now(session, conversation, "chat", now)
            record.state, record.done_at, record.counts = "done", now, {"message": 7}
            record.conversation_id = record.rasa_sessions = None
            record.seal = seal(record, settings.ledger_key.get_secret_value())
            reference = record.reference
        assert reference in visitor.get("/rights/deletions").text
        assert "Không có mã xoá" in words(visitor.get("/rights/deletions?reference=XDL-NOTHING"))
        page = words(visitor.get(f"/rights/deletions/{reference.lower()}"))
        assert "Niêm phong khớp" in page
        assert "message 7" in page
        with writing(console.database.sessions) as session:
            session.get_one(DeletionRecord, reference).counts = {"message": 6}
        assert "KHÔNG khớp" in words(visitor.get(f"/rights/deletions/{reference}"))
        assert visitor.get("/rights/deletions/XDL-9").status_code == 404


class TestTeams:
    """Who works where."""

    def test_members_join_change_and_leave(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        console.add("lan", Role.OFFICER)
        page = words(visitor.get("/teams"))
        assert "Bộ phận tiếp nhận của Sở Tư pháp chưa có ai" in page
        assert "Kinh Bắc" in words(visitor.get("/teams?q=kinh bac"))
        page = words(visitor.get("/teams/so-tu-phap"))
        assert "Thứ Hai – Thứ Sáu" in page
        assert "60 phút làm việc" in page
        assert visitor.post("/teams/so-tu-phap/members", {"login": "Lan"}).headers["location"].endswith("done=added")
        visitor.post("/teams/so-tu-phap/members", {"login": "lan", "role": "supervisor"})
        with console.database.sessions() as session:
            assert [(row.account, row.role) for row in members_by_team(session)["so-tu-phap"]] == [("lan", "supervisor")]
        assert "Người lan" in words(visitor.get("/teams/so-tu-phap"))
        assert visitor.post("/teams/so-tu-phap/members/remove", {"login": "lan"}).status_code == 303
        visitor.post("/teams/so-tu-phap/members/remove", {"login": "lan"})
        with console.database.sessions() as session:
            assert members_by_team(session) == {}
        assert console.acts()[-3:] == ["team.member_added", "team.member_added", "team.member_removed"]

    def test_members_have_shifts(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        console.add("lan", Role.OFFICER)
        visitor.get("/teams/so-tu-phap")
        form = {"login": "lan", "day": ["mon", "wed"], "begins": "08:00", "ends": "11:00"}
        assert visitor.post("/teams/so-tu-phap/shifts", form).status_code == 422
        visitor.post("/teams/so-tu-phap/members", {"login": "lan"})
        assert visitor.post("/teams/so-tu-phap/shifts", form).headers["location"].endswith("done=shift_added")
        page = words(visitor.get("/teams/so-tu-phap"))
        assert "Thứ Hai 08:00–11:00" in page
        assert "Thứ Tư 08:00–11:00" in page
        for broken in ({}, {"day": ["x"]}, {"begins": "99:99"}, {"ends": "07:00"}, {"login": "<b>"}):
            answer = visitor.post("/teams/so-tu-phap/shifts", form | {"day": ["fri"]} | broken if broken else form)
            assert answer.status_code == 422, broken
        gone = {"login": "lan", "day": "mon", "begins": "08:00"}
        for _ in range(2):
            assert visitor.post("/teams/so-tu-phap/shifts/remove", gone).status_code == 303
        assert "Thứ Hai 08:00–11:00" not in words(visitor.get("/teams/so-tu-phap"))
        assert console.acts()[-2:] == ["team.shift_added", "team.shift_removed"]
        assert visitor.post("/teams/nothing/shifts", form).status_code == 404

    @pytest.mark.parametrize("login", ["", "nobody", "kiem", "x" * 500, "<b>", "'; --"])
    def test_only_who_can_answer_becomes_a_member(self, console: RunningConsole, login: str) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        console.add("kiem", Role.AUDITOR)
        visitor.get("/teams/dat-dai")
        page = visitor.post("/teams/dat-dai/members", {"login": login})
        assert page.status_code == 422
        assert "không phải tài khoản đang dùng" in words(page)
        with console.database.sessions() as session:
            assert members_by_team(session) == {}

    def test_a_supervisor_looks_after_the_teams_of_their_agencies(self, console: RunningConsole) -> None:
        visitor = console.signed_in("binh", Role.SUPERVISOR)
        account = console.services.accounts.by_login("binh").id
        details = AccountDetails("Bình", None, (Role.SUPERVISOR,), False, ("so-tu-phap",))
        console.services.accounts.change(OPERATOR, account, details)
        assert "Sở Xây dựng" not in words(visitor.get("/teams"))
        assert visitor.get("/teams/so-tu-phap").status_code == 200
        for path in ("/teams/so-xay-dung/members", "/teams/so-xay-dung/members/remove", "/teams/nothing/members"):
            assert visitor.post(path, {"login": "binh"}).status_code == 404
        assert visitor.get("/teams/so-xay-dung").status_code == 404


class TestCannedReplies:
    """Replies that teams keep ready."""

    FORM: ClassVar[dict[str, str]] = {"team": "so-tu-phap", "title": "Hẹn", "text": "Mời tới {{ten_co_quan}}, {{hom_nay}}."}

    @pytest.fixture
    def visitor(self, console: RunningConsole) -> Visitor:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        visitor.get("/canned-replies/new")
        return visitor

    def texts(self, console: RunningConsole) -> list[str]:
        """The replies kept."""
        with console.database.sessions() as session:
            return list(session.scalars(select(CannedReply.text).order_by(CannedReply.id)))

    def test_one_is_previewed_kept_changed_and_deleted(self, console: RunningConsole, visitor: Visitor) -> None:
        page = visitor.post("/canned-replies/new?preview=1", self.FORM)
        assert "Mời tới Bộ phận tiếp nhận của Sở Tư pháp, 23/11/2026." in words(page)
        assert self.texts(console) == []
        assert visitor.post("/canned-replies/new", self.FORM).headers["location"] == "/canned-replies?done=saved"
        assert "Hẹn Bộ phận tiếp nhận của Sở Tư pháp" in words(visitor.get("/canned-replies"))
        assert "cùng tên" in words(visitor.post("/canned-replies/new", self.FORM | {"text": "khác"}))
        assert visitor.get("/canned-replies/1").status_code == 200
        visitor.post("/canned-replies/1", self.FORM | {"team": "", "text": "Gọi 0987654321\nnhé"})
        (kept,) = self.texts(console)
        assert "\n" in kept
        assert "0987654321" not in kept
        assert visitor.post("/canned-replies/1/delete").headers["location"] == "/canned-replies?done=deleted"
        assert self.texts(console) == []
        assert console.acts()[-3:] == ["canned_reply.added", "canned_reply.changed", "canned_reply.deleted"]
        assert visitor.get("/canned-replies/1").status_code == 404

    def test_another_reply_of_that_name_is_not_written_over(self, console: RunningConsole, visitor: Visitor) -> None:
        visitor.post("/canned-replies/new", self.FORM)
        visitor.post("/canned-replies/new", self.FORM | {"title": "Khác", "text": "một"})
        assert visitor.post("/canned-replies/2", self.FORM | {"text": "đè"}).status_code == 422
        assert self.texts(console) == [self.FORM["text"], "một"]

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"title": ""}, "từ 1 đến 120"),
            ({"title": "x" * 121}, "từ 1 đến 120"),
            ({"text": " "}, "từ 1 đến 2000"),
            ({"text": "x" * 2001}, "từ 1 đến 2000"),
            ({"text": "{{mat_khau}}"}, "mat_khau"),
            ({"text": "{{ten_co_quan}"}, "{{"),
            ({"team": "nothing"}, "chọn một đội"),
        ],
    )
    def test_what_does_not_fit_is_told(
        self, console: RunningConsole, visitor: Visitor, changed: dict[str, str], told: str
    ) -> None:
        for query in ("", "?preview=1"):
            page = visitor.post(f"/canned-replies/new{query}", self.FORM | changed)
            assert page.status_code == 422
            assert told in words(page)
        assert self.texts(console) == []

    def test_an_unknown_one_is_not_found(self, visitor: Visitor) -> None:
        for number in HOSTILE:
            assert visitor.get(f"/canned-replies/{number}").status_code == 404, number
            assert visitor.post(f"/canned-replies/{number}", self.FORM).status_code == 404, number
            assert visitor.post(f"/canned-replies/{number}/delete").status_code == 404, number

    def test_a_supervisor_changes_those_of_their_teams_alone(self, console: RunningConsole, visitor: Visitor) -> None:
        visitor.post("/canned-replies/new", self.FORM)
        visitor.post("/canned-replies/new", self.FORM | {"team": "", "text": "chung"})
        other = console.signed_in("binh", Role.SUPERVISOR)
        account = console.services.accounts.by_login("binh").id
        details = AccountDetails("Bình", None, (Role.SUPERVISOR,), False, ("so-xay-dung",))
        console.services.accounts.change(OPERATOR, account, details)
        page = words(other.get("/canned-replies"))
        assert "chung" in page
        assert "{{hom_nay}}" not in page.split("Câu mẫu có sẵn")[0]
        for number in ("1", "2"):
            assert other.get(f"/canned-replies/{number}").status_code == 404
            assert other.post(f"/canned-replies/{number}/delete").status_code == 404
        for team in ("", "so-tu-phap"):
            assert other.post("/canned-replies/new", self.FORM | {"team": team, "title": "mới"}).status_code == 422
        assert len(self.texts(console)) == 2


ACTS = (
    "/switches/new", "/switches/on", "/outages", "/outages/1/withdraw", "/rights/requests/QDL-1/acknowledge",
    "/rights/requests/QDL-1/close", "/teams/dat-dai/members", "/teams/dat-dai/members/remove", "/canned-replies/new",
    "/canned-replies/1", "/canned-replies/1/delete",
)  # fmt: skip


@pytest.mark.parametrize("role", [Role.OFFICER, Role.TRAINER, Role.AUDITOR])
def test_other_roles_do_none_of_it(console: RunningConsole, role: Role) -> None:
    visitor = console.signed_in("nam", role)
    before = console.acts()
    assert {visitor.post(path).status_code for path in ACTS} == {403}
    assert console.acts() == before


def test_no_act_without_the_forms_token(console: RunningConsole) -> None:
    visitor = console.signed_in("chu", Role.ADMINISTRATOR)
    before = console.acts()
    assert {visitor.client.post(path, data=FEE).status_code for path in ACTS} == {403}
    assert console.acts() == before
