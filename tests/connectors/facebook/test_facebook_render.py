"""A neutral message as Messenger shows it: within its limits, and nothing lost."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from bot.messages import BotMessage, Button, Card, OfferedFile
from connectors.channel import Outgoing, PlatformCall
from connectors.facebook.messages import echoed_text
from connectors.facebook.render import international, render
from connectors.rendering.text import length
from tests.connectors.rendering.outgoing_messages import outgoing_messages, squeezed


def rendered(message: BotMessage, **more: Any) -> list[dict[str, Any]]:
    tokens = {i: f"t{i}" for i, one in enumerate(message.all_buttons) if one.intent is not None}
    return [dict(call.body["message"]) for call in render(Outgoing(message, tokens=tokens, **more), {})]


def acts(count: int, title: str = "Chọn") -> tuple[Button, ...]:
    return tuple(Button(f"{title} {i}", intent="a") for i in range(1, count + 1))


def template(message: dict[str, Any]) -> dict[str, Any]:
    payload = message["attachment"]["payload"]
    assert isinstance(payload, dict)
    return payload


PORTAL = Button("Mở trang nộp hồ sơ", url="https://dichvucong.gov.vn/1")
CALL = Button("Gọi tổng đài", phone="19001234")


def test_a_text_is_one_message() -> None:
    assert rendered(BotMessage("Lệ phí: miễn phí.")) == [{"text": "Lệ phí: miễn phí."}]


def test_choices_are_quick_replies_with_our_tokens() -> None:
    (message,) = rendered(BotMessage("Ông/Bà hỏi gì?", buttons=acts(2)))
    assert message["quick_replies"] == [
        {"content_type": "text", "title": "Chọn 1", "payload": "a:t0"},
        {"content_type": "text", "title": "Chọn 2", "payload": "a:t1"},
    ]


def test_more_choices_than_fit_are_listed_by_number_too() -> None:
    (message,) = rendered(BotMessage("Chọn xã:", buttons=acts(30, "Xã")))
    assert len(message["quick_replies"]) == 13
    assert all(f"{i}. Xã {i}" in message["text"] for i in range(1, 31))


def test_a_long_title_is_shortened_and_stands_whole_in_the_text() -> None:
    title = "Đăng ký khai sinh kết hợp đăng ký nhận cha, mẹ, con"
    (message,) = rendered(BotMessage("Thủ tục nào?", buttons=(Button(title, intent="a"),)))
    assert length(message["quick_replies"][0]["title"], "utf16") <= 20
    assert f"1. {title}" in message["text"]


def test_links_and_calls_are_a_template_and_choices_stand_under_it() -> None:
    (message,) = rendered(BotMessage("Nộp trực tuyến.", buttons=(acts(1)[0], PORTAL, CALL)))
    assert template(message)["text"] == "Nộp trực tuyến."
    assert template(message)["buttons"] == [
        {"type": "web_url", "title": "Mở trang nộp hồ sơ", "url": "https://dichvucong.gov.vn/1"},
        {"type": "phone_number", "title": "Gọi tổng đài", "payload": "+8419001234"},
    ]
    assert [one["payload"] for one in message["quick_replies"]] == ["a:t0"]


@pytest.mark.parametrize(
    "message",
    [
        BotMessage("x" * 641, buttons=(PORTAL,)),
        BotMessage("Nhiều", buttons=(PORTAL,) * 4),
        BotMessage("Dài", buttons=(Button("Mở trang nộp hồ sơ trực tuyến", url=PORTAL.url),)),
        BotMessage("Ngắn", buttons=(Button("Công an", phone="113"), PORTAL)),
        BotMessage("Đầy", buttons=(*acts(14), PORTAL)),
    ],
    ids=["text too long", "too many", "title too long", "short number", "too many choices"],
)
def test_links_that_do_not_fit_a_template_are_lines(message: BotMessage) -> None:
    calls = rendered(message)
    assert all("attachment" not in call for call in calls)
    assert PORTAL.url is not None
    assert PORTAL.url in calls[-1]["text"]


def test_only_the_last_message_has_quick_replies_since_the_next_one_would_take_them_away() -> None:
    calls = rendered(BotMessage("câu rất dài. " * 300, buttons=acts(3)))
    assert len(calls) > 1
    assert ["quick_replies" in call for call in calls] == [False] * (len(calls) - 1) + [True]


def test_files_come_first_and_their_links_stand_in_the_text() -> None:
    file = OfferedFile("file", "https://motcua.vn/to-khai.pdf", "Tờ khai")
    first, second = rendered(BotMessage("Mẫu đây.", files=(file,), buttons=acts(1)))
    assert first["attachment"] == {"type": "file", "payload": {"url": file.url, "is_reusable": True}}
    assert second["text"] == "Mẫu đây.\n📎 Tờ khai: https://motcua.vn/to-khai.pdf"
    assert "quick_replies" in second


def test_cards_are_a_carousel_with_their_own_buttons() -> None:
    cards = tuple(Card(f"Thủ tục {i}", "Tư pháp", buttons=acts(1)) for i in range(12))
    text, first, second = rendered(BotMessage("Tìm thấy:", cards=cards, buttons=(Button("Gặp cán bộ", intent="a"),)))
    assert text == {"text": "Tìm thấy:"}
    assert [len(template(one)["elements"]) for one in (first, second)] == [10, 2]
    assert template(second)["elements"][1] == {
        "title": "Thủ tục 11",
        "subtitle": "Tư pháp",
        "buttons": [{"type": "postback", "title": "Chọn 1", "payload": "a:t12"}],
    }
    assert "quick_replies" not in text
    assert second["quick_replies"][0]["payload"] == "a:t0"


@pytest.mark.parametrize("card", [Card("x" * 81, "y"), Card("x", "y" * 81), Card("Chỉ có tên"), Card("x", buttons=acts(4))])
def test_cards_that_do_not_fit_are_entries_of_the_text(card: Card) -> None:
    (message,) = rendered(BotMessage("Tìm thấy:", cards=(card, Card("Khác", "z"))))
    assert card.title in message["text"]
    assert card.subtitle in message["text"]


def test_the_phone_is_asked_for_by_button_and_by_words() -> None:
    (message,) = rendered(BotMessage("Xin số điện thoại.", request="phone", buttons=acts(14)))
    assert len(message["quick_replies"]) == 13
    assert message["quick_replies"][-1] == {"content_type": "user_phone_number"}
    assert "gõ số điện thoại" in message["text"]


def test_an_officer_speaks_under_their_persona_or_under_their_name() -> None:
    outgoing = Outgoing(BotMessage("Tôi nghe."), author="officer", officer_name="Lan")
    (plain,), (personal,) = render(outgoing, {}), render(outgoing, {"Lan": "700"})
    assert plain.body == {"message": {"text": "[Cán bộ Lan] Tôi nghe."}, "author": "officer"}
    assert personal.body == {"message": {"text": "Tôi nghe."}, "author": "officer", "persona_id": "700"}


def test_the_bot_never_speaks_under_a_persona() -> None:
    (call,) = render(Outgoing(BotMessage("x"), officer_name="Lan"), {"Lan": "700"})
    assert "persona_id" not in call.body


def test_a_decomposed_text_is_sent_composed() -> None:
    text = "Đăng ký thường trú 👨‍👩‍👧"
    assert rendered(BotMessage(unicodedata.normalize("NFD", text))) == [{"text": text}]


@pytest.mark.parametrize(
    ("phone", "dialled"), [("02223123456", "+842223123456"), ("19001234", "+8419001234"), ("+84912345678", "+84912345678")]
)
def test_numbers_to_call_have_the_countrys_code(phone: str, dialled: str) -> None:
    assert international(phone) == dialled


def parts_of(calls: list[PlatformCall]) -> Iterator[dict[str, Any]]:
    for call in calls:
        message = call.body["message"]
        yield message
        payload = message.get("attachment", {}).get("payload", {})
        yield payload
        yield from payload.get("elements", [])
        yield from payload.get("buttons", [])
        yield from (button for element in payload.get("elements", []) for button in element.get("buttons", []))


def assert_button(button: dict[str, str]) -> None:
    assert 0 < length(button["title"], "utf16") <= 20
    assert button["type"] in ("postback", "web_url", "phone_number")
    assert (button.get("payload") or button.get("url", "")).startswith(("a:", "https://", "+"))


@given(outgoing_messages())
def test_any_message_keeps_the_platforms_limits(outgoing: Outgoing) -> None:
    calls = render(outgoing, {})
    assert calls or not (outgoing.message.text.strip() or outgoing.message.all_buttons)
    for call in calls:
        message = call.body["message"]
        assert ("text" in message) != ("attachment" in message)
        assert 0 < length(message.get("text", "x"), "utf16") <= 2000
        quick = message.get("quick_replies", [])
        assert quick or "quick_replies" not in message
        assert len(quick) <= 13
        assert all(0 < length(one.get("title", "x"), "utf16") <= 20 for one in quick)
        payload = message.get("attachment", {}).get("payload", {})
        if payload.get("template_type") == "button":
            assert 0 < length(payload["text"], "utf16") <= 640
            assert 0 < len(payload["buttons"]) <= 3
            for button in payload["buttons"]:
                assert_button(button)
        for element in payload.get("elements", []):
            assert 0 < length(element["title"], "utf16") <= 80
            assert length(element.get("subtitle", ""), "utf16") <= 80
            assert len(element) > 1
            assert len(element.get("buttons", [])) <= 3
            for button in element.get("buttons", []):
                assert_button(button)
        assert len(payload.get("elements", [])) <= 10
        json.dumps(dict(call.body))


@given(outgoing_messages())
def test_any_choice_can_be_pressed_or_typed(outgoing: Outgoing) -> None:
    calls = render(outgoing, {})
    words = squeezed("".join(str(part.get("text", "")) for part in parts_of(calls)))
    pressed = {(part.get("payload"), squeezed(part.get("title", ""))) for part in parts_of(calls)}
    pressed |= {
        (q.get("payload"), squeezed(q.get("title", ""))) for part in parts_of(calls) for q in part.get("quick_replies", [])
    }
    for position, button in enumerate(outgoing.message.all_buttons):
        if position in outgoing.tokens:
            payload = f"a:{outgoing.tokens[position]}"
            listed = squeezed(f"{position + 1}. {button.title}") in words
            assert (payload, squeezed(button.title)) in pressed or listed


@given(outgoing_messages())
def test_nothing_that_was_said_is_lost(outgoing: Outgoing) -> None:
    shown = squeezed("".join(_words(call.body["message"]) for call in render(outgoing, {})))
    message = outgoing.message
    said = [message.text, *(part for card in message.cards for part in (card.title, card.subtitle))]
    said += [part for file in message.files for part in (file.title, file.url)]
    said += [one.url for one in message.all_buttons if one.url]
    said += [one.title for one in message.all_buttons if one.intent is None]
    for part in said:
        assert squeezed(part) in shown


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(_words(one) for key, one in value.items() if key != "quick_replies")
    return "".join(_words(one) for one in value) if isinstance(value, list) else str(value)


@given(outgoing_messages())
def test_what_an_echo_repeats_is_what_we_remember_to_have_shown(outgoing: Outgoing) -> None:
    for call in render(outgoing, {}):
        message = call.body["message"]
        echo = {"text": message["text"]} if "text" in message else {"attachments": [message["attachment"]]}
        assert (echoed_text(echo) or "") == call.shown
