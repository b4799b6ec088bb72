"""The page at every size and for everyone: no sideways scrolling, WCAG 2.2 AA, keyboard, screen reader."""

from datetime import timedelta
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from bot.conversations.clock import utc_now
from bot.storage.database import open_database
from bot.switches.store import announce_outage, withdraw_outage
from tests.browser.answers import Answers
from tests.browser.foreign_site import ForeignSite
from tests.browser.running_gateway import RunningGateway
from tests.browser.visits import Visitor, ask
from tests.waiting import wait_for

WIDTHS = pytest.mark.parametrize("width", [320, 1280])
DARK = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(place: Page | Frame) -> str:
    results = Axe().run(place, options=RULES)
    return results.generate_report() if results.violations_count else ""


def assert_fits(place: Page | Frame) -> None:
    wide = place.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.page, .log, .bar, .composer, .bubble')]
            .filter(node => node.scrollWidth > node.clientWidth + (node === document.documentElement ? 0 : 1))
            .map(node => `${node.className || node.tagName}: ${node.scrollWidth} > ${node.clientWidth}`)"""
    )
    assert wide == []


def small_targets(place: Page | Frame) -> list[str]:
    found: list[str] = place.evaluate(
        """() => [...document.querySelectorAll('button, textarea, a.choice')]
            .filter(node => node.checkVisibility())
            .map(node => [node.textContent, node.getBoundingClientRect()])
            .filter(([, box]) => box.width < 44 || box.height < 44)
            .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""
    )
    return found


def fill_with_everything(page: Page) -> None:
    """A conversation with each kind of bubble, a failed message and a waiting officer."""
    for question in ("khai sinh", "từ dài", "x" * 1_500, "độc hại"):
        answers = page.locator(".message.bot").count()
        ask(page, question)
        expect(page.locator(".message.bot")).to_have_count(answers + 1)
    page.get_by_role("button", name="Lệ phí", exact=True).click()
    page.get_by_role("button", name="Gặp cán bộ").first.click()
    expect(page.get_by_text("Đang chờ cán bộ")).to_be_visible()
    page.route("**/webchat/messages", lambda route: route.fulfill(status=429, body="{}"))
    ask(page, "không gửi được " + "y" * 300)
    expect(page.get_by_role("button", name="Gửi lại")).to_be_visible()


@WIDTHS
@DARK
def test_a_full_conversation_fits_and_has_no_axe_violation(
    visit: Visitor, gateway: RunningGateway, width: int, dark: bool
) -> None:
    page = visit(gateway.url + "/", width=width, height=640, dark=dark).page
    expect(page.locator(".message").first).to_be_visible()
    assert violations(page) == ""
    fill_with_everything(page)
    assert_fits(page)
    assert small_targets(page) == []
    assert violations(page) == ""
    page.get_by_role("button", name="Đoạn chat mới").click()
    assert violations(page) == ""


@WIDTHS
@DARK
def test_the_open_widget_and_its_frame_have_no_axe_violation(
    visit: Visitor, foreign_site: ForeignSite, width: int, dark: bool
) -> None:
    page = visit(foreign_site.origin + "/", width=width, height=640, dark=dark).page
    launcher = page.get_by_role("button", name="Chat với trợ lý Một Cửa")
    expect(launcher).to_be_visible()
    assert violations(page) == ""
    launcher.click()
    frame = next(frame for frame in page.frames if frame != page.main_frame)
    expect(page.frame_locator("iframe").locator(".message").first).to_be_visible()
    assert violations(page) == ""
    assert violations(frame) == ""
    assert_fits(frame)
    assert small_targets(frame) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize(("width", "height"), [*product([320, 360], [256, 640]), (768, 1024)])
