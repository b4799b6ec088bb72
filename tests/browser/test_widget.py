"""The widget on a site of another origin, under that site's strict Content-Security-Policy."""

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.answers import Answers
from tests.browser.foreign_site import ForeignSite
from tests.browser.running_gateway import RunningGateway
from tests.browser.visits import Visitor
from tests.waiting import wait_for


def launcher(page: Page) -> Locator:
    return page.get_by_role("button", name="Chat với trợ lý Một Cửa")


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("#motcua-widget iframe")


def open_widget(visit: Visitor, foreign_site: ForeignSite, path: str = "/", **size: int) -> Page:
    page = visit(foreign_site.origin + path, **size).page
    launcher(page).click()
    expect(inside(page).locator(".message").first).to_be_visible()
    return page


def ask_inside(page: Page, text: str) -> None:
    box = inside(page).get_by_label("Câu hỏi của Ông/Bà")
    box.fill(text)
    box.press("Enter")
    expect(inside(page).locator(".message.bot").last).to_contain_text(f"Ông/Bà hỏi: {text}")


def test_opening_by_keyboard_leads_into_the_box_and_closing_leads_back(visit: Visitor, foreign_site: ForeignSite) -> None:
    page = visit(foreign_site.origin + "/").page
    launcher(page).focus()
    expect(launcher(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    box = inside(page).get_by_label("Câu hỏi của Ông/Bà")
    expect(box).to_be_focused()
    page.keyboard.type("hỏi từ trang khác")
    page.keyboard.press("Enter")
    expect(inside(page).locator(".message.bot").last).to_contain_text("Ông/Bà hỏi: hỏi từ trang khác")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher(page)).to_be_focused()


def test_the_close_button_closes_and_the_conversation_is_there_again(visit: Visitor, foreign_site: ForeignSite) -> None:
    page = open_widget(visit, foreign_site)
    ask_inside(page, "một")
    inside(page).get_by_role("button", name="Đóng cửa sổ chat").click()
    expect(launcher(page)).to_be_focused()
    launcher(page).click()
    expect(inside(page).locator(".message.citizen")).to_have_count(1)


def test_an_answer_to_a_closed_widget_is_counted_and_seen_again_clears_the_count(
    visit: Visitor, foreign_site: ForeignSite, answers: Answers
) -> None:
    page = open_widget(visit, foreign_site)
    answers.hold()
    box = inside(page).get_by_label("Câu hỏi của Ông/Bà")
    box.fill("đóng trước khi trả lời")
    box.press("Enter")
    expect(inside(page).get_by_text("Trợ lý đang trả lời")).to_be_visible()
    page.keyboard.press("Escape")
    answers.release()
    expect(page.get_by_role("button", name="1 tin chưa đọc")).to_be_visible()
    launcher(page).click()
    expect(inside(page).locator(".message.bot").last).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(launcher(page)).to_be_visible()
    expect(page.get_by_role("button", name="tin chưa đọc")).to_have_count(0)


def test_the_next_page_of_the_site_goes_on_with_the_open_chat_and_keeps_the_focus(
    ordinary_window: Page, foreign_site: ForeignSite
) -> None:
    ordinary_window.goto(foreign_site.origin + "/")
    launcher(ordinary_window).click()
    ask_inside(ordinary_window, "trước khi sang trang")
    ordinary_window.goto(foreign_site.origin + "/left")
    expect(inside(ordinary_window).locator(".message.citizen")).to_contain_text("trước khi sang trang")
    assert ordinary_window.evaluate("document.activeElement === document.body")


def test_a_private_window_opens_the_widget_again_on_the_next_page(visit: Visitor, foreign_site: ForeignSite) -> None:
    page = open_widget(visit, foreign_site)
    page.goto(foreign_site.origin + "/left")
    ask_inside(page, "không có bộ nhớ")


def test_it_fills_a_telephone_and_is_a_window_on_a_desktop(visit: Visitor, foreign_site: ForeignSite) -> None:
    phone = open_widget(visit, foreign_site, width=360, height=740).get_by_role("dialog").bounding_box()
    assert phone == {"x": 0, "y": 0, "width": 360, "height": 740}
    desktop = open_widget(visit, foreign_site).get_by_role("dialog").bounding_box()
    assert desktop is not None
    assert desktop["width"] == 400
    assert desktop["x"] > 800


def test_position_and_language_follow_the_attributes(visit: Visitor, foreign_site: ForeignSite) -> None:
    left = visit(foreign_site.origin + "/left").page
    box = launcher(left).bounding_box()
    assert box is not None
    assert box["x"] < 100
    english = visit(foreign_site.origin + "/en").page
    english.get_by_role("button", name="Chat with the Một Cửa assistant").click()
    expect(inside(english).get_by_role("button", name="Talk to an officer").first).to_be_visible()


def test_the_script_included_twice_gives_one_widget(visit: Visitor, gateway: RunningGateway, foreign_site: ForeignSite) -> None:
    page = visit(foreign_site.origin + "/").page
    expect(launcher(page)).to_be_visible()
    page.add_script_tag(url=gateway.url + "/widget.js")
    expect(page.locator("#motcua-widget")).to_have_count(1)


def test_messages_of_strangers_move_nothing(visit: Visitor, foreign_site: ForeignSite) -> None:
    page = open_widget(visit, foreign_site)
    ask_inside(page, "bí mật")
    page.evaluate("""() => {
        window.heard = [];
        addEventListener('message', event => window.heard.push(JSON.stringify(event.data)));
        postMessage({source: 'motcua-frame', type: 'close'}, '*');
        postMessage({source: 'motcua-frame', type: 'unread', count: 7}, '*');
    }""")
    wait_for(lambda: page.evaluate("window.heard.length") >= 2, what="the strangers' messages")
    expect(page.get_by_role("dialog")).to_be_visible()
    ask_inside(page, "còn bí mật")
    assert not any("bí mật" in heard for heard in page.evaluate("window.heard"))


def test_the_host_pages_style_does_not_reach_the_button(visit: Visitor, foreign_site: ForeignSite) -> None:
    page = visit(foreign_site.origin + "/").page
    before = launcher(page).bounding_box()
    page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { font-size: 40px !important; color: red } button { display: none !important }');
        document.adoptedStyleSheets = [sheet];
    }""")
    expect(launcher(page)).to_be_visible()
    assert launcher(page).bounding_box() == before


def test_a_site_that_is_not_allowed_is_offered_the_chat_page_instead(
    visit: Visitor, gateway: RunningGateway, foreign_site: ForeignSite
) -> None:
    opened = visit("about:blank")
    page = opened.page
    page.clock.install()
    # The same page under an address that stands in no setting.
    page.goto(foreign_site.origin.replace("localhost", "127.0.0.1") + "/")
    launcher(page).click()
    page.clock.run_for(11_000)
    offer = page.get_by_role("dialog").get_by_role("link", name="Mở trang chat")
    expect(offer).to_have_attribute("href", gateway.url + "/?lang=vi")
    page.get_by_role("dialog").get_by_role("button", name="Đóng cửa sổ chat").click()
    expect(launcher(page)).to_be_focused()
    opened.faults.clear()
