"""Our messages on Zalo: nothing is lost, its limits are kept, every choice can be reached."""

import unicodedata
from typing import Any

from hypothesis import given

from bot.messages import BotMessage, Button, Card, OfferedFile
from connectors.channel import Outgoing, PlatformCall
from connectors.zalo.render import render
from tests.connectors.rendering.outgoing_messages import outgoing_messages, squeezed


def shown(message: BotMessage, **more: Any) -> list[PlatformCall]:
    tokens = {i: f"token-{i}-{'x' * 14}" for i, one in enumerate(message.all_buttons) if one.intent is not None}
    return render(Outgoing(message, tokens=tokens, **more))


def buttons_of(call: PlatformCall) -> list[dict[str, Any]]:
    buttons: list[dict[str, Any]] = call.body.get("message", {}).get("attachment", {}).get("payload", {}).get("buttons", [])
    return buttons


def text_of(call: PlatformCall) -> str:
    return str(call.body.get("message", {}).get("text", ""))


def test_a_short_text_is_one_plain_message() -> None:
    (call,) = shown(BotMessage("Kính chào Ông/Bà"))
    assert (call.method, call.body["message"], call.shown) == ("message", {"text": "Kính chào Ông/Bà"}, "Kính chào Ông/Bà")


def test_the_three_kinds_of_buttons() -> None:
    message = BotMessage(
        "Ông/Bà cần gì?",
        buttons=(
            Button("Lệ phí", intent="ask_fee"),
            Button("Cổng dịch vụ công", url="https://dichvucong.gov.vn/1"),
            Button("Gọi 1900", phone="19001234"),
        ),
    )
    (call,) = shown(message)
    assert text_of(call) == "Ông/Bà cần gì?"
    assert "template_type" not in call.body["message"]["attachment"]["payload"]
    assert buttons_of(call) == [
        {"title": "Lệ phí", "type": "oa.query.hide", "payload": "a:token-0-" + "x" * 14},
        {"title": "Cổng dịch vụ công", "type": "oa.open.url", "payload": {"url": "https://dichvucong.gov.vn/1"}},
        {"title": "Gọi 1900", "type": "oa.open.phone", "payload": {"phone_code": "19001234"}},
    ]
    (plain,) = call.body["fallback"]
    assert "1. Lệ phí" in plain
    assert "https://dichvucong.gov.vn/1" in plain
    assert "19001234" in plain


def test_thirty_choices_are_a_numbered_menu_with_five_buttons() -> None:
    message = BotMessage("Chọn phường", buttons=tuple(Button(f"Phường {n}", intent="choose") for n in range(1, 31)))
    (call,) = shown(message)
    assert len(buttons_of(call)) == 5
    assert all(f"{n}. Phường {n}" in text_of(call) for n in range(1, 31))


def test_a_long_answer_carries_its_buttons_under_the_last_part() -> None:
    message = BotMessage("Điều kiện nộp hồ sơ. " * 200, buttons=(Button("Lệ phí", intent="ask_fee"),))
    calls = shown(message)
    assert [bool(buttons_of(call)) for call in calls] == [False] * (len(calls) - 1) + [True]


def test_a_decomposed_name_is_sent_composed() -> None:
    (call,) = shown(BotMessage(unicodedata.normalize("NFD", "Nguyễn Thị Hoàng Ánh")))
    assert text_of(call) == unicodedata.normalize("NFC", "Nguyễn Thị Hoàng Ánh")


def test_an_officer_is_named_in_the_text() -> None:
    (call,) = shown(BotMessage("Hồ sơ đã xong"), author="officer", officer_name="Lan")
    assert text_of(call) == "[Cán bộ Lan] Hồ sơ đã xong"


def test_a_phone_request_is_zalos_own_card_and_can_be_typed_where_it_is_refused() -> None:
    text, card = shown(BotMessage("Xin số điện thoại của Ông/Bà", request="phone"))
    assert text_of(text) == "Xin số điện thoại của Ông/Bà"
    payload = card.body["message"]["attachment"]["payload"]
    (element,) = payload["elements"]
    assert payload["template_type"] == "request_user_info"
    assert 0 < len(element["title"]) <= 100
    assert len(element["subtitle"]) <= 500
    assert element["image_url"] == ""
    assert card.body["fallback"] == ["Ông/Bà vui lòng gõ số điện thoại của mình."]


