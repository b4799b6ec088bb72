"""What the body of a consulting message may be: limits in the platform's unit, unknown shapes refused."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.zalo.consulting import read_consulting_message
from simulators.zalo.errors import ZaloError
from simulators.zalo.knobs import Knobs

QUERY = {"title": "Phí", "type": "oa.query.hide", "payload": "#a:7fK2p9"}
ELEMENT = {"media_type": "image", "attachment_id": "id"}
CARD = {"title": "Thông tin", "subtitle": "Số điện thoại", "image_url": ""}


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def media(**element: Any) -> dict[str, Any]:
    return template(template_type="media", elements=[element])


def buttons(*all_buttons: dict[str, Any], text: Any = "Chọn") -> dict[str, Any]:
    return {"text": text} | template(buttons=list(all_buttons))


def code(message: Any, knobs: Knobs | None = None) -> int:
    """0 where the platform takes the message, else the error."""
    try:
        read_consulting_message({"recipient": {"user_id": "1"}, "message": message}, knobs or Knobs())
    except ZaloError as error:
        return error.code
    return 0


def button(kind: str, payload: Any, title: str = "Nút") -> dict[str, Any]:
    return buttons({"title": title, "type": kind, "payload": payload})


ACCEPTED = {
    "text": {"text": "Xin chào"},
    "text of 2000": {"text": "ă" * 2000},
    "quote": {"text": "a", "quote_message_id": "m1"},
    "image": media(**ELEMENT),
    "image by address": media(media_type="image", url="https://example.vn/a.png") | {"text": "chú thích"},
    "gif": media(media_type="gif", attachment_id="id", width=10, height=10),
    "sticker": media(media_type="sticker", attachment_id="id"),
    "file": {"attachment": {"type": "file", "payload": {"token": "t"}}},
    "card": template(template_type="request_user_info", elements=[CARD]),
    "five buttons": buttons(*[QUERY] * 5),
    "title of 100": button("oa.query.show", "p", "t" * 100),
    "payload of 1000": button("oa.query.hide", "p" * 1000),
    "address": button("oa.open.url", {"url": "https://example.vn"}),
    "phone": button("oa.open.phone", {"phone_code": "84912345678"}),
    "sms of 160": button("oa.open.sms", {"content": "s" * 160, "phone_code": "84912345678"}),
}

REFUSED = {
    "nothing": (-201, {}),
    "empty text": (-201, {"text": ""}),
    "blank text": (-201, {"text": " \n"}),
    "text of 2001": (-210, {"text": "ă" * 2001}),
    "text that is too long only because its marks are apart": (-210, {"text": unicodedata.normalize("NFD", "ế" * 1000)}),
    "number as text": (-201, {"text": 5}),
    "unknown field": (-201, {"text": "a", "quick_replies": []}),
    "plain image": (-201, {"attachment": {"type": "image", "payload": {"url": "https://example.vn/a.png"}}}),
    "two media": (-201, template(template_type="media", elements=[ELEMENT, ELEMENT])),
    "no medium": (-201, template(template_type="media", elements=[])),
    "id and address": (-201, media(**ELEMENT, url="https://example.vn/a.png")),
    "neither id nor address": (-201, media(media_type="image")),
    "gif without size": (-201, media(media_type="gif", attachment_id="id")),
    "video": (-201, media(media_type="video", attachment_id="id")),
    "picture of this machine's files": (-201, media(media_type="image", url="file:///etc/passwd")),
    "buttons in media": (-201, template(template_type="media", elements=[ELEMENT], buttons=[QUERY])),
    "file with text": (-201, {"text": "a", "attachment": {"type": "file", "payload": {"token": "t"}}}),
    "file by attachment_id": (-201, {"attachment": {"type": "file", "payload": {"attachment_id": "t"}}}),
    "no card": (-201, template(template_type="request_user_info", elements=[])),
    "two cards": (-201, template(template_type="request_user_info", elements=[CARD, CARD])),
    "card without image_url": (-201, template(template_type="request_user_info", elements=[{"title": "a", "subtitle": "b"}])),
    "card's title of 101": (-210, template(template_type="request_user_info", elements=[CARD | {"title": "t" * 101}])),
    "card's subtitle of 501": (-210, template(template_type="request_user_info", elements=[CARD | {"subtitle": "t" * 501}])),
    "list": (-233, template(template_type="list", elements=[])),
    "button template": (-201, {"text": "a"} | template(template_type="button", buttons=[QUERY])),
    "null template_type": (-201, {"text": "a"} | template(template_type=None, buttons=[QUERY])),
    "empty template_type": (-201, {"text": "a"} | template(template_type="", buttons=[QUERY])),
    "buttons without text": (-201, template(buttons=[QUERY])),
    "no buttons": (-201, {"text": "a"} | template(buttons=[])),
    "six buttons": (-210, buttons(*[QUERY] * 6)),
    "title of 101": (-210, button("oa.query.hide", "p", "t" * 101)),
    "empty title": (-201, button("oa.query.hide", "p", "")),
    "payload of 1001": (-210, button("oa.query.hide", "p" * 1001)),
    "empty payload": (-201, button("oa.query.hide", "")),
    "payload as object": (-201, button("oa.query.hide", {"a": 1})),
    "address as string": (-201, button("oa.open.url", "https://example.vn")),
    "script as address": (-201, button("oa.open.url", {"url": "javascript:alert(1)"})),
    "phone with letters": (-201, button("oa.open.phone", {"phone_code": "1900-ABC"})),
    "sms of 161": (-210, button("oa.open.sms", {"content": "s" * 161, "phone_code": "84912345678"})),
    "unknown button": (-201, button("oa.query.ask", "p")),
    "buttons beside attachment": (-201, {"text": "a", "buttons": [QUERY]}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert code(ACCEPTED[name]) == 0


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    wanted, message = REFUSED[name]
    assert code(message) == wanted


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"message": {"text": "a"}},
        {"recipient": {"user_id": 246845883529197922}, "message": {"text": "a"}},
        {"recipient": {"user_id": ""}, "message": {"text": "a"}},
        {"recipient": {"user_id": "1", "message_id": "2"}, "message": {"text": "a"}},
        {"recipient": {"user_id": "1"}, "message": {"text": "a"}, "tag": "x"},
    ],
)
def test_refused_envelopes(body: Any) -> None:
    with pytest.raises(ZaloError, match="-201"):
        read_consulting_message(body, Knobs())


def test_knobs_turn_what_is_not_confirmed() -> None:
    in_media = template(template_type="media", elements=[ELEMENT], buttons=[QUERY])
    by_id = {"attachment": {"type": "file", "payload": {"attachment_id": "t"}}}
    assert code(buttons(QUERY), Knobs(cs_buttons="refused")) == -201
    assert code(in_media, Knobs(media_buttons="accepted")) == 0
    assert code(buttons(*[QUERY] * 6), Knobs(too_many_buttons=-201)) == -201
    assert code(by_id, Knobs(file_payload="attachment_id")) == 0
    assert code(ACCEPTED["file"], Knobs(file_payload="attachment_id")) == -201


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "attachment", "type", "payload", "x"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_taken_or_refused_with_a_code(message: Any) -> None:
    assert code(message) in (0, -201, -210, -233)
