"""The pages of service cards in a browser: they fit, can be used by everybody, and lead into the chat."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.cards.keeping import CardKeeper
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.conversations.clock import utc_now
from tests.browser.running_gateway import RunningGateway
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.test_layout_and_access import DARK, WIDTHS, violations
from tests.browser.visits import Visitor
from tests.shipped import CATALOGUE_FOLDER
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def cards(gateway: RunningGateway) -> str:
    """The address of the gateway, once the worker has written the shipped catalogue's cards."""

    def written() -> bool:
        return httpx.get(f"{gateway.url}/thu-tuc/1.004222", trust_env=False).status_code == 200

    wait_for(written, seconds=60, what="the first cards")
    return gateway.url


@WIDTHS
@DARK
def test_list_card_and_open_data_fit_and_have_no_axe_violation(visit: Visitor, cards: str, width: int, dark: bool) -> None:
    for path in ("/thu-tuc", "/thu-tuc?tim=khai+sinh", "/thu-tuc/1.004222", "/thu-tuc/9.999999", "/du-lieu-mo"):
        page = visit(cards + path, width=width, height=640, dark=dark).page
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        assert violations(page) == "", path


def test_from_the_search_to_the_card_to_the_chat_with_the_question_written(visit: Visitor, cards: str) -> None:
    page = visit(cards + "/thu-tuc", width=400, height=800).page
    page.get_by_role("searchbox").fill("nhap khau")
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("link", name="Đăng ký thường trú", exact=True).click()
    page.get_by_label("Trường hợp").select_option("Nhà thuê, mượn, ở nhờ")
    page.get_by_role("button", name="Xem", exact=True).click()
    expect(page.get_by_text("Hợp đồng, văn bản cho thuê")).to_be_visible()
    expect(page.get_by_text("giấy an toàn kỹ thuật của phương tiện")).to_have_count(0)
    page.get_by_role("link", name="Hỏi trợ lý về thủ tục này").click()
    box = page.get_by_label("Câu hỏi của Ông/Bà")
    expect(box).to_have_value("Tôi muốn hỏi về thủ tục Đăng ký thường trú (mã 1.004222)")
    expect(page.locator(".message.citizen")).to_have_count(0)
    assert "hoi=" not in page.url


@pytest.mark.parametrize(("width", "dark"), [(320, True), (1280, False)], ids=["phone-dark", "desktop"])
def test_civil_servants_see_which_cards_are_full(
    visit: Visitor, console: RunningConsole, width: int, dark: bool, tmp_path: Path
) -> None:
    source = ReviewedSource(CATALOGUE_FOLDER, tmp_path)
    CardKeeper(ReviewedNow(source, console.database.sessions), console.database.sessions).run(utc_now())
    login = f"kiem{width}"
    details = AccountDetails("Nguyễn Thị Hạnh", None, (Role.AUDITOR,), True, ())
    console.accounts.add(OPERATOR, login, details, PASSWORD, must_change=False)
    page = visit(console.url + "/sign-in", width=width, dark=dark).page
    sign_in(page, login)
    page.goto(console.url + "/cards?shown=all")
    expect(page.get_by_role("heading", name="Phiếu thông tin thủ tục")).to_be_visible()
    expect(page.get_by_text("Tỉ lệ phiếu đủ")).to_be_visible()
    check(page, "cards")
