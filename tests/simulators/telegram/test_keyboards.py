"""Reply markups, as strict as the platform."""

from typing import Any

import pytest

from simulators.telegram.errors import BotApiError
from simulators.telegram.keyboards import read_markup


def inline(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [[button] for button in buttons]}


def refusal(markup: Any, *, private_chat: bool = True) -> str:
    with pytest.raises(BotApiError) as refused:
        read_markup(markup, private_chat=private_chat)
    assert refused.value.code == 400
    return refused.value.description


def test_inline_buttons_are_shown_in_order() -> None:
    markup = read_markup(
        inline({"text": "Nộp", "callback_data": "a:1"}, {"text": "Cổng", "url": "https://example.vn"}), private_chat=True
    )
    assert markup is not None
    assert [(b["title"], b["kind"], b["value"]) for b in markup.buttons] == [
        ("Nộp", "postback", "a:1"),
        ("Cổng", "url", "https://example.vn"),
    ]


@pytest.mark.parametrize(
    ("data", "fits"), [("x" * 64, True), ("x" * 65, False), ("", False), ("đ" * 32, True), ("đ" * 33, False)]
)
def test_callback_data_is_1_to_64_bytes(data: str, fits: bool) -> None:
    markup = inline({"text": "x", "callback_data": data})
    if fits:
        assert read_markup(markup, private_chat=True) is not None
    else:
        assert refusal(markup) == "Bad Request: BUTTON_DATA_INVALID"


@pytest.mark.parametrize("url", ["tel:19001234", "javascript:alert(1)", "không phải", "", "ftp://x.vn", "http://"])
def test_links_must_be_of_the_web(url: str) -> None:
    assert "Wrong HTTP URL" in refusal(inline({"text": "x", "url": url}))


@pytest.mark.parametrize("url", ["https://example.vn/a?b=c", "example.vn", "http://127.0.0.1:8090/", "tg://user?id=1"])
def test_links_of_the_web_are_taken(url: str) -> None:
    assert read_markup(inline({"text": "x", "url": url}), private_chat=True)


@pytest.mark.parametrize(
    "markup",
    [
        "x",
        [],
        {},
        {"inline_keyboard": {}},
        {"inline_keyboard": [{}]},
        {"inline_keyboard": [["x"]]},
        {"inline_keyboard": [[{"callback_data": "x"}]]},
        {"inline_keyboard": [[{"text": "  ", "callback_data": "x"}]]},
        {"inline_keyboard": [[{"text": "x"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "x", "url": "https://a.vn"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": 5}]]},
        {"inline_keyboard": [[{"text": "x", "callback_dat": "x"}]]},
        {"inline_keyboard": [[{"text": "x", "web_app": {"url": "https://a.vn"}}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]], "resize_keyboard": True},
        {"keyboard": []},
        {"keyboard": [[{"text": ""}]]},
        {"keyboard": [[{"text": "x", "request_pol": True}]]},
        {"remove_keyboard": True, "keyboards": []},
    ],
)
def test_malformed_markups_are_refused(markup: Any) -> None:
    refusal(markup)


def test_at_most_100_buttons_and_8_in_a_row() -> None:
    button = {"text": "x", "callback_data": "x"}
    assert read_markup({"inline_keyboard": [[button] * 5] * 20}, private_chat=True)
    assert refusal({"inline_keyboard": [[button] * 5] * 20 + [[button]]}) == "Bad Request: reply markup is too long"
    assert refusal({"inline_keyboard": [[button] * 9]}) == "Bad Request: reply markup is too long"


@pytest.mark.parametrize(("wish", "kind"), [("request_contact", "contact"), ("request_location", "location")])
def test_contact_and_location_are_asked_in_private_chats_only(wish: str, kind: str) -> None:
    markup = {"keyboard": [[{"text": "Gửi", wish: True}, "Thôi"]]}
    taken = read_markup(markup, private_chat=True)
    assert taken is not None
    assert [button["kind"] for button in taken.buttons] == [kind, "reply"]
    assert refusal(markup, private_chat=False).endswith("can be requested in private chats only")
