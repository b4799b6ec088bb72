"""The level audit in a real browser: accessibility and widths of the list and of one procedure, a proposal by keyboard, approved
by a second person."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.conversations.clock import utc_now
from bot.levels.link_book import OfficialPage, note_look
from bot.levels.outcomes import LinkFinding
from bot.storage.database import writing
from bot.storage.evidence_models import RegisterRun
from tests.bot.levels.test_audit import dossier
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor
from tests.shipped import shipped_catalogue

CODE = "1.001193"
OUTCOMES = ("home_page", "ok", "script_only", "not_found_page", "too_slow")


@pytest.fixture(scope="module")
def filled(console: RunningConsole) -> RunningConsole:
    """The console over a ledger with looks and dossiers."""
    now = utc_now()
    with writing(console.database.sessions) as session:
        for number, one in enumerate(list(shipped_catalogue().procedures.values())[:30]):
            page = OfficialPage(one.code, (one.name,), one.official_link.url)
            note_look(session, page, LinkFinding(OUTCOMES[number % len(OUTCOMES)], "", "dichvucong.gov.vn"), now)  # type: ignore[arg-type]
        session.add(RegisterRun(kind="whole", started_at=now, finished_at=now, complete=True))
        session.add_all(
            dossier(n, CODE, "online" if n % 3 else "direct", now - timedelta(days=n), ended_at=now, electronic_result=n % 2 == 0)
            for n in range(12)
        )
    return console


@pytest.mark.parametrize(("width", "dark"), [(320, True), (1280, False)], ids=["phone-dark", "desktop"])
def test_a_procedure_is_found_stopped_by_two_and_listed(visit: Visitor, filled: RunningConsole, width: int, dark: bool) -> None:
    for login, name in ((f"hanh.{width}", "Nguyễn Thị Hạnh"), (f"binh.{width}", "Trần Thị Bình")):
        filled.accounts.add(
            OPERATOR, login, AccountDetails(name, None, (Role.SUPERVISOR,), True, ()), PASSWORD, must_change=False
        )
    code = CODE if width == 1280 else "1.000894"
    page = visit(filled.url + "/levels", width=width, dark=dark).page
    sign_in(page, f"hanh.{width}")
    page.goto(filled.url + "/levels?show=all")
    check(page, "levels")
    page.get_by_label("Mã hoặc tên thủ tục").fill(code)
    page.keyboard.press("Enter")
    page.get_by_role("table").get_by_role("link").first.click()
    check(page, "levels-procedure")
    page.get_by_text("Đề xuất tạm ngừng nộp trực tuyến").press("Enter")
    page.get_by_label("Tạm ngừng nộp trực tuyến").check()
    proposal = page.locator("#propose")
    proposal.get_by_label("Lý do", exact=True).select_option(label="Không phát sinh hồ sơ")
    proposal.get_by_label("Nói với người dân vì sao").fill("Trang nộp hồ sơ của Cổng đang được làm lại.")
    proposal.get_by_label("Căn cứ pháp lý").fill("Nghị định 224/2026/NĐ-CP, điều 14")
    proposal.get_by_label("Ngày xem xét lại").fill((utc_now() + timedelta(days=60)).strftime("%Y-%m-%d"))
    proposal.get_by_role("button", name="Gửi đề xuất").press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("có điều phải xác nhận")
    check(page, "levels-warned")
    for box in page.locator(".warned input").all():
        box.check()
    page.locator("#propose").get_by_role("button", name="Gửi đề xuất").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi đề xuất")
    check(page, "levels-own-proposal")

    other = visit(filled.url + f"/levels/{code}", width=width, dark=dark).page
    sign_in(other, f"binh.{width}", "Trần Thị Bình")
    other.goto(filled.url + f"/levels/{code}")
    check(other, "levels-to-approve")
    other.get_by_role("button", name="Duyệt", exact=True).press("Enter")
    expect(other.get_by_role("status").first).to_contain_text("Đã duyệt")
    other.get_by_text("Chi tiết").first.press("Enter")
    check(other, "levels-stopped")
