"""Asking and being answered on the chat page."""

import re

import pytest
from playwright.sync_api import Page, expect

from bot.texts import say
from tests.browser.answers import Answers
from tests.browser.running_gateway import RunningGateway
from tests.browser.visits import Visitor, ask


def test_a_question_is_answered_with_list_source_and_choices(chat: Page) -> None:
    ask(chat, "Đăng ký khai sinh cần giấy tờ gì?")
    answer = chat.locator(".message.bot").last
    expect(answer.locator("li")).to_have_text(
        ["Tờ khai theo mẫu: 1 bản chính", "Giấy chứng sinh: 1 bản chính", "Giấy tờ tùy thân của người đi đăng ký: xuất trình"]
    )
    expect(answer.locator("strong")).to_have_text("Đăng ký khai sinh")
    expect(answer.locator(".source")).to_have_text(
        re.compile(r"Nguồn: Đăng ký khai sinh.* · mã 1\.001193 · dữ liệu tháng 7/2026")
    )
    expect(answer.get_by_role("button")).to_have_text(["Lệ phí", "Nộp ở đâu?"])
    link = answer.get_by_role("link", name="Mở trang nộp hồ sơ")
    expect(link).to_have_attribute("href", "https://dichvucong.gov.vn/")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", re.compile("noopener"))


def test_enter_sends_and_shift_enter_starts_a_new_line(chat: Page) -> None:
    box = chat.get_by_label("Câu hỏi của Ông/Bà")
    box.press_sequentially("dòng một")
    box.press("Shift+Enter")
    box.press_sequentially("dòng hai")
    expect(chat.locator(".message.citizen")).to_have_count(0)
    box.press("Enter")
    expect(chat.locator(".message.citizen .text")).to_have_text("dòng một\ndòng hai", use_inner_text=True)
    expect(box).to_have_value("")


def test_enter_that_ends_a_composed_syllable_does_not_send(chat: Page) -> None:
    box = chat.get_by_label("Câu hỏi của Ông/Bà")
    box.fill("nguoiwf")
    box.evaluate("node => node.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))")
    expect(box).to_have_value("nguoiwf")
    expect(chat.locator(".message.citizen")).to_have_count(0)


def test_a_choice_is_taken_with_the_mouse(chat: Page) -> None:
    ask(chat, "khai sinh")
    choice = chat.get_by_role("button", name="Lệ phí", exact=True)
    choice.click()
    expect(chat.locator(".message.bot").last).to_contain_text("Ông/Bà đã chọn: ask_fee")
    expect(chat.locator(".message.citizen").last).to_contain_text("Lệ phí")
    expect(chat.get_by_role("button", name="Lệ phí (đã chọn)")).to_be_enabled()


def test_a_choice_is_taken_with_the_keyboard(chat: Page) -> None:
    ask(chat, "khai sinh")
    chat.get_by_role("button", name="Nộp ở đâu?").focus()
    chat.keyboard.press("Enter")
    expect(chat.locator(".message.bot").last).to_contain_text("Ông/Bà đã chọn: ask_place")


def test_a_double_click_on_a_choice_sends_once(chat: Page) -> None:
    ask(chat, "khai sinh")
    # Both clicks at once: a real second click may already meet the scrolled page.
    chat.get_by_role("button", name="Lệ phí", exact=True).evaluate("node => { node.click(); node.click(); }")
    expect(chat.locator(".message.bot").last).to_contain_text("Ông/Bà đã chọn")
    ask(chat, "xong")
    expect(chat.locator(".message.bot").last).to_contain_text("Ông/Bà hỏi: xong")
    expect(chat.locator(".message.citizen")).to_have_count(3)


def test_a_double_click_on_send_and_on_a_suggestion_sends_once(chat: Page) -> None:
    chat.get_by_label("Câu hỏi của Ông/Bà").fill("một lần")
    chat.get_by_role("button", name="Gửi", exact=True).dblclick()
    expect(chat.locator(".message.bot").last).to_contain_text("Ông/Bà hỏi: một lần")
    expect(chat.locator(".message.citizen")).to_have_count(1)


def test_a_suggestion_sends_its_text_and_the_suggestions_go(chat: Page) -> None:
    suggestions = chat.get_by_role("group", name="Ông/Bà có thể hỏi, ví dụ:").get_by_role("button")
    assert 4 <= suggestions.count() <= 6
    suggestions.first.dblclick()
    expect(chat.locator(".message.citizen")).to_have_count(1)
    expect(chat.locator(".message.citizen")).to_contain_text("Đăng ký khai sinh cần giấy tờ gì?")
    expect(suggestions).to_have_count(0)