def test_the_largest_letters_fit_on_small_screens(visit: Visitor, gateway: RunningGateway, width: int, height: int) -> None:
    page = visit(gateway.url + "/", width=width, height=height).page
    larger = page.get_by_role("button", name="Phóng to chữ")
    for _ in range(3):
        larger.click()
    ask(page, "từ dài")
    expect(page.locator(".message.bot")).to_have_count(2)
    assert_fits(page)
    box, log = page.get_by_label("Câu hỏi của Ông/Bà").bounding_box(), page.get_by_role("log").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    assert log is not None
    assert log["height"] >= 44
    expect(page.get_by_text("Tôi là trợ lý tự động.", exact=True)).to_be_in_viewport()


def test_a_keyboard_that_takes_half_the_screen_leaves_the_box_in_sight(visit: Visitor, gateway: RunningGateway) -> None:
    page = visit(gateway.url + "/", width=360, height=740).page
    ask(page, "khai sinh")
    expect(page.get_by_role("button", name="Nộp ở đâu?")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 380})
    expect(page.get_by_label("Câu hỏi của Ông/Bà")).to_be_in_viewport(ratio=1)
    expect(page.locator(".choice").last).to_be_in_viewport()


def test_after_a_long_answer_the_next_one_is_in_sight_though_its_question_took_two_lines(
    visit: Visitor, gateway: RunningGateway
) -> None:
    page = visit(gateway.url + "/", width=360, height=740).page
    ask(page, "thật dài")
    expect(page.locator(".message.bot")).to_have_count(2)
    page.wait_for_timeout(300)
    ask(page, "đăng ký khai sinh cho con thì phải mang theo những giấy tờ nào và nộp ở chỗ nào cho gần")
    expect(page.locator(".message.bot")).to_have_count(3)
    expect(page.locator(".choice").last).to_be_in_viewport()
    expect(page.get_by_role("button", name="Tin mới")).to_be_hidden()


def test_the_first_tab_leads_past_everything_to_the_box(chat: Page) -> None:
    chat.keyboard.press("Tab")
    skip = chat.get_by_role("link", name="Tới ô nhập câu hỏi")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    chat.keyboard.press("Enter")
    expect(chat.get_by_label("Câu hỏi của Ông/Bà")).to_be_focused()


def test_tab_reaches_everything_in_reading_order(chat: Page) -> None:
    ask(chat, "khai sinh")
    expect(chat.get_by_role("button", name="Nộp ở đâu?")).to_be_visible()
    chat.locator("body").evaluate("() => document.activeElement.blur()")
    chat.get_by_role("link", name="Tới ô nhập câu hỏi").focus()
    seen: list[str] = []
    while "message-text" not in seen and len(seen) < 20:
        chat.keyboard.press("Tab")
        seen.append(chat.evaluate("document.activeElement.id || document.activeElement.classList[0] || 'source'"))
        if seen[-1] == "tool":
            seen[-1] = chat.evaluate("document.activeElement.classList[1]")
    choices = ["choice"] * 3  # the answer offers three, the greeting one more
    assert seen == ["officer", "new-chat", "smaller", "larger", "log", "choice", *choices, "source", *choices, "message-text"]


def test_focus_is_always_visible(chat: Page) -> None:
    for name in ("Gặp cán bộ", "Đoạn chat mới", "Phóng to chữ", "Gửi"):
        button = chat.get_by_role("button", name=name).first
        button.focus()
        chat.keyboard.press("Shift")
        assert float(button.evaluate("node => parseFloat(getComputedStyle(node).outlineWidth)")) >= 2


def test_new_messages_are_announced_politely_and_history_is_not(chat: Page) -> None:
    log = chat.get_by_role("log", name="Nội dung trò chuyện")
    expect(log).to_have_attribute("aria-live", "polite")
    ask(chat, "khai sinh")
    expect(log.get_by_role("listitem").filter(has_text="Trợ lý tự động").last).to_contain_text("Hồ sơ Đăng ký khai sinh")
    expect(log.get_by_role("listitem").filter(has_text="Ông/Bà").first).to_be_attached()
    chat.add_init_script("""new MutationObserver(changes => {
        const added = changes.some(change => [...change.addedNodes].some(node => node.matches?.('.message[data-seq]')));
        const log = document.querySelector('.log');
        if (added && log) (window.liveDuringLoad ??= []).push(log.getAttribute('aria-live'));
    }).observe(document, {childList: true, subtree: true});""")
    chat.reload()
    expect(log.locator(".message")).to_have_count(3)
    assert set(chat.evaluate("window.liveDuringLoad")) == {"off"}
    expect(log).to_have_attribute("aria-live", "polite")


