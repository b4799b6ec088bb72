"""The pages of teams and kept replies, and who may act on the pages that keep the house."""

from typing import ClassVar

import pytest
from sqlalchemy import select

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.officers.members import members_by_team
from bot.storage.officer_models import CannedReply
from tests.console.conftest import FEE, HOSTILE, RunningConsole, Visitor, words


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
