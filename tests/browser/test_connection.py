"""What happens when the line, the server or the session goes away: nothing is lost and nothing is said twice."""

import json
import re

from playwright.sync_api import Page, Route, expect

from tests.browser.answers import Answers
from tests.browser.running_gateway import RunningGateway
from tests.browser.visits import Visitor, ask


def answered(page: Page, text: str) -> None:
    expect(page.locator(".message.bot .text").filter(has_text=f"Ông/Bà hỏi: {text}")).to_have_count(1)


def texts(page: Page) -> list[str]:
    return page.locator(".message:is(.citizen, .bot) .text").all_inner_texts()[1:]


def test_a_reload_keeps_the_conversation(chat: Page) -> None:
    ask(chat, "khai sinh")
    chat.get_by_role("button", name="Lệ phí", exact=True).click()
    expect(chat.locator(".message")).to_have_count(5)
    before = chat.locator(".message .text").all_inner_texts()
    chat.reload()
    expect(chat.locator(".message")).to_have_count(5)
    assert chat.locator(".message .text").all_inner_texts() == before
    expect(chat.get_by_role("button", name="Lệ phí (đã chọn)")).to_be_visible()
    ask(chat, "sau khi tải lại")
    answered(chat, "sau khi tải lại")


def test_a_message_typed_without_network_goes_out_once_when_it_returns(visit: Visitor, gateway: RunningGateway) -> None:
    opened = visit(gateway.url + "/")
    page = opened.page
    ask(page, "trước khi mất mạng")
    answered(page, "trước khi mất mạng")
    opened.context.set_offline(True)
    expect(page.get_by_text("Máy đang mất mạng")).to_be_visible()
    ask(page, "một khi mất mạng")
    ask(page, "hai khi mất mạng")
    expect(page.get_by_text("Chờ có mạng để gửi…").first).to_be_visible()
    opened.context.set_offline(False)
    answered(page, "một khi mất mạng")
    answered(page, "hai khi mất mạng")
    expect(page.get_by_text("Máy đang mất mạng")).to_have_count(0)
    expect(page.locator(".message.citizen .text")).to_have_text(["trước khi mất mạng", "một khi mất mạng", "hai khi mất mạng"])


def test_an_answer_given_while_the_line_was_cut_is_caught_up_once(
    visit: Visitor, gateway: RunningGateway, answers: Answers
) -> None:
    opened = visit(gateway.url + "/")
    page = opened.page
    answers.hold()
    ask(page, "câu dở dang")
    expect(page.get_by_text("Trợ lý đang trả lời")).to_be_visible()
    opened.context.set_offline(True)
    expect(page.get_by_text("Máy đang mất mạng")).to_be_visible()
    answers.release()
    opened.context.set_offline(False)
    answered(page, "câu dở dang")
    assert texts(page) == ["câu dở dang", "Ông/Bà hỏi: câu dở dang"]


def test_a_lost_confirmation_does_not_double_the_message(chat: Page) -> None:
    lost: list[str] = []

    def store_but_lose_the_answer(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(json.loads(route.request.post_data or "{}")["client_id"])
        route.fetch()
        route.abort("connectionreset")

    chat.route("**/webchat/messages", store_but_lose_the_answer)
    ask(chat, "một lần thôi")
    answered(chat, "một lần thôi")
    ask(chat, "câu sau")
    answered(chat, "câu sau")
    assert len(lost) == 1
    assert texts(chat) == ["một lần thôi", "Ông/Bà hỏi: một lần thôi", "câu sau", "Ông/Bà hỏi: câu sau"]


def test_the_gateway_starts_again_in_the_middle(chat: Page, gateway: RunningGateway) -> None:
    ask(chat, "trước khi khởi động lại")
    answered(chat, "trước khi khởi động lại")
    gateway.stop("connectors.gateway")
    expect(chat.get_by_text("Mất kết nối với máy chủ")).to_be_visible()
    ask(chat, "trong lúc khởi động lại")
    gateway.start("connectors.gateway")
    answered(chat, "trong lúc khởi động lại")
    expect(chat.get_by_text("Mất kết nối với máy chủ")).to_have_count(0)
    assert texts(chat)[0::2] == ["trước khi khởi động lại", "trong lúc khởi động lại"]
    assert len(texts(chat)) == 4


def test_polling_takes_over_where_event_streams_are_blocked(visit: Visitor, gateway: RunningGateway) -> None:
    page = visit(gateway.url + "/", block_events=True).page
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url) if "/webchat/events" in request.url else None)
    for number in range(1, 5):
        ask(page, f"không có luồng {number}")
        answered(page, f"không có luồng {number}")
    expect(page.get_by_text("Mất kết nối")).to_have_count(0)
    assert len(streams) <= 3


