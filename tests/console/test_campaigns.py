"""``/campaigns`` over HTTP."""

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.accounts.permissions import Role
from bot.outreach.campaigns.results import funnel_svg, lined_up, results_csv
from bot.outreach.campaigns.telling import go_round
from bot.storage.campaign_models import CampaignCount
from bot.storage.database import writing
from tests.bot.outreach.campaigns import RULES, Town
from tests.console.conftest import RunningConsole, Visitor, words

FORM: dict[str, Any] = {
    "title": "Đăng ký thường trú",
    "short_text": "Từ ngày 05/08/2026, nộp qua mạng chỉ mất 10.000 đồng.",
    "long_text": "Mang theo căn cước.",
    "procedure": "1.004222",
    "target": "chat",
    "nature": "service",
    "channels": ["zalo", "telegram", "poster", "loudspeaker"],
}


def written(writer: Visitor, **more: Any) -> str:
    writer.get("/campaigns/new")
    answer = writer.post("/campaigns/new", FORM | more)
    assert answer.status_code == 303, words(answer)
    return str(answer.headers["location"]).partition("?")[0]


@pytest.fixture
def writer(console: RunningConsole) -> Visitor:
    return console.signed_in("lan", Role.SUPERVISOR)


@pytest.fixture
def second(console: RunningConsole) -> Visitor:
    return console.signed_in("binh", Role.SUPERVISOR)


def test_from_the_draft_to_the_results(console: RunningConsole, writer: Visitor, second: Visitor) -> None:
    town = Town(console.database, console.clock)
    town.citizen("t1", ward="phuong-tu-son")
    town.citizen("z1", "zalo", acted=timedelta(days=3))
    path = written(writer)
    page = writer.get(path)
    shown = words(page)
    assert "Không muốn nhận tin nữa, xin nhắn «HỦY»." in shown
    assert "1 người." in shown
    assert "ngoài khung giờ và không có mẫu được duyệt: 1" in shown
    assert "ngày mùng năm tháng tám" in shown
    assert writer.post(f"{path}/submit").status_code == 303
    assert "người khác phải duyệt" in words(writer.get(path))
    assert writer.post(f"{path}/approve", {"revision": "1"}).status_code == 409
    second.get(path)
    assert second.post(f"{path}/approve", {"revision": "1"}).status_code == 303
    writer.get(path)
    assert writer.post(f"{path}/start").status_code == 303
    assert go_round(console.database.sessions, RULES, console.clock()).told == 1
    shown = words(writer.get(path))
    assert "Danh sách lúc bắt đầu: 1 người; còn chờ: 0." in shown
    assert "<5" in shown
    table = writer.get(f"{path}/results.csv")
    assert "Telegram;Phường Từ Sơn;<5;0;0;0;0;0" in table.text
    assert [act for act in console.acts() if act.startswith("campaign.")] == [
        "campaign.created",
        "campaign.submitted",
        "campaign.approved",
        "campaign.started",
    ]


def test_a_refusal_needs_a_reason_and_is_read_by_the_writer(writer: Visitor, second: Visitor) -> None:
    path = written(writer)
    writer.post(f"{path}/submit")
    second.get(path)
    assert second.post(f"{path}/refuse", {"revision": "1", "reason": " "}).status_code == 422
    assert second.post(f"{path}/refuse", {"revision": "1", "reason": "Sai <lệ phí>"}).status_code == 303
    page = writer.get(path)
    assert "Chưa duyệt vì: Sai" in words(page)
    assert "Sai &lt;lệ phí&gt;" in page.text


