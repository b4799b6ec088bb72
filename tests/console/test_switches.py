"""The pages of switches and outages: each act over HTTP, by whom, and hostile input."""

import json
import re

import pytest

from bot.accounts.audit import AuditFilter, audit_entries
from bot.accounts.permissions import Role
from bot.switches import store
from bot.switches.board import Active
from bot.switches.subjects import ANSWER_FACETS, known_intents
from console.pages.switches import INTENTS
from tests.console.conftest import FEE, HOSTILE, RunningConsole, Visitor, words


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
