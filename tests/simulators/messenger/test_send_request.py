"""Which calls of the Send API are well-formed: limits at their last allowed and first refused value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.messenger.graph_errors import GraphError
from simulators.messenger.graph_parameters import from_json, from_pairs
from simulators.messenger.send_request import read_send_request

URL = "https://dichvucong.example/ho-so"


def call(message: Any = None, **more: Any) -> dict[str, Any]:
    return {"recipient": {"id": "1234567"}, "messaging_type": "RESPONSE", "message": message, **more}


def quick(count: int = 1, title: str = "Nộp hồ sơ", payload: str = "a:1") -> dict[str, Any]:
    reply = {"content_type": "text", "title": title, "payload": payload}
    return {"text": "Chọn:", "quick_replies": [reply] * count}


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def button(**changes: Any) -> dict[str, Any]:
    return {"type": "postback", "title": "Tra cứu", "payload": "a:1"} | changes


def button_template(text: str = "Chọn:", buttons: Any = None) -> dict[str, Any]:
    return template(template_type="button", text=text, buttons=[button()] if buttons is None else buttons)


def generic(count: int = 1, **element: Any) -> dict[str, Any]:
    return template(template_type="generic", elements=[{"title": "Khai sinh", "subtitle": "5 ngày"} | element] * count)


GOOD = [
    {"text": "Đ" * 2000},
    {"text": "có dấu riêng", "metadata": "gw:out-42"},
    quick(13),
    quick(title="x" * 20, payload="y" * 1000),
    {"text": "Số nào?", "quick_replies": [{"content_type": "user_phone_number"}, {"content_type": "user_email"}]},
    button_template("x" * 640, [button()] * 3),
    button_template(buttons=[button(title="x" * 20, payload="p" * 1000)]),
    button_template(buttons=[{"type": "web_url", "title": "Mở", "url": URL}]),
    button_template(buttons=[{"type": "phone_number", "title": "Gọi", "payload": "+842223835333"}]),
    generic(10, title="t" * 80, subtitle="s" * 80, buttons=[button()] * 3),
    generic(default_action={"type": "web_url", "url": URL}, image_url=URL),
    {"attachment": {"type": "image", "payload": {"url": URL, "is_reusable": True}}},
    {"attachment": {"type": "file", "payload": {"attachment_id": "123"}}},
]
BAD = [
    ({}, 2018032),
    ({"text": ""}, 2018032),
    ({"text": "Đ" * 2001}, None),
    ({"text": 5}, None),
    ({"text": "a", "attachment": {"type": "image", "payload": {"url": URL}}}, 2018034),
    ({"text": "a", "tex": "b"}, None),
    ({"text": "a", "metadata": "m" * 1001}, None),
    ({"text": "a", "metadata": {"id": 1}}, None),
    (quick(14), None),
    (quick(0), None),
    (quick(title="x" * 21), None),
    (quick(title=""), None),
    (quick(payload="y" * 1001), None),
    ({"text": "Ở đâu?", "quick_replies": [{"content_type": "location"}]}, None),
    ({"text": "a", "quick_replies": [{"content_type": "user_phone_number", "title": "Số"}]}, None),
    ({"quick_replies": [{"content_type": "text", "title": "a", "payload": "b"}]}, 2018032),
    (button_template("x" * 641), None),
    (button_template(""), None),
    (button_template(buttons=[button()] * 4), None),
    (button_template(buttons=[]), None),
    (button_template(buttons=[button(title="x" * 21)]), None),
    (button_template(buttons=[button(title="")]), 2018053),
    (button_template(buttons=[button(payload="")]), 2018040),
    (button_template(buttons=[button(payload="p" * 1001)]), None),
    (button_template(buttons=[{"type": "web_url", "title": "Mở"}]), 2018041),
    (button_template(buttons=[{"type": "web_url", "title": "Mở", "url": "javascript:alert(1)"}]), None),
    (button_template(buttons=[{"type": "phone_number", "title": "Gọi", "payload": "02223835333"}]), None),
    (button_template(buttons=[button(url=URL)]), None),
    (button_template(buttons=[button(type={})]), None),
    (button_template(buttons=["postback"]), None),
    (generic(11), None),
    (generic(title="t" * 81), None),
    (generic(subtitle="s" * 81), None),
    (generic(buttons=[button()] * 4), None),
    (template(template_type="generic", elements=[{"title": "nur"}]), None),
    (template(template_type="list", elements=[]), None),
    ({"attachment": {"type": "image", "payload": {}}}, 2018034),
    ({"attachment": {"type": "image", "payload": {"url": URL, "attachment_id": "1"}}}, 2018034),
    ({"attachment": {"type": "image", "payload": {"url": "/a.png"}}}, None),
    ({"attachment": {"payload": {"url": URL}}}, None),
    ({"attachment": {"type": "sticker", "payload": {"url": URL}}}, None),
]


@pytest.mark.parametrize("message", GOOD)
def test_a_message_at_its_limits_is_taken(message: dict[str, Any]) -> None:
    assert read_send_request(call(message)).message == message


@pytest.mark.parametrize(("message", "subcode"), BAD)
def test_a_message_over_its_limits_is_error_100(message: dict[str, Any], subcode: int | None) -> None:
    with pytest.raises(GraphError) as refused:
        read_send_request(call(message))
    assert (refused.value.code, refused.value.subcode, refused.value.status) == (100, subcode, 400)


@pytest.mark.parametrize(
    ("changes", "subcode"),
    [
        ({"sender_action": "typing_on"}, 2018014),
        ({"messaging_type": None}, None),
        ({"messaging_type": "SUBSCRIPTION"}, None),
        ({"messaging_type": "MESSAGE_TAG"}, None),
        ({"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, 1893061),
        ({"messaging_type": "MESSAGE_TAG", "tag": "CONFIRMED_EVENT_UPDATE"}, 1893061),
        ({"messaging_type": "MESSAGE_TAG", "tag": "POST_PURCHASE_UPDATE"}, 1893061),
        ({"tag": "HUMAN_AGENT"}, None),
        ({"messaging_type": "UTILITY"}, None),
        ({"recipient": {"id": 1234567}}, None),
        ({"recipient": {"id": "1234567", "user_ref": "a"}}, None),
        ({"recipient": "1234567"}, None),
        ({"quick_replies": []}, None),
        ({"message": "Chào"}, None),
        ({"persona_id": 5}, None),
        ({"thread_control": {"control_type": "take"}}, None),
        ({"reply_to": {"message_id": "m_1"}}, None),
    ],
)
def test_a_call_around_a_good_message_can_be_wrong(changes: dict[str, Any], subcode: int | None) -> None:
    with pytest.raises(GraphError) as refused:
        read_send_request(call({"text": "Chào"}) | changes)
    assert (refused.value.code, refused.value.subcode) == (100, subcode)


def test_neither_message_nor_action_is_named_by_its_subcode() -> None:
    with pytest.raises(GraphError) as refused:
        read_send_request({"recipient": {"id": "1234567"}, "messaging_type": "RESPONSE"})
    assert refused.value.subcode == 2018015


def test_a_sender_action_goes_alone() -> None:
    alone = {"recipient": {"id": "1234567"}, "sender_action": "typing_on"}
    assert read_send_request(alone).sender_action == "typing_on"
    with pytest.raises(GraphError):
        read_send_request(alone | {"messaging_type": "RESPONSE"})
    with pytest.raises(GraphError):
        read_send_request(alone | {"sender_action": "dance"})


def test_form_fields_may_hold_json() -> None:
    pairs = [("recipient", '{"id":"1234567"}'), ("message", '{"text":"Chào"}'), ("messaging_type", "RESPONSE")]
    assert read_send_request(from_pairs(pairs)).message == {"text": "Chào"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"[" * 100_000,
        b'{"a":' * 30 + b"1" + b"}" * 30,
        rb'{"a":"\ud800"}',
    ],
)
def test_broken_json_is_error_100(body: bytes) -> None:
    with pytest.raises(GraphError) as refused:
        from_json(body)
    assert refused.value.code == 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
SHAPES = st.fixed_dictionaries(
    {},
    optional={
        "recipient": JSON,
        "messaging_type": JSON,
        "message": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "text": JSON,
                "attachment": JSON | st.fixed_dictionaries({"type": st.just("template"), "payload": JSON}),
                "quick_replies": JSON,
                "template": JSON,
            },
        ),
        "sender_action": JSON,
        "payload": JSON,
        "tag": JSON,
        "thread_control": JSON,
    },
)


@given(SHAPES)
def test_no_shape_breaks_the_reader(parameters: dict[str, Any]) -> None:
    codes = set()
    try:
        read_send_request(from_json(json.dumps(parameters).encode()))
    except GraphError as refused:
        codes.add(refused.code)
    assert codes <= {100}