def test_what_was_typed_is_shown_again_where_it_means_nothing(writer: Visitor) -> None:
    writer.get("/campaigns/new")
    answer = writer.post("/campaigns/new", FORM | {"start": "mai", "procedure": "không có thủ tục này đâu nhé"})
    assert answer.status_code == 422
    assert 'value="mai"' in answer.text
    assert "không đọc được giờ" in words(answer)
    assert "không có thủ tục này, hoặc tên chưa rõ" in words(answer)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("short_text", "<script>alert(1)</script>", "có mã HTML"),
        ("short_text", "a" * 10_000, "tối đa 400"),
        ("short_text", "Mới 🎉", "hình biểu cảm"),
        ("short_text", "Vào http://la.xyz", "có liên kết"),
        ("zalo_template", "../x", "mã hoặc tên mẫu"),
        ("zalo_values", "noi_dung = " + "a" * 200, "dài quá 100 ký tự"),
        ("zalo_values", "chỉ có giá trị", "tên = giá trị"),
        ("banner", "01/01/2020 10:00", "phải sau bây giờ"),
        ("channels", [], "chọn ít nhất một kênh"),
    ],
)
def test_a_hostile_text_is_kept_as_a_draft_and_goes_no_further(writer: Visitor, field: str, value: Any, told: str) -> None:
    extra = {"zalo_template": "310100"} if field == "zalo_values" else {}
    path = written(writer, **{field: value} | extra)
    page = writer.get(path)
    assert "<script>alert" not in page.text
    refused = writer.post(f"{path}/submit")
    assert refused.status_code == 422
    assert told in words(refused)


@pytest.mark.parametrize("path", ["/campaigns/0", "/campaigns/999", "/campaigns/x", "/campaigns/1%00", "/campaigns/" + "9" * 40])
def test_a_campaign_that_is_not_there_is_not_found(writer: Visitor, path: str) -> None:
    for more in ("", "/edit", "/poster.pdf", "/speech.txt", "/results.csv"):
        assert writer.get(path + more).status_code == 404


def test_the_papers_of_a_ward(writer: Visitor) -> None:
    path = written(writer)
    poster = writer.get(f"{path}/poster.pdf?ward=phuong-tu-son")
    assert poster.headers["content-type"] == "application/pdf"
    assert poster.content.startswith(b"%PDF")
    assert writer.get(f"{path}/speech.pdf?ward=xa-yen-the").content.startswith(b"%PDF")
    speech = writer.get(f"{path}/speech.txt?ward=xa-yen-the").text
    assert speech.startswith("Kính thưa bà con xã Yên Thế.")
    assert not re.search(r"\d", speech)
    assert writer.get(f"{path}/poster.pdf?ward=../../etc").status_code == 404
    assert writer.get(f"{path}/speech.exe").status_code == 404


def test_a_test_code_is_for_ones_own_chat(console: RunningConsole, writer: Visitor) -> None:
    path = written(writer)
    assert writer.post(f"{path}/test").status_code == 303
    assert re.search(r"THỬ TIN [2-9A-Z]{8}", words(writer.get(path)))
    console.clock.move(hours=2)
    assert "THỬ TIN" not in words(console.signed_in("lan").get(path))


def test_who_only_reads_acts_on_nothing(console: RunningConsole, writer: Visitor) -> None:
    path = written(writer)
    auditor = console.signed_in("thanh", Role.AUDITOR)
    assert auditor.get(path).status_code == 200
    assert auditor.get("/campaigns/new").status_code == 403
    for act in ("submit", "start", "stop", "test", "approve"):
        assert auditor.post(f"{path}/{act}").status_code == 403
    officer = console.signed_in("hoa", Role.OFFICER)
    assert officer.get("/campaigns").status_code == 403


def test_a_lone_small_count_is_not_told_by_the_total(console: RunningConsole, writer: Visitor) -> None:
    path = written(writer)
    number = int(path.rpartition("/")[2])
    with writing(console.database.sessions) as session:
        for ward, n in (("phuong-tu-son", 3), ("xa-yen-the", 40), ("phuong-vo-cuong", 70)):
            day = console.clock().date()
            session.add(CampaignCount(campaign_id=number, day=day, channel="zalo", place_id=ward, step="clicked", n=n))
    table = writer.get(f"{path}/results.csv").text
    assert "Zalo;Phường Từ Sơn;0;0;<5;0;0;0" in table
    assert "Zalo;Xã Yên Thế;0;0;*;0;0;0" in table
    assert "Zalo;Phường Võ Cường;0;0;70;0;0;0" in table
    assert 'class="funnel"' in writer.get(path).text


def test_a_cell_is_no_formula_and_a_picture_no_markup() -> None:
    results = lined_up([("=cmd", "@x", "clicked", 9)], {})
    titles = dict.fromkeys(("channel", "place", "reached", "delivered", "clicked", "started", "finished", "stopped"), "<b>")
    assert "'=cmd;'@x" in results_csv(results, titles, {}, {})
    assert "<b>" not in funnel_svg(results.totals, titles, "<i>")
