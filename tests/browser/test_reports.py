"""The reports of the units in a real browser: made, read and taken away; accessibility and widths."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.conversations.clock import utc_now
from bot.storage.database import writing
from bot.storage.report_models import ReportDelivery
from tests.bot.reporting.dossiers import dossier, register
from tests.browser.test_console import PASSWORD, RunningConsole, check, open_from_menu, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor


@pytest.fixture
def supervisor(console: RunningConsole) -> str:
    """The login of a supervisor; a dossier is overdue since an hour ago."""
    details = AccountDetails("Nguyễn Thị Hạnh", None, (Role.SUPERVISOR,), True, ())
    console.made += 1
    login, now = f"bao.cao.{console.made}", utc_now()
    console.accounts.add(OPERATOR, login, details, PASSWORD, must_change=False)
    times = {"received_at": now - timedelta(days=3), "due_at": now - timedelta(hours=1), "seen_at": now}
    register(console.database, dossier(login, **times), dossier(f"{login}-2", unit_code="SYT", unit_name="Sở Y tế", **times))
    return login


@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, True)], ids=["phone", "desktop-dark"])
def test_a_report_is_made_read_and_taken_away(
    visit: Visitor, console: RunningConsole, supervisor: str, width: int, dark: bool
) -> None:
    page = visit(console.url + "/sign-in", width=width, dark=dark).page
    sign_in(page, supervisor)
    open_from_menu(page, "Báo cáo các đơn vị")
    page.locator("summary").first.press("Enter")
    expect(page.get_by_text("Sở Y tế").first).to_be_visible()
    check(page, "reports")
    page.get_by_role("button", name="Lập báo cáo ngày").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Báo cáo ngày")
    report, now = page.url.rpartition("/")[2].partition("?")[0], utc_now()
    with writing(console.database.sessions) as session:
        for destination, state in (("mail", "waiting"), ("webhook", "failed")):
            times = {"created_at": now, "next_try_at": now}
            session.add(ReportDelivery(report_id=report, destination=destination, state=state, error="http_503", **times))
    page.reload()
    page.locator("summary").first.press("Enter")
    check(page, "report")
    with page.expect_download() as told:
        page.get_by_role("link", name="Tải PDF").click()
    assert told.value.suggested_filename == f"{report}.pdf"
    page.get_by_role("button", name="Gửi lại").first.click()
    expect(page.get_by_role("status")).to_contain_text("sẽ được gửi lại")
    open_from_menu(page, "Báo cáo các đơn vị")
    check(page, "reports-sent")
