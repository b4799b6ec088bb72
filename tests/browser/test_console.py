"""The console in a real browser: signing in with a second factor by keyboard alone, accessibility, widths, the audit log."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.fernet import Fernet
from playwright.sync_api import Page, expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails, Accounts
from bot.accounts.permissions import Role
from bot.accounts.scope import agency_names
from bot.conversations.clock import utc_now
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, open_database, writing
from bot.storage.models import Conversation
from bot.storage.rights_models import RightsRequest
from tests.browser.running_console import console_process
from tests.browser.visits import Visitor
from tests.databases import migrated_sqlite
from tests.engine_process import free_port

PASSWORD = "một câu dài dễ nhớ"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PICTURES = os.environ.get("CONSOLE_PICTURES")
"""A folder that pictures of the pages are put into, to be looked at."""


@dataclass
class RunningConsole:
    """The console as a process, and who may sign in."""

    url: str
    accounts: Accounts
    database: Database
    ledger: str = ""
    models: Path = Path()
    made: int = 0

    def new_administrator(self) -> str:
        """The login name of a fresh administrator who is auditor too."""
        self.made += 1
        details = AccountDetails("Nguyễn Thị Hạnh", None, (Role.ADMINISTRATOR, Role.AUDITOR), True, ())
        self.accounts.add(OPERATOR, f"hanh{self.made}", details, PASSWORD, must_change=False)
        return f"hanh{self.made}"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A running one, on a fresh ledger."""
    folder, port = tmp_path_factory.mktemp("console"), free_port()
    ledger = migrated_sqlite(folder / "ledger.sqlite3")
    environment = os.environ | {
        "DATABASE_URL": ledger,
        "ENGINE_SECRET": "x",
        "LEDGER_KEY": Fernet.generate_key().decode(),
        "WEB_SESSION_SECRET": "x" * 40,
        "TRAINING_DIR": str(folder / "training"),
        "MODELS_DIR": str(folder / "models"),
    }
    database = open_database(ledger)
    try:
        with console_process(port, environment, folder / "log.txt") as address:
            accounts = Accounts(database.sessions, agency_names(PROJECT_ROOT / "data"), utc_now)
            yield RunningConsole(address, accounts, database, ledger, folder / "models")
    finally:
        database.engine.dispose()


def check(page: Page, name: str) -> None:
    """What must hold for every page: no fault that axe knows, nothing wider than the screen, targets of 44 pixels."""
    if PICTURES:
        size = page.viewport_size or {"width": 0}
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        picture = Path(PICTURES) / f"{name}-{size['width']}{'-dark' if dark else ''}.png"
        # Hiding the caret would need a style that the page's policy refuses.
        page.screenshot(path=picture, full_page=True, caret="initial")
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, f"{name}: {results.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
    small = page.evaluate(
        """() => [...document.querySelectorAll(
                'button, .button, summary, select, .menu a, .choice, input:not([type=hidden], [type=checkbox], [type=radio])')]
            .filter(node => node.checkVisibility() && node.getBoundingClientRect().height < 43.5)
            .map(node => node.outerHTML.slice(0, 80))"""
    )
    assert small == [], name


def open_from_menu(page: Page, name: str) -> None:
    """Opens a page from the menu, which is folded on a phone."""
    fold = page.get_by_role("button", name="Danh mục trang")
    if fold.is_visible():
        fold.click()
    page.get_by_role("navigation").get_by_role("link", name=name).click()


def sign_in(page: Page, login: str, name: str = "Nguyễn Thị Hạnh") -> pyotp.TOTP:
    """Signs in for the first time with the keyboard alone; the app that was set up."""
    page.get_by_label("Tên đăng nhập").focus()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thiết lập xác thực bước hai")).to_be_visible()
    check(page, "second-factor")
    app = pyotp.TOTP((page.locator("code.secret").text_content() or "").replace(" ", ""))
    page.get_by_label("Mã 6 số").focus()
    page.keyboard.type(app.now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mã dự phòng")).to_be_visible()
    check(page, "recovery-codes")
    page.get_by_role("link", name="Tôi đã cất giữ các mã").press("Enter")
    expect(page.get_by_role("heading", name=f"Chào {name}")).to_be_visible()
    return app


@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, True)], ids=["phone", "desktop-dark"])
def test_from_signing_in_to_a_new_account(visit: Visitor, console: RunningConsole, width: int, dark: bool) -> None:
    page = visit(console.url + "/accounts", width=width, dark=dark).page
    check(page, "sign-in")
    sign_in(page, console.new_administrator())
    check(page, "home")
    open_from_menu(page, "Tài khoản")
    page.get_by_role("link", name="Thêm tài khoản").click()
    page.get_by_label("Tên đăng nhập").fill(f"can.bo.{width}")
    page.get_by_label("Họ và tên").fill("Bùi Văn Nam")
    page.get_by_label("Cán bộ", exact=False).first.check()
    page.get_by_text("Chọn cơ quan").click()
    page.get_by_label("Trung tâm Phục vụ hành chính công xã, phường").check()
    check(page, "account-new")
    page.get_by_role("button", name="Thêm tài khoản").click()
    expect(page.locator("code.secret")).to_contain_text("/setup/")
    check(page, "account-link")
    page.get_by_role("link", name="Tôi đã chuyển liên kết").click()
    check(page, "account")
    open_from_menu(page, "Tài khoản")
    row = page.get_by_role("row").filter(has_text=f"can.bo.{width}")
    expect(row).to_contain_text("1 cơ quan")
    check(page, "accounts")
    page.get_by_role("link", name="Nguyễn Thị Hạnh").first.click()
    check(page, "me")


