"""Editing the training data in a real browser: an entity marked by selecting text, the checks, accessibility, widths."""

import re

import pytest
from playwright.sync_api import expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor


@pytest.fixture
def trainer(console: RunningConsole) -> str:
    """The login of a trainer."""
    details = AccountDetails("Nguyễn Thị Hạnh", None, (Role.TRAINER,), True, ())
    console.accounts.add(OPERATOR, "lan", details, PASSWORD, must_change=False)
    return "lan"


def test_an_entity_is_marked_and_the_change_checked(visit: Visitor, console: RunningConsole, trainer: str) -> None:
    page = visit(console.url + "/sign-in", width=1280).page
    sign_in(page, trainer)
    page.goto(console.url + "/training-data")
    check(page, "training-data")
    page.get_by_role("link", name="deny", exact=True).click()
    page.get_by_label("Tìm trong ý định này").fill("khong phai thu tuc")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deny?q=*")
    check(page, "training-intent")
    page.get_by_role("link", name="Sửa không phải thủ tục này").click()
    page.get_by_label("Câu mẫu của deny").evaluate("field => field.setSelectionRange(11, 18)")
    page.get_by_label("Thực thể", exact=True).select_option("procedure_mention")
    page.get_by_role("button", name="Đánh dấu phần đã bôi đen").click()
    expect(page.get_by_label("Câu mẫu của deny")).to_have_value("không phải [thủ tục](procedure_mention) này")
    check(page, "training-example")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".diff-line.added")).to_contain_text("[thủ tục](procedure_mention)")
    # Rasa's own check may be running still, or be done.
    expect(page.locator("#checks")).to_contain_text(re.compile("Rasa đang kiểm tra|đạt"))
    page.set_viewport_size({"width": 320, "height": 740})
    check(page, "training-proposal")
    for name, path in (
        ("training-data", "/training-data"),
        ("training-intent", "/training-data/intents/greet"),
        ("training-file", "/training-data/file?path=data/rules/small_talk.yml"),
        ("training-matter", "/training-data/aliases/1.011017"),
        ("training-import", "/training-data/import"),
        ("training-history", "/training-data/history"),
        ("proposals", "/proposals"),
    ):
        page.goto(console.url + path)
        check(page, name)
