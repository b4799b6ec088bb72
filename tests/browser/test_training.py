"""A trainer asks for a training, reads what was measured and proposes the model; a colleague approves it: in a real browser."""

from playwright.sync_api import Page, expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.conversations.clock import utc_now
from tests.bot.training.candidates import GOOD
from tests.bot.training.test_promotions import House
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor

BINS = [
    {"lower": 0.5, "upper": 0.7, "count": 12, "confidence": 0.62, "accuracy": 0.58},
    {"lower": 0.7, "upper": 0.9, "count": 40, "confidence": 0.82, "accuracy": 0.85},
    {"lower": 0.9, "upper": 1.0, "count": 248, "confidence": 0.97, "accuracy": 0.98},
]
RESULTS = {
    "confusions": [{"expected": "ask_fee", "got": "ask_payment", "count": 2}],
    "reliability": {"error": 0.02, "wrong_and_sure": 0.02, "bins": BINS},
}


def entered(visit: Visitor, console: RunningConsole, login: str, name: str, width: int) -> Page:
    details = AccountDetails(name, None, (Role.TRAINER,), True, ())
    console.accounts.add(OPERATOR, login, details, PASSWORD, must_change=False)
    page = visit(console.url + "/sign-in", width=width).page
    sign_in(page, login, name)
    return page


def test_a_model_is_trained_read_proposed_and_approved_by_another(visit: Visitor, console: RunningConsole) -> None:
    house = House(console.database, console.models)
    house.clock.now = utc_now()
    candidate = house.candidate(**(GOOD | RESULTS))
    an = entered(visit, console, "minhanh", "Đỗ Minh Anh", 1280)
    an.goto(console.url + "/training")
    check(an, "training")
    an.get_by_role("button", name="Bắt đầu huấn luyện").click()
    expect(an.get_by_role("status").first).to_contain_text("Đã ghi nhận")
    check(an, "training-job")
    an.goto(f"{console.url}/training/candidates/{candidate}")
    check(an, "training-results")
    an.set_viewport_size({"width": 320, "height": 740})
    check(an, "training-results")
    an.goto(console.url + "/promotions")
    check(an, "promotions")
    an.set_viewport_size({"width": 1280, "height": 800})
    an.get_by_text("Đề xuất mô hình này").click()
    proposing = an.locator("form[action='/promotions']")
    proposing.locator("input[name=reason]").fill("Hiểu đúng hơn câu hỏi lệ phí")
    proposing.get_by_role("button").click()
    expect(an.get_by_text("cần một người khác duyệt")).to_be_visible()
    binh = entered(visit, console, "haiyen", "Vũ Hải Yến", 320)
    binh.goto(an.url)
    check(binh, "promotion")
    approving = binh.locator("form[action$='/approve']")
    approving.locator("input[name=reason]").fill("Đã xem kết quả")
    approving.get_by_role("button").click()
    expect(binh.get_by_text("đang nạp mô hình").first).to_be_visible()
    an.goto(an.url)
    check(an, "promotion")