def test_the_audit_log_is_verified_in_place(visit: Visitor, console: RunningConsole) -> None:
    page = visit(console.url + "/audit", width=1280).page
    sign_in(page, console.new_administrator())
    open_from_menu(page, "Nhật ký kiểm toán")
    check(page, "audit")
    page.get_by_role("button", name="Kiểm tra tính toàn vẹn").press("Enter")
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"Nhật ký nguyên vẹn: \d+ dòng"))


def test_the_first_tab_leads_past_the_menu(visit: Visitor, console: RunningConsole) -> None:
    page = visit(console.url + "/sign-in", width=1280).page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Tới nội dung chính")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("button", name="Tiếp tục").focus()
    page.keyboard.press("Shift")
    assert (
        float(page.get_by_role("button", name="Tiếp tục").evaluate("node => parseFloat(getComputedStyle(node).outlineWidth)"))
        >= 2
    )


def test_a_wrong_password_is_read_aloud(visit: Visitor, console: RunningConsole) -> None:
    page = visit(console.url + "/sign-in", width=320).page
    page.get_by_label("Tên đăng nhập").fill("khong-co")
    page.get_by_label("Mật khẩu").fill("sai rồi")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    check(page, "sign-in-refused")


def _late_request(database: Database) -> None:
    """A citizen's request about their data that nobody has acknowledged in time."""
    opened = utc_now() - timedelta(days=7)
    with writing(database.sessions) as session:
        session.add(Conversation(id="late", channel="zalo", account="oa", external_id="late", opened_at=opened))
        session.flush()
        due, answer = opened.date() + timedelta(days=2), opened.date() + timedelta(days=14)
        words = "Tên của tôi viết sai, xin sửa lại thành Bùi Thị Lan."
        session.add(
            RightsRequest(
                conversation_id="late", kind="correct", words=words, opened_at=opened, acknowledge_by=due, answer_by=answer
            )
        )


def test_the_pages_that_keep_the_house_on_a_phone_and_a_desk(visit: Visitor, console: RunningConsole) -> None:
    _late_request(console.database)
    page = visit(console.url + "/switches/new?q=khai sinh", width=320).page
    sign_in(page, console.new_administrator())

    def both(name: str) -> None:
        check(page, name)
        page.set_viewport_size({"width": 1280, "height": 900})
        check(page, name)
        page.set_viewport_size({"width": 320, "height": 700})

    page.goto(console.url + "/switches/new?q=khai sinh")
    both("switch-choose")
    page.get_by_role("link", name="Đăng ký khai sinh", exact=True).press("Enter")
    page.get_by_label("Lý do").fill("sai mức lệ phí")
    page.get_by_label("Chỉ một câu trả lời").check()
    page.get_by_label("Câu trả lời (khi chỉ tắt một câu)").select_option("fee")
    page.get_by_label("Kết thúc").fill("hôm nay")
    page.get_by_role("button", name="Tắt", exact=True).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("05/08/2026 14:30")
    both("switch-off")
    page.get_by_label("Kết thúc").fill("2h")
    page.get_by_role("button", name="Tắt", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Đã ghi lệnh tắt")
    page.locator("summary").first.press("Enter")
    both("switches")
    page.goto(console.url + "/outages")
    page.get_by_label("Kết thúc").fill("2h")
    page.get_by_role("button", name="Đăng thông báo").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Đã đăng")
    both("outages")
    page.goto(console.url + "/rights")
    page.get_by_text("Kết thúc phiếu").first.press("Enter")
    both("rights")
    page.goto(console.url + "/rights/deletions")
    both("deletions")
    page.goto(console.url + "/teams")
    both("teams")
    page.get_by_role("link", name="Bộ phận tiếp nhận của Sở Tư pháp").press("Enter")
    both("team")
    page.goto(console.url + "/canned-replies/new")
    page.get_by_label("Tên câu mẫu").fill("Hẹn")
    page.get_by_label("Nội dung", exact=True).fill("Mời Ông/Bà tới {{ten_co_quan}}.")
    page.get_by_role("button", name="Xem trước").press("Enter")
    both("canned-reply")
    page.get_by_role("button", name="Lưu").press("Enter")
    both("canned-replies")
