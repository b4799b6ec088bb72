"""Campaigns in a real browser: the writer's pages, and what a citizen sees above the web chat."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.accounts.scope import ALL_AGENCIES
from bot.conversations.clock import utc_now
from bot.outreach.campaigns.content import Content
from bot.outreach.campaigns.counts import Step, count
from bot.outreach.campaigns.desk import Campaigns, Draft
from bot.outreach.campaigns.links import landing_of, link_code
from bot.outreach.campaigns.telling import start_due
from bot.storage.campaign_models import CampaignVisit
from bot.storage.database import Database, open_database, writing
from tests.bot.outreach.campaigns import PROCEDURES, Town, nothing
from tests.browser.running_gateway import RunningGateway
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor
from tests.moving_clock import MovingClock
from tests.waiting import wait_for


def running_campaign(database: Database) -> int:
    """One with a banner, which somebody else approved."""
    rows, now = Campaigns(database.sessions), utc_now()
    content = Content("Đăng ký thường trú", "Nộp qua mạng, không phải đi lại.", "Mang theo căn cước.", "1.004222")
    content = Content(**{**content.__dict__, "channels": ("webchat", "zalo")})
    number = rows.create(Draft(content, banner_until=now + timedelta(days=1)), "anna", None, now, nothing)
    rows.submit(number, PROCEDURES, ALL_AGENCIES, now, nothing)
    rows.approve(number, 1, "binh", PROCEDURES, ALL_AGENCIES, now, nothing)
    rows.start(number, ALL_AGENCIES, now, nothing)
    start_due(database.sessions, now)
    return number


@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, True)], ids=["phone", "desktop-dark"])
def test_a_campaign_is_written_previewed_and_read(visit: Visitor, console: RunningConsole, width: int, dark: bool) -> None:
    details = AccountDetails("Nguyễn Thị Hạnh", None, (Role.SUPERVISOR,), True, ())
    console.accounts.add(OPERATOR, f"viet{width}", details, PASSWORD, must_change=False)
    town = Town(console.database, MovingClock(utc_now()))
    town.citizen(f"tu-son-{width}", ward="phuong-tu-son")
    town.citizen(f"yen-the-{width}", "zalo", ward="xa-yen-the", acted=timedelta(days=4))
    page = visit(console.url + "/campaigns", width=width, dark=dark).page
    sign_in(page, f"viet{width}")
    page.goto(console.url + "/campaigns")
    check(page, "campaigns")
    page.get_by_role("link", name="Soạn tin mới").click()
    page.get_by_label("Tiêu đề").fill("Đăng ký thường trú qua mạng")
    page.get_by_label("Nội dung ngắn").fill("Từ ngày 05/08/2026, nộp qua mạng chỉ mất 10.000 đồng, không phải đi lại.")
    page.get_by_label("Nội dung dài").fill("Mang theo căn cước và giấy tờ về chỗ ở hợp pháp.")
    page.get_by_label("Thủ tục", exact=True).fill("1.004222")
    for name in ("Zalo", "Telegram", "Áp phích mã QR", "Loa truyền thanh"):
        page.get_by_label(name, exact=True).check()
    page.get_by_text("Mẫu tin Zalo").click()
    page.get_by_label("Mã mẫu Zalo").fill("310100")
    page.get_by_label("Tham số").first.fill("noi_dung = {text}\nlien_ket = {link}")
    page.get_by_text("Chọn xã, phường").click()
    check(page, "campaign-edit")
    page.get_by_role("button", name="Lưu bản nháp").click()
    expect(page.get_by_role("heading", name="Đăng ký thường trú qua mạng")).to_be_visible()
    page.get_by_label("Xã, phường").select_option("phuong-tu-son")
    page.get_by_role("button", name="Xem cho nơi này").click()
    expect(page.get_by_text("Kính thưa bà con phường Từ Sơn.")).to_be_visible()
    check(page, "campaign-draft")
    page.get_by_role("button", name="Trình duyệt").click()
    expect(page.get_by_text("Tin do chính tài khoản này soạn")).to_be_visible()
    number = int(page.url.rpartition("/")[2].partition("?")[0])
    steps: list[tuple[Step, int]] = [("reached", 120), ("delivered", 114), ("clicked", 40), ("started", 12), ("finished", 3)]
    with writing(console.database.sessions) as session:
        for step, n in steps:
            for _ in range(n):
                count(session, number, "zalo", "phuong-tu-son", step, utc_now())
        for _ in range(30):
            count(session, number, "telegram", "", "clicked", utc_now())
    page.reload()
    expect(page.get_by_role("img")).to_be_visible()
    check(page, "campaign-results")


def test_the_banner_is_read_followed_and_closed(visit: Visitor, gateway: RunningGateway) -> None:
    database = open_database(gateway.environment["DATABASE_URL"])
    try:
        number = running_campaign(database)
        page = visit(gateway.url, width=320).page
        banner = page.get_by_text("Đăng ký thường trú: Nộp qua mạng")
        expect(banner).to_be_visible()
        check(page, "webchat-banner")
        page.get_by_role("button", name="Đóng tin này").click()
        expect(banner).to_be_hidden()
        page.reload()
        expect(page.get_by_role("log")).to_be_visible()
        expect(banner).to_be_hidden()
        with writing(database.sessions) as session:
            code = link_code(session, number, "poster", "xa-yen-the")
            assert landing_of(session, code) is not None
        page.goto(f"{gateway.url}/c/{code}")
        expect(page.get_by_role("log").get_by_text("Mang theo căn cước.")).to_be_visible()
        assert "c=" not in page.url
        check(page, "webchat-arrived")

        def noted() -> list[str]:
            with database.sessions() as session:
                return [row.place_id for row in session.scalars(select(CampaignVisit)).all()]

        assert wait_for(noted, what="the visit") == ["xa-yen-the"]
        Campaigns(database.sessions).stop(number, ALL_AGENCIES, utc_now(), nothing)
    finally:
        database.engine.dispose()