def test_a_message_that_was_read_aloud_once_is_not_added_again_when_confirmed(chat: Page) -> None:
    chat.evaluate("""() => {
        window.added = [];
        new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
            if (node.matches?.('.message.citizen')) window.added.push(node.textContent);
        }))).observe(document.querySelector('.log'), {childList: true, subtree: true});
    }""")
    ask(chat, "đọc một lần")
    expect(chat.locator(".message.bot").last).to_contain_text("đọc một lần")
    expect(chat.locator(".message.citizen")).to_have_count(1)
    assert len(chat.evaluate("window.added")) == 1


def test_a_long_answer_is_shown_from_its_beginning(visit: Visitor, gateway: RunningGateway) -> None:
    page = visit(gateway.url + "/", width=360, height=740).page
    ask(page, "thật dài")
    expect(page.get_by_text("Đầu câu trả lời")).to_be_in_viewport()
    page.get_by_role("log").evaluate("node => { node.scrollTop = 0; }")
    ask(page, "tiếp theo")
    expect(page.get_by_text("Ông/Bà hỏi: tiếp theo")).to_be_in_viewport()


def test_who_reads_above_is_not_torn_away_by_a_new_message(visit: Visitor, gateway: RunningGateway, answers: Answers) -> None:
    page = visit(gateway.url + "/", width=360, height=740).page
    ask(page, "thật dài")
    expect(page.get_by_text("Đầu câu trả lời")).to_be_in_viewport()
    answers.hold()
    ask(page, "tin đến sau")
    expect(page.get_by_text("Trợ lý đang trả lời")).to_be_visible()
    page.get_by_role("log").evaluate("node => { node.scrollTop = 0; }")
    expect(page.get_by_text("Kính chào")).to_be_in_viewport()
    answers.release()
    expect(page.get_by_role("button", name="Tin mới")).to_be_visible()
    expect(page.get_by_text("Kính chào")).to_be_in_viewport()
    page.get_by_role("button", name="Tin mới").click()
    expect(page.get_by_text("Ông/Bà hỏi: tin đến sau")).to_be_in_viewport()


def test_paper_shows_the_conversation_alone(chat: Page) -> None:
    ask(chat, "khai sinh")
    expect(chat.get_by_role("button", name="Nộp ở đâu?")).to_be_visible()
    chat.emulate_media(media="print")
    expect(chat.get_by_text("Hồ sơ Đăng ký khai sinh gồm:")).to_be_visible()
    for hidden in (".composer", ".tools", "button.choice"):
        expect(chat.locator(hidden).first).to_be_hidden()


def test_an_announced_outage_is_shown_in_a_live_region_and_goes_by_itself(chat: Page, gateway: RunningGateway) -> None:
    board = chat.locator(".notices")
    expect(board).to_be_empty()
    expect(board).to_have_attribute("aria-live", "polite")
    sessions = open_database(gateway.environment["DATABASE_URL"]).sessions
    now = utc_now()
    number = announce_outage(
        sessions, "all", starts_at=now, ends_at=now + timedelta(hours=1), by="An", now=now, text_vi="Hệ thống bảo trì đến 15:00."
    )
    look = "void document.dispatchEvent(new Event('visibilitychange'))"
    try:
        wait_for(lambda: chat.evaluate(look) or chat.wait_for_timeout(300) or board.inner_text() != "", what="the notice")
        expect(board).to_have_text("Hệ thống bảo trì đến 15:00.")
        assert violations(chat) == ""
    finally:
        withdraw_outage(sessions, number, by="An", now=utc_now())
    wait_for(lambda: chat.evaluate(look) or chat.wait_for_timeout(300) or board.inner_text() == "", what="its end")
