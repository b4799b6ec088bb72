"""Every kind of update becomes the event that it means, and nothing that arrives breaks the reader."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversations.events import CitizenMessage, ContactChange, IgnoredEvent, IncomingAttachment
from connectors.gateway.webhooks import MalformedEventError
from connectors.telegram.parse import ParsedUpdate, parse_update
from tests.connectors.telegram.recorded import ACCOUNT, CITIZEN, FIXTURES, body_of, update_of


def parsed(name: str) -> ParsedUpdate:
    return parse_update(body_of(name), ACCOUNT)


def changed(update: dict[str, Any]) -> Any:
    return parse_update(json.dumps(update).encode(), ACCOUNT).event


MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"text": "Đăng ký khai sinh cần giấy tờ gì?"},
    "text_with_markup": {"text": '<b>chào</b> & "bạn" 👋🏽'},
    "start": {"starts": True},
    "start_with_question": {"starts": True, "text": "thu tuc dang ky khai sinh"},
    "start_with_campaign": {"starts": True},
    "command": {"text": "help le phi"},
    "button": {"button": "7fK2p9Qx", "text": "Lệ phí"},
    "button_of_inaccessible_message": {"button": "7fK2p9Qx"},
    "button_without_message": {"button": "7fK2p9Qx"},
    "contact_own": {"own_phone": "+84900000001"},
    "contact_of_other": {"attachments": (IncomingAttachment("contact"),)},
    "contact_forwarded": {"attachments": (IncomingAttachment("contact"),)},
    "location": {"attachments": (IncomingAttachment("location", facts={"latitude": 21.18608, "longitude": 106.07631}),)},
    "photo": {
        "text": "Giấy này có được không?",
        "attachments": (IncomingAttachment("image", "AgACAgUAAxkBAAIccc", None, "image/jpeg", 168012),),
    },
    "album_1": {
        "text": "Hai mặt",
        "attachments": (
            IncomingAttachment("image", "AgACAgUAAxkBAAIeee", None, "image/jpeg", 168012, {"group": "13579246801357"}),
        ),
    },
    "album_2": {
        "attachments": (
            IncomingAttachment("image", "AgACAgUAAxkBAAIggg", None, "image/jpeg", 150000, {"group": "13579246801357"}),
        ),
    },
    "document": {
        "attachments": (IncomingAttachment("file", "BQACAgUAAxkBAAIhhh", "to-khai.pdf", "application/pdf", 230111),),
    },
    "document_image": {
        "attachments": (IncomingAttachment("image", "BQACAgUAAxkBAAIiii", "IMG_0001.HEIC", "image/heic", 2301110),),
    },
    "voice": {"attachments": (IncomingAttachment("audio", "AwACAgUAAxkBAAIjjj", None, "audio/ogg", 16144),)},
    "audio": {"attachments": (IncomingAttachment("audio", "CQACAgUAAxkBAAIkkk", "a.mp3", "audio/mpeg", 716144),)},
    "video": {"attachments": (IncomingAttachment("video", "BAACAgUAAxkBAAIlll", None, "video/mp4", 816144),)},
    "video_note": {"attachments": (IncomingAttachment("other"),)},
    "animation": {"attachments": (IncomingAttachment("video", "CgACAgUAAxkBAAInnn", "g.mp4", "video/mp4", 8161),)},
    "sticker": {"attachments": (IncomingAttachment("sticker", "CAACAgUAAxkBAAIooo", None, None, 20010),)},
    "poll_from_citizen": {"attachments": (IncomingAttachment("other"),)},
    "new_field": {"text": "Xin chào"},
}
IGNORED = {
    "button_of_a_game": "foreign_button",
    "edited_message": "edited",
    "added_to_group": "not_private",
    "group_message": "not_private",
    "group_button": "not_private",
    "channel_post": "not_private",
    "from_a_bot": "not_a_person",
    "pinned_message": "not_used:pinned_message",
    "new_kind": "unknown_kind",
}
CONTACT_CHANGES = {"blocked": "unreachable", "unblocked": "reachable"}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_a_citizen_says(name: str) -> None:
    event = parsed(name).event
    assert isinstance(event, CitizenMessage)
    assert event == CitizenMessage(event.origin, CITIZEN, **MESSAGES[name])


@pytest.mark.parametrize("name", IGNORED)
def test_what_means_nothing_to_us_is_ignored_by_name(name: str) -> None:
    event = parsed(name).event
    assert isinstance(event, IgnoredEvent)
    assert event.detail == IGNORED[name]
    assert event.origin.name in update_of(name)


@pytest.mark.parametrize("name", CONTACT_CHANGES)
def test_blocking_and_unblocking_the_bot(name: str) -> None:
    event = parsed(name).event
    assert isinstance(event, ContactChange)
    assert (event.external_id, event.change) == (CITIZEN, CONTACT_CHANGES[name])
    assert event.acted is (name == "unblocked")


def test_every_recorded_update_is_expected_somewhere() -> None:
    assert {path.stem for path in FIXTURES.glob("*.json")} == {*MESSAGES, *IGNORED, *CONTACT_CHANGES}


def test_an_event_tells_where_it_comes_from() -> None:
    origin = parsed("text").event.origin
    assert (origin.channel, origin.account, origin.name) == ("telegram", ACCOUNT, "message")
    assert origin.event_id == str(update_of("text")["update_id"])
    assert origin.raw == body_of("text")
    assert origin.platform_at == datetime(2026, 11, 26, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["button", "button_of_inaccessible_message", "button_without_message", "group_button"])
def test_every_pressed_button_waits_for_an_acknowledgement(name: str) -> None:
    assert parsed(name).callback_id == update_of(name)["callback_query"]["id"]


def test_a_message_waits_for_none() -> None:
    assert parsed("text").callback_id is None


@pytest.mark.parametrize(
    ("typed", "text", "starts"),
    [
        ("/start", None, True),
        ("/START@motcua_test_bot", None, True),
        ("/start thu-tuc-1_004222", "thu tuc 1.004222", True),
        ("/start ho-so-H05-261120-0001", "ho so H05 261120 0001", True),
        ("/start thu-tuc-" + "x" * 64, None, True),
        ("/start <script>", None, True),
        ("/inform{\"code\":\"1\"}", 'inform{"code":"1"}', False),
        ("///restart", "restart", False),
        ("/lephi", "lephi", False),
        ("/menu\nlệ phí", "menu lệ phí", False),
        ("1/2 hồ sơ", "1/2 hồ sơ", False),
        ("/", "/", False),
        ("a\x00b\ud800c", "ab\ufffdc", False),
    ],
)  # fmt: skip
def test_commands_lose_their_slash(typed: str, text: str | None, starts: bool) -> None:
    update = update_of("text")
    update["message"]["text"] = typed
    event = changed(update)
    assert isinstance(event, CitizenMessage)
    assert (event.text, event.starts) == (text, starts)


@pytest.mark.parametrize("data", ["a:", "", "a:" + "x" * 63, "a:x y", "a:\x00", "a:ộ", "a:a;drop"])
def test_a_button_that_cannot_be_ours_is_ignored(data: str) -> None:
    update = update_of("button")
    update["callback_query"]["data"] = data
    parsed_update = parse_update(json.dumps(update).encode(), ACCOUNT)
    assert isinstance(parsed_update.event, IgnoredEvent)
    assert parsed_update.callback_id is not None


@pytest.mark.parametrize("user_id", [5550002, None, True, "5550001", 5550001.0])
def test_only_the_senders_own_card_proves_a_number(user_id: object) -> None:
    update = update_of("contact_own")
    update["message"]["contact"]["user_id"] = user_id
    event = changed(update)
    assert isinstance(event, CitizenMessage)
    assert event.own_phone is None
    assert event.attachments == (IncomingAttachment("contact"),)


@pytest.mark.parametrize("number", ["", "abc", "+", "1" * 40, "８４９００００００１"])
def test_a_number_that_is_none_proves_nothing(number: object) -> None:
    update = update_of("contact_own")
    update["message"]["contact"]["phone_number"] = number
    assert changed(update).own_phone is None


@pytest.mark.parametrize(
    "place", [{"latitude": 91, "longitude": 0}, {"latitude": float("nan"), "longitude": 0}, {"latitude": "x", "longitude": 1}]
)
def test_a_place_outside_the_earth_is_unreadable(place: dict[str, Any]) -> None:
    update = update_of("location")
    update["message"]["location"] = place
    event = changed(update)
    assert isinstance(event, IgnoredEvent)
    assert event.detail == "unreadable"


def test_a_file_id_that_is_none_is_not_kept() -> None:
    update = update_of("document")
    update["message"]["document"] |= {"file_id": "a\x00b c", "file_size": -5, "file_name": "a" * 500}
    (attachment,) = changed(update).attachments
    assert (attachment.source, attachment.size, len(attachment.name)) == (None, None, 200)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b"[" * 100_000,
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1.5}',
        b'{"update_id": ' + b"9" * 5_000 + b"}",
        b'{"update_id": 9223372036854775808}',
        b'{"message": {"text": "x"}}',
    ],
)
def test_a_body_without_an_update_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEventError):
        parse_update(body, ACCOUNT)


@pytest.mark.parametrize(
    "content",
    [
        None,
        5,
        "x",
        [],
        {},
        {"chat": []},
        {"chat": {"id": {}, "type": "private"}},
        {"date": 10**30, "chat": {"id": 7, "type": "private"}, "message_id": 1},
        {"date": 1, "chat": {"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": False, "first_name": "a"}, "text": 5,
         "message_id": 1},
        {"date": 1, "chat": {"id": 2**70, "type": "private"}, "from": {"id": 7, "is_bot": False, "first_name": "a"},
         "text": "x", "message_id": 1},
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["message", "callback_query", "my_chat_member"])
def test_an_update_in_an_unknown_shape_is_kept_as_unreadable(kind: str, content: object) -> None:
    event = changed({"update_id": 7, kind: content})
    assert isinstance(event, IgnoredEvent)
    assert (event.detail, event.origin.name) == ("unreadable", kind)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_malformed(body: bytes) -> None:
    with suppress(MalformedEventError):
        parse_update(body, ACCOUNT)


@st.composite
def broken_updates(draw: st.DrawFn) -> dict[str, Any]:
    """A recorded update of which some values were replaced by anything."""
    update = update_of(draw(st.sampled_from(sorted(path.stem for path in FIXTURES.glob("*.json")))))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = update
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or draw(st.booleans()):
                if draw(st.booleans()):
                    place[key] = draw(JSON)
                else:
                    del place[key]
                break
            place = place[key]
    return update


@settings(max_examples=300)
@given(broken_updates())
def test_any_broken_update_is_an_event_that_can_be_stored_or_malformed(update: dict[str, Any]) -> None:
    try:
        event = parse_update(json.dumps(update).encode(), ACCOUNT).event
    except MalformedEventError:
        return
    external_id = getattr(event, "external_id", None)
    assert external_id is None or len(str(int(external_id))) <= 20
    assert event.origin.name.isascii()
    assert len(event.origin.name) <= 60
    if isinstance(event, CitizenMessage):
        said = [event.text, event.button, event.own_phone]
        said += [text for one in event.attachments for text in (one.source, one.name, one.media_type)]
        for text in said:
            assert text is None or "\x00" not in text.encode().decode()
