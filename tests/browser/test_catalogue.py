"""The catalogue's pages in a real browser: a fee changed on a phone, read as citizens read it, and every list usable there."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.catalogue.importing.agencies import load_agency_names
from bot.catalogue.importing.run import import_source
from bot.conversations.clock import utc_now
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor
from tests.shipped import CATALOGUE_FOLDER, shipped_catalogue

CODE = "1.000656"
RECORDS = Path(__file__).parents[1] / "bot" / "catalogue" / "importing" / "fixtures" / "records.jsonl"


@pytest.fixture
def trainer(console: RunningConsole, tmp_path: Path) -> str:
    """A trainer, and an import that says something else of a reviewed procedure."""
    details = AccountDetails("Nguyễn Thị Hạnh", None, (Role.TRAINER,), True, ())
    console.accounts.add(OPERATOR, "lan", details, PASSWORD, must_change=False)
    records = [json.loads(line) for line in RECORDS.read_text(encoding="utf-8").splitlines()]
    records[0]["code"] = CODE
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    names = load_agency_names(CATALOGUE_FOLDER, shipped_catalogue().agencies)
    import_source(path, console.database.sessions, names, utc_now())
    return "lan"


def _new_fee(page: Page) -> None:
    row = page.get_by_role("group", name="Dòng mới")
    row.get_by_label("Loại mức thu").select_option("amount")
    row.get_by_label("Số tiền (đồng)").fill("50.000")
    row.get_by_label("Độ chắc chắn").select_option("sure")


def test_a_fee_is_changed_on_a_phone(visit: Visitor, console: RunningConsole, trainer: str) -> None:
    page = visit(console.url + "/sign-in", width=320).page
    sign_in(page, trainer)
    page.goto(console.url + "/catalogue?q=bo%20mat")
    check(page, "catalogue")
    page.get_by_role("link", name="Đăng ký khai tử").first.click()
    check(page, "catalogue-procedure")
    page.get_by_role("link", name="Sửa Phí, lệ phí").click()
    _new_fee(page)
    page.get_by_role("button", name="Xem trước và kiểm tra").click()
    expect(page.get_by_text("- 50.000 đồng")).to_be_visible()
    check(page, "catalogue-preview")
    page.get_by_label("Lý do sửa").fill("Nghị quyết 12/2026/NQ-HĐND")
    page.get_by_role("button", name="Gửi người thứ hai duyệt").click()
    expect(page.get_by_text("Đã gửi đề xuất")).to_be_visible()
    pages = ("/catalogue-approvals", "/catalogue-approvals/1", "/catalogue-approvals/releases", "/catalogue/differences",
             "/catalogue/expiry", "/catalogue/changes")  # fmt: skip
    for path in pages:
        page.goto(console.url + path)
        check(page, path.strip("/").replace("/", "-"))
