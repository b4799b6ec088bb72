"""The review in a real browser: finding a conversation, judging an answer by keyboard, accessibility, widths."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.conversations.private_values import PrivateValues
from bot.messages import BotMessage
from bot.officers.approvals import submit_reply
from bot.officers.taking import claim_conversation
from bot.officers.teams import load_teams
from bot.review.index import index_everything
from bot.settings import PROJECT_ROOT
from bot.storage.database import open_database
from tests.bot.officers.office import LAN, MONDAY_NINE, Office
from tests.bot.review.talks import talk
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor
from tests.moving_clock import MovingClock


@pytest.fixture
def supervisor(console: RunningConsole, ledger: Office) -> str:
    """The login of a supervisor for all agencies, over a ledger with a few conversations."""
    details = AccountDetails("Nguyễn Thị Hạnh", None, (Role.SUPERVISOR,), True, ())
    console.accounts.add(OPERATOR, "chi", details, PASSWORD, must_change=False)
    first = talk(
        ledger, "Làm lại giấy khai sinh cho con mất bao nhiêu tiền?", "Lệ phí khai sinh là **8.000 đồng**.", confidence=0.42
    )
    ledger.asks_for_person(first)
    claim_conversation(ledger.sessions, first, LAN, ledger.clock())
    message = BotMessage("Trường hợp của Ông/Bà được miễn lệ phí.")
    submit_reply(ledger.sessions, ledger.private, ledger.teams.fallback, first, LAN, message, "k", ledger.clock())
    talk(ledger, "Giấy tờ đăng ký kết hôn?", "Cần căn cước và giấy xác nhận tình trạng hôn nhân.")
    index_everything(ledger.sessions)
    return "chi"


@pytest.fixture
def ledger(console: RunningConsole) -> Iterator[Office]:
    """The running console's ledger."""
    database = open_database(console.ledger)
    clock = MovingClock(MONDAY_NINE)
    private = PrivateValues(database.sessions, Fernet.generate_key().decode(), clock)
    yield Office(database, clock, load_teams(PROJECT_ROOT / "data"), private)
    database.engine.dispose()


def test_a_conversation_is_found_read_and_judged_by_keyboard(visit: Visitor, console: RunningConsole, supervisor: str) -> None:
    page = visit(console.url + "/sign-in", width=1280).page
    sign_in(page, supervisor)
    page.goto(console.url + "/transcripts")
    page.get_by_label("Từ cần tìm").fill('"khai sinh" bao nhieu')
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Tìm thấy 1 cuộc trò chuyện.")
    check(page, "transcripts")
    page.get_by_text("Bộ lọc", exact=True).press("Enter")
    check(page, "transcripts-filters")
    with page.expect_download() as download:
        page.get_by_role("link", name="Xuất PDF").click()
    if pictures := os.environ.get("CONSOLE_PICTURES"):
        download.value.save_as(Path(pictures) / "transcripts.pdf")
    page.get_by_role("link", name="Trang web").click()
    judging = page.get_by_text("Đánh giá câu trả lời này").nth(1)
    judging.focus()
    page.keyboard.press("Enter")
    check(page, "transcript-judging")
    form = page.locator("form").filter(has=page.get_by_role("button", name="Ghi nhận trả lời sai"))
    form.get_by_label("Nếu sai: loại lỗi").select_option(label="Sai thông tin (phí, giấy tờ, thời hạn…)")
    form.get_by_label("Câu trả lời đúng (nếu biết)").fill("Trẻ em được miễn lệ phí.")
    form.get_by_role("button", name="Ghi nhận trả lời sai").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Đã ghi nhận đánh giá.")
    expect(page.locator(".judgement")).to_contain_text("Trả lời sai: Sai thông tin")
    page.set_viewport_size({"width": 360, "height": 740})
    check(page, "transcript")
    page.goto(console.url + "/transcripts")
    check(page, "transcripts")
    page.goto(console.url + "/approvals")
    page.get_by_text("Duyệt hoặc sửa rồi duyệt").press("Enter")
    check(page, "approvals")
    page.get_by_role("button", name="Duyệt và gửi").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Đã duyệt; câu trả lời đã được gửi đi.")