def test_a_stream_that_opens_and_stays_silent_loses_nothing(visit: Visitor, gateway: RunningGateway) -> None:
    opened = visit(gateway.url + "/")
    page = opened.page
    page.add_init_script(
        "window.EventSource = class extends EventTarget { constructor() { super(); setTimeout(() => "
        "this.dispatchEvent(new Event('open')), 10); } close() {} };"
    )
    page.reload()
    ask(page, "luồng câm")
    answered(page, "luồng câm")


def test_a_session_that_the_server_refuses_is_renewed_and_the_question_carried_over(chat: Page) -> None:
    ask(chat, "phiên cũ")
    answered(chat, "phiên cũ")
    chat.evaluate("""() => {
        const session = JSON.parse(sessionStorage.getItem('motcua.session'));
        session.token = session.token.slice(0, -3) + 'abc';
        sessionStorage.setItem('motcua.session', JSON.stringify(session));
    }""")
    chat.reload()
    expect(chat.get_by_text("Phiên chat trước đã hết hạn")).to_be_visible()
    ask(chat, "phiên mới")
    answered(chat, "phiên mới")


def test_a_question_met_by_an_expired_session_is_asked_again_in_the_new_one(chat: Page) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if route.request.method != "POST" or refused:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=401, content_type="application/problem+json", body="{}")

    chat.route("**/webchat/messages", refuse_once)
    ask(chat, "hỏi đúng lúc hết hạn")
    expect(chat.get_by_text("Phiên chat trước đã hết hạn")).to_be_visible()
    answered(chat, "hỏi đúng lúc hết hạn")
    expect(chat.locator(".message.citizen")).to_have_count(1)


def test_too_many_messages_are_refused_kindly_and_can_be_sent_again(chat: Page) -> None:
    sent: list[str] = []

    def refuse_the_first(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        sent.append(json.loads(route.request.post_data or "{}")["client_id"])
        if len(sent) == 1:
            route.fulfill(status=429, headers={"Retry-After": "7"}, content_type="application/problem+json", body="{}")
        else:
            route.continue_()

    chat.route("**/webchat/messages", refuse_the_first)
    ask(chat, "gửi quá nhanh")
    failed = chat.locator(".message.citizen")
    expect(failed).to_contain_text("Xin chờ 7 giây")
    failed.get_by_role("button", name="Gửi lại").click()
    answered(chat, "gửi quá nhanh")
    expect(failed).not_to_contain_text("Chưa gửi được")
    assert sent == [sent[0]] * 2


def test_a_busy_server_is_tried_again_and_then_named(chat: Page) -> None:
    tries: list[str] = []

    def refuse(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        tries.append(route.request.url)
        route.fulfill(status=503, headers={"Retry-After": "0"}, content_type="application/problem+json", body="{}")

    chat.route("**/webchat/messages", refuse)
    ask(chat, "máy chủ bận")
    expect(chat.locator(".message.citizen")).to_contain_text("Máy chủ đang bận hoặc bảo trì")
    assert len(tries) == 3
    chat.unroute("**/webchat/messages")
    chat.get_by_role("button", name="Gửi lại").click()
    answered(chat, "máy chủ bận")


def test_a_text_that_the_server_finds_too_long_goes_back_into_the_box(chat: Page) -> None:
    chat.route("**/webchat/messages", lambda route: route.fulfill(status=413, body="{}"))
    ask(chat, "dài theo máy chủ")
    expect(chat.locator(".message.citizen")).to_contain_text("dài quá mức nhận được")
    expect(chat.get_by_label("Câu hỏi của Ông/Bà")).to_have_value("dài theo máy chủ")
    expect(chat.get_by_role("button", name="Gửi lại")).to_have_count(0)


def test_an_unsent_message_survives_a_reload(chat: Page) -> None:
    chat.route("**/webchat/messages", lambda route: route.fulfill(status=429, headers={"Retry-After": "60"}, body="{}"))
    ask(chat, "chưa gửi được")
    expect(chat.get_by_role("button", name="Gửi lại")).to_be_visible()
    chat.unroute("**/webchat/messages")
    chat.reload()
    expect(chat.locator(".message.citizen")).to_contain_text("chưa gửi được")
    chat.get_by_role("button", name="Gửi lại").click()
    answered(chat, "chưa gửi được")


def test_the_page_opens_when_the_server_comes_late(visit: Visitor, gateway: RunningGateway) -> None:
    opened = visit(gateway.url + "/health")
    page = opened.page
    refused: list[str] = []

    def refuse_twice(route: Route) -> None:
        refused.append(route.request.url)
        if len(refused) <= 2:
            route.abort("connectionrefused")
        else:
            route.continue_()

    page.route("**/webchat/session", refuse_twice)
    page.goto(gateway.url + "/")
    expect(page.get_by_text("Chưa mở được đoạn chat")).to_be_visible()
    ask(page, "gõ sớm")
    answered(page, "gõ sớm")
    expect(page.locator(".message")).to_have_text(
        [re.compile("Kính chào"), re.compile("gõ sớm"), re.compile("Ông/Bà hỏi: gõ sớm")]
    )
