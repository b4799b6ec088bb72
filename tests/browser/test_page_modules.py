"""The page's own modules with broken, huge and disordered input, run in the browser that has to bear it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.running_gateway import RunningGateway
from tests.browser.visits import Visitor, ask
from tests.waiting import wait_for

SILENT_STREAM = """
    window.EventSource = class extends EventTarget {
        constructor(url) { super(); window.stream = this; setTimeout(() => this.dispatchEvent(new Event('open')), 5); }
        say(type, data) { this.dispatchEvent(new MessageEvent(type, {data})); }
        close() {}
    };
"""


def run(page: Page, module: str, expression: str, value: Any = None) -> Any:
    return page.evaluate(f"async value => {{ const m = await import('/static/{module}'); return {expression}; }}", value)


def line(seq: int, text: str, **more: Any) -> dict[str, Any]:
    return {"seq": seq, "from": "bot", "text": text, "buttons": [], "sources": [], "at": "2026-11-23T08:00:00Z"} | more


def open_with_transcript(visit: Visitor, gateway: RunningGateway, transcript: list[Any]) -> Page:
    """The page over a transcript of the test's own; the event stream is the test's too (``window.stream``)."""
    page = visit(gateway.url + "/health").page
    page.add_init_script(SILENT_STREAM)

    def give(route: Route) -> None:
        after = int(route.request.url.partition("after=")[2])
        left = [one for one in transcript if not isinstance(one, dict) or one.get("seq", 0) > after]
        route.fulfill(json={"messages": left, "state": {"speaker": "bot", "busy": False}})

    page.route("**/webchat/messages?*", give)
    page.route("**/webchat/session", lambda route: route.fulfill(json={"token": "t", "conversation_id": "c", "greeting": []}))
    page.goto(gateway.url + "/")
    # Not wait_for_function: that one needs eval, which the page's Content-Security-Policy refuses.
    wait_for(lambda: page.evaluate("Boolean(window.stream)"), what="the event stream")
    return page


@pytest.fixture(scope="module")
def modules(browser: Browser, gateway: RunningGateway) -> Iterator[Page]:
    """One page for all tests that only call functions."""
    page = browser.new_page()
    page.goto(gateway.url + "/")
    yield page
    page.close()


def test_both_languages_have_the_same_texts(modules: Page) -> None:
    vietnamese, english = run(modules, "strings.js", "[Object.keys(m.STRINGS.vi), Object.keys(m.STRINGS.en)]")
    assert vietnamese == english
    blank = run(
        modules, "strings.js", "Object.values(m.STRINGS).flatMap(Object.entries).filter(([, text]) => text.trim() === '')"
    )
    assert blank == []


@pytest.mark.parametrize(
    ("search", "html", "chosen"),
    [("", "vi", "vi"), ("?lang=en", "vi", "en"), ("?lang=fr", "vi", "vi"), ("?lang=__proto__", "", "vi"), ("", "en-GB", "en")],
)
def test_the_language_is_one_of_ours(modules: Page, search: str, html: str, chosen: str) -> None:
    assert run(modules, "strings.js", "m.chooseLanguage(...value)", [search, html]) == chosen


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("một\nhai\n\nba", [["paragraph", 2], ["paragraph", 1]]),
        ("Gồm:\n- a\n- b\nHết", [["paragraph", 1], ["bullets", 2], ["paragraph", 1]]),
        ("1. a\r\n2) b", [["numbers", 2]]),
        ("-không phải danh sách", [["paragraph", 1]]),
        ("31.12 là ngày", [["paragraph", 1]]),
        ("", []),
        ("\n\n \n", []),
    ],
)
def test_answers_are_read_as_paragraphs_and_lists(modules: Page, text: str, shape: list[list[Any]]) -> None:
    assert run(modules, "text-blocks.js", "m.parseBlocks(value).map(b => [b.type, b.items.length])", text) == shape


def test_stars_that_do_not_pair_stay_as_written(modules: Page) -> None:
    runs = run(modules, "text-blocks.js", "m.parseRuns(value).map(r => [r.text, r.bold])", "2 ** 3 và **đậm** rồi **hở")
    assert runs == [["2 ** 3 và ", False], ["đậm", True], [" rồi **hở", False]]


def test_a_huge_hostile_text_is_read_quickly(modules: Page) -> None:
    took = run(
        modules,
        "text-blocks.js",
        "(() => { const t = performance.now(); m.parseBlocks(value).flatMap(b => "
        "b.items.flatMap(i => m.parseRuns(i.text))); return performance.now() - t; })()",
        ("**a- " * 20_000 + "\n- ") * 3,
    )
    assert took < 2_000


@pytest.mark.parametrize(
    ("as_of", "spoken"),
    [("2026-07-01", "tháng 7/2026"), ("2026-07", "tháng 7/2026"), ("quý 3/2026", "quý 3/2026"), (None, "")],
)
def test_the_date_of_the_data_is_spoken_as_a_month(modules: Page, as_of: str | None, spoken: str) -> None:
    translate = "(key, v) => `tháng ${v.month}/${v.year}`"
    assert run(modules, "message-view.js", f"m.spokenDate(value, {translate})", as_of) == spoken


def test_waits_between_reconnects_grow_and_stay_under_half_a_minute(modules: Page) -> None:
    waits = run(modules, "live.js", "[1, 2, 3, 4, 5, 6, 50].map(n => [m.backoff(n, 0), m.backoff(n, 0.999)])")
    assert [round(most, -2) for _, most in waits] == [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
    assert all(least >= most / 2 - 20 for least, most in waits)


def test_doubled_disordered_and_broken_events_show_each_message_once_in_order(visit: Visitor, gateway: RunningGateway) -> None:
    transcript = [line(1, "một")]
    page = open_with_transcript(visit, gateway, transcript)
    expect(page.locator(".message .text")).to_have_text(["một"])
    transcript += [line(2, "hai"), line(3, "ba"), line(4, "bốn")]
    for event in (line(3, "ba"), line(2, "hai"), line(3, "ba"), line(1, "một"), line(4, "bốn"), line(4, "bốn")):
        page.evaluate("text => window.stream.say('message', text)", json.dumps(event))
    for broken in ("", "null", "7", "{", "[]", '{"seq": "x"}', '{"seq": 1e99}'):
        page.evaluate("text => window.stream.say('message', text)", broken)
        page.evaluate("text => window.stream.say('state', text)", broken)
    expect(page.locator(".message .text")).to_have_text(["một", "hai", "ba", "bốn"])


def test_messages_with_missing_or_strange_fields_do_not_stop_the_others(visit: Visitor, gateway: RunningGateway) -> None:
    strange = [
        None,
        7,
        {"text": "không số"},
        {"seq": 1, "from": "alien", "text": None, "at": "hôm qua"},
        line(2, "nút lạ", buttons=[{"title": "không gì"}, {"title": "http", "url": "http://example.org/"}]),
        line(3, "nguồn lạ", sources=[{"title": None, "as_of": None, "url": "data:text/html,x"}]),
        line(4, "bình thường"),
    ]
    page = open_with_transcript(visit, gateway, strange)
    expect(page.locator(".message .text").last).to_have_text("bình thường")
    expect(page.locator(".message")).to_have_count(4)
    expect(page.locator(".message a, .message button")).to_have_count(0)


def test_two_hundred_messages_of_history_are_shown_and_the_last_is_in_sight(visit: Visitor, gateway: RunningGateway) -> None:
    page = open_with_transcript(visit, gateway, [line(n, f"tin {n}") for n in range(1, 201)])
    expect(page.locator(".message")).to_have_count(200)


def test_a_proxys_own_page_instead_of_an_answer_counts_as_no_answer(chat: Page) -> None:
    asked: list[str] = []

    def intercept(route: Route) -> None:
        if route.request.method != "POST" or asked:
            route.continue_()
            return
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="<h1>Đăng nhập wifi</h1>")

    chat.route("**/webchat/messages", intercept)
    ask(chat, "sau cổng wifi")
    expect(chat.locator(".message.bot").last).to_contain_text("Ông/Bà hỏi: sau cổng wifi")
    expect(chat.locator(".message.citizen")).to_have_count(1)


def test_damaged_storage_starts_a_new_chat(chat: Page) -> None:
    for damage in ('"{"', "'[]'", """'{"token": 7}'""", "'null'"):
        chat.evaluate(f"sessionStorage.setItem('motcua.session', {damage}); sessionStorage.setItem('motcua.outbox', '7')")
        chat.reload()
        expect(chat.locator(".message")).to_have_count(1)


def test_messages_of_another_day_stand_under_their_date(visit: Visitor, gateway: RunningGateway) -> None:
    page = open_with_transcript(
        visit, gateway, [line(1, "cũ", at="2026-01-02T08:00:00Z"), line(2, "cũ nữa", at="2026-01-02T09:00:00Z")]
    )
    expect(page.locator(".day")).to_have_text("2/1/2026")
