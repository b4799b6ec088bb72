"""``/reports`` over HTTP."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.reporting.desk import ReportDesk
from bot.reporting.period import read_period
from bot.storage.database import writing
from bot.storage.report_models import ReportDelivery
from tests.bot.reporting.dossiers import DATA, dossier, register, vn
from tests.console.conftest import PASSWORD, RunningConsole, Visitor, words

MORNING = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
LATE = {"received_at": vn("2026-11-20 08:00"), "due_at": vn("2026-11-26 17:00"), "seen_at": vn("2026-11-27 07:00")}
HEALTH = {"unit_code": "SYT", "unit_name": "Sở Y tế", "place_id": None, "agency": "so-y-te"}


def filled(console: RunningConsole) -> None:
    console.clock.now = MORNING
    register(
        console.database,
        dossier("a", fee_due=True, paid_online=True, ended_at=vn("2026-11-26 15:00"), status_code="10", seen_at=LATE["seen_at"]),
        dossier("b", **LATE),
        dossier("c", **LATE, **HEALTH),
    )


def made(console: RunningConsole, *destinations: str) -> str:
    hub = ReportDesk(console.database.sessions, DATA, destinations)
    return hub.make(read_period("daily", "2026-11-26"), by="system", now=console.clock()).id


def bound(console: RunningConsole, login: str, agency: str) -> Visitor:
    details = AccountDetails("Người Sở", None, (Role.SUPERVISOR,), False, (agency,))
    console.services.accounts.add(OPERATOR, login, details, PASSWORD, must_change=False)
    return console.signed_in(login)


def test_a_supervisor_sees_what_is_late_and_makes_yesterdays_report(console: RunningConsole) -> None:
    filled(console)
    visitor = console.signed_in("truong", Role.SUPERVISOR)
    page = words(visitor.get("/reports"))
    assert "Quá hạn: 2 hồ sơ ở 2 đơn vị mới: 2" in page
    assert "Chưa có báo cáo nào" in page
    answer = visitor.post("/reports/make", {"kind": "daily", "day": "2026-11-26", "month": ""})
    assert answer.headers["location"] == "/reports/daily-2026-11-26-r1?done=made"
    read = words(visitor.get(answer.headers["location"]))
    assert "Đã lập báo cáo." in read
    assert "Báo cáo ngày 26/11/2026" in read
    assert "4. Hồ sơ có nghĩa vụ tài chính được thanh toán trực tuyến* 100 % tròn điểm từ 80 % 10/10" in read.replace(
        "\u00a0", " "
    )
    assert "Công khai, minh bạch thủ tục hành chính Không đo được từ dữ liệu này –" in read
    assert "Xã Tam Đa" in read
    assert visitor.post("/reports/make", {"kind": "daily", "day": "2026-11-26"}).headers["location"].endswith("done=same")
    assert console.acts()[-1] == "report.made"
    assert console.acts().count("report.made") == 1
    listed = words(visitor.get("/reports?kind=daily&month=2026-11"))
    assert "Báo cáo ngày 26/11/2026 1 1 100 % 2" in listed.replace("\u00a0", " ")
    assert "Báo cáo ngày" not in words(visitor.get("/reports?month=2026-10"))


def test_dossiers_that_came_late_make_a_revision_that_says_what_changed(console: RunningConsole) -> None:
    filled(console)
    visitor = console.signed_in("truong", Role.SUPERVISOR)
    made(console)
    register(console.database, dossier("late"))
    visitor.get("/reports")
    answer = visitor.post("/reports/make", {"kind": "daily", "day": "2026-11-26"})
    assert answer.headers["location"] == "/reports/daily-2026-11-26-r2?done=made"
    read = words(visitor.get(answer.headers["location"]))
    assert "Tổng cộng: Tiếp nhận 1 → 2" in read
    assert 'href="/reports/daily-2026-11-26-r1"' in visitor.get("/reports/daily-2026-11-26-r2").text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"kind": "daily", "day": "2026-11-27"}, "chưa kết thúc"),
        ({"kind": "monthly", "month": "2026-11"}, "chưa kết thúc"),
        ({"kind": "daily", "day": "hôm qua"}, "có thật"),
        ({"kind": "daily", "day": ""}, "có thật"),
        ({"kind": "yearly", "day": "2026-11-26"}, "có thật"),
        ({"kind": "daily", "day": "2026-11-26" * 500}, "có thật"),
        ({}, "có thật"),
    ],
)
def test_what_is_no_finished_period_is_told(console: RunningConsole, form: dict[str, str], told: str) -> None:
    console.clock.now = MORNING
    visitor = console.signed_in("truong", Role.SUPERVISOR)
    visitor.get("/reports")
    answer = visitor.post("/reports/make", form)
    assert answer.status_code == 422
    assert told in words(answer)


def test_a_delivery_that_failed_is_seen_and_sent_again(console: RunningConsole) -> None:
    filled(console)
    report = made(console, "folder", "mail")
    with writing(console.database.sessions) as session:
        folder, mail = session.query(ReportDelivery).order_by(ReportDelivery.id).all()
        folder.state, folder.sent_at = "sent", console.clock()
        mail.state, mail.error, mail.attempts, number = "failed", "smtp_550", 3, mail.id
    visitor = console.signed_in("truong", Role.SUPERVISOR)
    page = words(visitor.get("/reports"))
    assert "Thư mục: đã gửi" in page
    assert "Thư điện tử: không gửi được đã thử 3 lần: smtp_550." in page
    assert visitor.post(f"/reports/deliveries/{number}/again").headers["location"] == f"/reports/{report}?done=again"
    assert "Thư điện tử: chờ gửi" in words(visitor.get(f"/reports/{report}"))
    assert console.acts()[-1] == "report.sent_again"
    for wrong in (folder.id, 99, "x", "-1", "9" * 40):
        assert visitor.post(f"/reports/deliveries/{wrong}/again").status_code == 404


def test_files_are_taken_away_and_the_log_knows(console: RunningConsole) -> None:
    filled(console)
    report = made(console)
    visitor = console.signed_in("kiem", Role.AUDITOR)
    told = visitor.get(f"/reports/{report}/files/json")
    assert told.headers["content-disposition"] == f'attachment; filename="{report}.json"'
    assert json.loads(told.text)["figures"]["total"]["received"] == 1
    assert "Phường" in visitor.get(f"/reports/{report}/files/csv").text
    printed = visitor.get(f"/reports/{report}/files/pdf")
    assert "BÁO CÁO" in PdfReader(io.BytesIO(printed.content)).pages[0].extract_text()
    assert console.acts()[-3:] == ["report.exported"] * 3
    assert visitor.get(f"/reports/{report}/files/exe").status_code == 404


def test_an_account_of_one_agency_sees_only_its_units(console: RunningConsole) -> None:
    filled(console)
    report = made(console)
    everyone = console.signed_in("truong", Role.SUPERVISOR)
    assert "Kinh Bắc" in everyone.get("/reports").text
    visitor = bound(console, "syt", "so-y-te")
    listed = visitor.get("/reports")
    assert "Quá hạn: 1 hồ sơ ở 1 đơn vị" in words(listed)
    page = visitor.get(f"/reports/{report}")
    assert "Sở Y tế" in page.text
    assert "Chỉ gồm các đơn vị thuộc phạm vi" in words(page)
    assert "Trợ lý tự động" not in words(page)
    told = visitor.get(f"/reports/{report}/files/json").text
    for seen in (listed.text, page.text, told, visitor.get(f"/reports/{report}/files/csv").text):
        assert "Kinh Bắc" not in seen
    assert json.loads(told)["figures"]["total"]["received"] == 0
    assert json.loads(told)["partial"] is True


@pytest.mark.parametrize("role", [Role.OFFICER, Role.TRAINER])
def test_others_see_no_reports(console: RunningConsole, role: Role) -> None:
    visitor = console.signed_in("lan", role)
    assert visitor.get("/reports").status_code == 403
    assert visitor.get("/reports/daily-2026-11-26-r1/files/json").status_code == 403


def test_an_auditor_reads_and_makes_none(console: RunningConsole) -> None:
    filled(console)
    made(console, "mail")
    visitor = console.signed_in("kiem", Role.AUDITOR)
    page = visitor.get("/reports")
    assert "Lập báo cáo ngay" not in words(page)
    assert "Gửi lại" not in words(page)
    assert visitor.post("/reports/make", {"kind": "daily", "day": "2026-11-26"}).status_code == 403
    assert visitor.post("/reports/deliveries/1/again").status_code == 403


@pytest.mark.parametrize("path", ["x", "daily-2026-11-26-r9", "%2e%2e%2fetc", "x" * 500, "%00", "<script>"])
def test_a_report_that_is_not_there_is_not_found(console: RunningConsole, path: str) -> None:
    assert console.signed_in("truong", Role.SUPERVISOR).get(f"/reports/{path}").status_code == 404


def test_units_are_found_by_name_and_a_hostile_name_is_text(console: RunningConsole) -> None:
    filled(console)
    register(console.database, dossier("x", unit_code="X", unit_name="<img src=x onerror=alert(1)>", place_id=None, agency=None))
    report = made(console)
    visitor = console.signed_in("truong", Role.SUPERVISOR)
    assert "<img src=x" not in visitor.get(f"/reports/{report}").text
    found = words(visitor.get(f"/reports/{report}?q=kinh bắc"))
    assert "1/" in found.split("đơn vị")[0] or "Kinh Bắc" in found
    assert "Không có đơn vị nào" in words(visitor.get(f"/reports/{report}?q=%3Cb%3E"))
    assert visitor.get("/reports?month=%3Cscript%3E").status_code == 400
    assert visitor.get("/reports?kind=x").status_code == 200


def test_alerts_are_read_anew_after_a_minute(console: RunningConsole) -> None:
    filled(console)
    visitor = console.signed_in("truong", Role.SUPERVISOR)
    visitor.get("/reports")
    register(console.database, dossier("d", **LATE))
    assert "Quá hạn: 2 hồ sơ" in words(visitor.get("/reports"))
    console.clock.now += timedelta(minutes=1)
    assert "Quá hạn: 3 hồ sơ" in words(visitor.get("/reports"))