def test_the_officer_button_asks_once_and_the_strip_tells_of_waiting(chat: Page) -> None:
    officer = chat.get_by_role("button", name="Gặp cán bộ").first
    officer.dblclick()
    expect(chat.get_by_text("Đang chờ cán bộ")).to_be_visible()
    expect(chat.locator(".message.citizen")).to_have_count(1)
    expect(chat.locator("header").get_by_role("button", name="Gặp cán bộ")).to_have_attribute("aria-disabled", "true")


def test_a_sign_shows_while_the_assistant_works(chat: Page, answers: Answers) -> None:
    answers.hold()
    ask(chat, "một câu")
    expect(chat.get_by_text("Trợ lý đang trả lời")).to_be_visible()
    answers.release()
    expect(chat.locator(".message.bot").last).to_contain_text("Ông/Bà hỏi: một câu")
    expect(chat.get_by_text("Trợ lý đang trả lời")).to_have_count(0)


def test_html_in_questions_and_answers_stays_text(chat: Page) -> None:
    ask(chat, "<img src=x onerror=window.hacked=1><script>window.hacked=1</script> độc hại")
    answer = chat.locator(".message.bot").last
    expect(answer).to_contain_text("<img src=x onerror=window.hacked=1> <b>đậm</b>")
    expect(chat.locator(".message.citizen")).to_contain_text("<script>window.hacked=1</script>")
    expect(answer.get_by_role("button")).to_have_text("<script>window.hacked=1</script>")
    expect(answer.locator("a, img, b, i, script")).to_have_count(0)
    assert chat.evaluate("window.hacked") is None


def test_private_numbers_are_shown_masked_after_sending(chat: Page) -> None:
    ask(chat, "căn cước của tôi là 027099001234")
    expect(chat.locator(".message.citizen")).not_to_contain_text("027099001234")
    expect(chat.locator(".message.citizen")).to_contain_text("*")


def test_too_long_a_text_is_kept_in_the_box_and_explained(chat: Page) -> None:
    box = chat.get_by_label("Câu hỏi của Ông/Bà")
    box.fill("ă" * 1_850)
    expect(chat.get_by_text("1850/2000 ký tự")).to_be_visible()
    box.fill("ă" * 2_001)
    box.press("Enter")
    expect(chat.get_by_role("alert").filter(has_text="dài quá 2000 ký tự")).to_be_visible()
    expect(box).to_have_value("ă" * 2_001)
    box.fill("ă" * 2_000)
    box.press("Enter")
    expect(chat.locator(".message.citizen .text")).to_have_text("ă" * 2_000)


def test_pictures_are_refused_kindly(chat: Page) -> None:
    chat.get_by_label("Câu hỏi của Ông/Bà").evaluate(
        """node => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File(['x'], 'cccd.png', {type: 'image/png'}));
            node.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
        }"""
    )
    expect(chat.get_by_text("Xin không gửi ảnh giấy tờ")).to_be_visible()
    expect(chat.locator(".message.citizen")).to_have_count(0)


def test_a_new_chat_begins_only_after_the_question_was_confirmed(chat: Page) -> None:
    ask(chat, "câu của đoạn cũ")
    expect(chat.locator(".message.bot").last).to_contain_text("câu của đoạn cũ")
    new_chat = chat.get_by_role("button", name="Đoạn chat mới")
    new_chat.click()
    chat.get_by_role("button", name="Ở lại").click()
    expect(chat.locator(".message.citizen")).to_have_count(1)
    expect(new_chat).to_be_focused()
    new_chat.click()
    chat.get_by_role("button", name="Mở đoạn mới").click()
    expect(chat.locator(".message.citizen")).to_have_count(0)
    expect(chat.locator(".message .text")).to_have_text([say("greeting")])
    ask(chat, "câu của đoạn mới")
    expect(chat.locator(".message.bot").last).to_contain_text("câu của đoạn mới")


def test_text_size_changes_and_is_remembered(chat: Page) -> None:
    def size() -> float:
        return float(chat.evaluate("parseFloat(getComputedStyle(document.querySelector('.message .text')).fontSize)"))

    normal = size()
    larger = chat.get_by_role("button", name="Phóng to chữ")
    for _ in range(3):
        larger.click()
    expect(larger).to_have_attribute("aria-disabled", "true")
    assert size() == pytest.approx(1.5 * normal)
    chat.reload()
    expect(chat.locator(".message").first).to_be_visible()
    assert size() == pytest.approx(1.5 * normal)


def test_the_page_speaks_english_on_request(visit: Visitor, gateway: RunningGateway) -> None:
    page = visit(gateway.url + "/?lang=en").page
    expect(page.get_by_role("button", name="Talk to an officer").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".message .text").first).to_have_attribute("lang", "vi")
