"""Labelling in a real browser: a label, a mark and an undo with the keyboard alone; accessibility, and a phone's width."""

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.conversations.clock import utc_now
from bot.labelling.agreement import set_second_share
from bot.labelling.groups import Grouping
from bot.storage.database import writing
from bot.storage.labelling_models import Label, LabelReason
from tests.bot.labelling.labelled import add_item
from tests.browser.test_console import PASSWORD, RunningConsole, check, sign_in
from tests.browser.test_console import console as console
from tests.browser.visits import Visitor

ASKED = "🙏 phí ở Từ Sơn của ⟦phone:x1⟧ bao nhiêu"


def test_messages_are_labelled_by_keyboard(visit: Visitor, console: RunningConsole) -> None:
    console.accounts.add(
        OPERATOR, "mai", AccountDetails("Nguyễn Thị Hạnh", None, (Role.TRAINER,), True, ()), PASSWORD, must_change=False
    )
    with writing(console.database.sessions) as session:
        set_second_share(session, 0, "mai", utc_now())
        for text in (ASKED, ASKED + "?", "cần giấy tờ gì"):
            ranking = [["ask_place", 0.5], ["ask_fee", 0.4]]
            item = add_item(session, text, at=utc_now() - timedelta(hours=1), ranking=ranking)
            session.add(LabelReason(item_id=item.id, reason="low_confidence"))
    Grouping(console.database.sessions, lambda: None).go_round(utc_now())
    page = visit(console.url + "/sign-in", width=1280).page
    sign_in(page, "mai")
    page.goto(console.url + "/labelling")
    check(page, "labelling")
    page.get_by_role("link", name="Bắt đầu gán nhãn").press("Enter")
    message = page.get_by_label("Câu của người dân")
    expect(message).to_have_value("🙏 phí ở Từ Sơn của [số điện thoại] bao nhiêu")
    expect(message).to_be_focused()
    page.get_by_text("Đánh dấu từ ngữ").press("Enter")
    message.evaluate("node => { node.focus(); node.setSelectionRange(9, 15); }")
    page.get_by_label("Chữ đang chọn là").select_option(label="Địa danh")
    page.get_by_role("button", name="Đánh dấu", exact=True).press("Enter")
    expect(page.locator("#marked")).to_contain_text("Địa danh: Từ Sơn")
    check(page, "labelling-message")
    message.focus()
    page.keyboard.press("2")
    expect(page.get_by_label("Hỏi phí, lệ phí")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Đã gán nhãn 2 câu. Phím U để rút lại.")
    with console.database.sessions() as session:
        labels = session.scalars(select(Label).order_by(Label.item_id)).all()
    assert [one.intent for one in labels] == ["ask_fee", "ask_fee"]
    (mark,) = labels[0].entities
    assert ASKED[mark["start"] : mark["end"]] == "Từ Sơn"
    expect(message).to_have_value("cần giấy tờ gì")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_have_text("Đã rút lại thao tác cuối.")
    page.set_viewport_size({"width": 320, "height": 740})
    check(page, "labelling-message")
    page.get_by_label("Ý khác: gõ vài chữ").fill("mau don")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Đã gán nhãn 2 câu")
    page.keyboard.press("s")
    expect(page.get_by_role("status").first).to_have_text("Đã để lại sau.")
    for path in ("agreement", "lists"):
        page.goto(f"{console.url}/labelling/{path}")
        check(page, f"labelling-{path}")