def test_a_place_is_asked_for_in_words() -> None:
    (call,) = shown(BotMessage("Ông/Bà ở đâu?", request="location"))
    assert "gõ tên xã, phường" in text_of(call)


def test_files_follow_the_text_and_fall_back_to_their_links() -> None:
    files = (
        OfferedFile("file", "https://motcua.vn/to-khai.pdf", "Tờ khai"),
        OfferedFile("image", "https://motcua.vn/so-do.png", "Sơ đồ"),
    )
    text, file, image = shown(BotMessage("Mẫu đơn", files=files))
    assert (text.method, file.method, image.method) == ("message", "file", "file")
    assert file.body["file"] == {"kind": "file", "url": "https://motcua.vn/to-khai.pdf", "title": "Tờ khai"}
    assert file.body["fallback"] == ["Tờ khai: https://motcua.vn/to-khai.pdf"]
    assert (file.shown, image.shown) == ("", "Sơ đồ")


def test_cards_are_numbered_text_and_their_pictures_follow() -> None:
    card = Card("Trung tâm số 1", "Mở cửa 7:30", "https://motcua.vn/1.png", (Button("Chỉ đường", intent="way"),))
    text, picture = shown(BotMessage("Hai nơi gần nhất", cards=(card,)))
    assert "Trung tâm số 1" in text_of(text)
    assert "Mở cửa 7:30" in text_of(text)
    assert picture.body["file"]["url"] == "https://motcua.vn/1.png"


@given(outgoing_messages())
def test_zalos_limits_are_kept(outgoing: Outgoing) -> None:
    for call in render(outgoing):
        if call.method == "message" and "text" in call.body["message"]:
            text = text_of(call)
            assert 0 < len(text) <= 2000
            assert text.strip()
            assert unicodedata.is_normalized("NFC", text)
        assert all(0 < len(text) <= 2000 for text in call.body["fallback"])
        buttons = buttons_of(call)
        assert len(buttons) <= 5
        for button in buttons:
            assert 0 < len(button["title"]) <= 100
            assert not isinstance(button["payload"], str) or len(button["payload"]) <= 1000


@given(outgoing_messages())
def test_nothing_of_the_text_is_lost(outgoing: Outgoing) -> None:
    said = squeezed("".join(text_of(call) for call in render(outgoing)))
    message = outgoing.message
    assert squeezed(message.text) in said
    for card in message.cards:
        assert squeezed(card.title) in said
        assert squeezed(card.subtitle) in said


@given(outgoing_messages())
def test_every_choice_is_reached_by_a_button_or_its_number(outgoing: Outgoing) -> None:
    calls = render(outgoing)
    said = squeezed("".join(text_of(call) for call in calls))
    payloads = {button["payload"] for call in calls for button in buttons_of(call) if button["type"] == "oa.query.hide"}
    for position, token in outgoing.tokens.items():
        title = outgoing.message.all_buttons[position].title
        assert f"a:{token}" in payloads or squeezed(f"{position + 1}. {title}") in said


@given(outgoing_messages())
def test_without_buttons_every_choice_and_link_is_still_in_words(outgoing: Outgoing) -> None:
    calls = render(outgoing)
    said = squeezed("".join(text for call in calls for text in (call.body["fallback"] or [text_of(call)])))
    for position, button in enumerate(outgoing.message.all_buttons):
        expected = f"{position + 1}. {button.title}" if position in outgoing.tokens else (button.url or button.phone or "")
        assert squeezed(expected) in said


@given(outgoing_messages())
def test_every_file_is_sent(outgoing: Outgoing) -> None:
    sent = [call.body["file"]["url"] for call in render(outgoing) if call.method == "file"]
    assert [file.url for file in outgoing.message.files] == sent[len(sent) - len(outgoing.message.files) :]
