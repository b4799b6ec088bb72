"""One recorded body per event of the platform, and what it becomes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.events import (
    AccountNotice,
    CitizenMessage,
    ContactChange,
    DeliveryReceipt,
    IgnoredEvent,
    PlatformEcho,
    PlatformEvent,
    ThreadControl,
)
from connectors.facebook.parse import READERS, Parsed, parse
from connectors.gateway.webhooks import MalformedEventError
from tests.connectors.facebook.recorded import ACCOUNT, CITIZEN, FIXTURES, recorded


def parsed(name: str) -> Parsed:
    return parse(recorded(name), ACCOUNT)


def only(name: str) -> PlatformEvent:
    (event,) = parsed(name).events
    return event


def message(name: str) -> CitizenMessage:
    event = only(name)
    assert isinstance(event, CitizenMessage)
    return event


def echo(name: str) -> PlatformEcho:
    event = only(name)
    assert isinstance(event, PlatformEcho)
    return event


def ignored(name: str) -> tuple[str, str]:
    event = only(name)
    assert isinstance(event, IgnoredEvent)
    return event.origin.name, event.detail


def test_a_text_is_the_citizens_with_its_message_id_time_and_body() -> None:
    found = message("text")
    assert (found.text, found.external_id, found.button, found.starts) == ("Làm giấy khai sinh cần gì?", CITIZEN, None, False)
    origin = found.origin
    assert (origin.channel, origin.account, origin.event_id, origin.name) == ("facebook", ACCOUNT.page_id, "m_text", "message")
    assert origin.platform_at is not None
    assert origin.platform_at.isoformat() == "2023-11-14T22:13:20.100000+00:00"
    assert origin.raw == recorded("text")


def test_decomposed_text_and_emoji_come_through() -> None:
    assert "👨‍👩‍👧 🇻🇳" in (message("text_nfd_emoji").text or "")


def test_a_quick_reply_is_a_button_with_its_title() -> None:
    found = message("quick_reply")
    assert (found.button, found.text) == ("7fK2p9xQ_-aaaaaaaaaaaa", "Lệ phí")


@pytest.mark.parametrize(("name", "text"), [("quick_reply_phone", "+84912345678"), ("quick_reply_email", "lan@example.vn")])
def test_a_number_or_address_from_the_profile_is_text_and_never_vouched_for(name: str, text: str) -> None:
    found = message(name)
    assert (found.text, found.button, found.own_phone) == (text, None, None)


def test_typing_what_a_button_sends_is_no_button() -> None:
    body = recorded("text").replace(b"L\\u00e0m gi\\u1ea5y khai sinh c\\u1ea7n g\\u00ec?", b"a:7fK2p9xQ")
    (found,) = parse(body, ACCOUNT).events
    assert isinstance(found, CitizenMessage)
    assert (found.text, found.button) == ("a:7fK2p9xQ", None)


@pytest.mark.parametrize(
    ("name", "kind", "file_name"),
    [
        ("image", "image", None),
        ("file", "file", "Đơn xin.pdf"),
        ("audio", "audio", None),
        ("video", "video", None),
        ("sticker", "sticker", None),
        ("sticker_twice", "sticker", None),
        ("shared_link", "link", "Bài viết"),
        ("reel", "video", "Video"),
        ("unknown_attachment", "other", None),
    ],
)
def test_what_comes_beside_text_has_its_kind_and_counts_once(name: str, kind: str, file_name: str | None) -> None:
    (attachment,) = message(name).attachments
    assert (attachment.kind, attachment.name) == (kind, file_name)
    assert kind == "other" or (attachment.source or "").startswith("https://")


def test_two_pictures_and_a_text_are_one_message() -> None:
    found = message("image_with_text")
    assert found.text == "Giấy tờ đây"
    assert [one.kind for one in found.attachments] == ["image", "image"]


def test_a_place_has_its_coordinates() -> None:
    (place,) = message("location").attachments
    assert (place.kind, dict(place.facts)) == ("location", {"latitude": 21.186, "longitude": 106.076})


def test_the_preview_of_a_typed_link_is_no_attachment() -> None:
    assert message("link_preview").attachments == ()


def test_get_started_starts() -> None:
    assert message("get_started").starts
    assert message("get_started").button is None


def test_a_tap_on_a_card_is_a_button() -> None:
    assert message("postback_button").button == "Zm9vYmFyYmF6cXV4MTIzNA"


@pytest.mark.parametrize("name", ["postback_menu", "postback_without_mid"])
def test_a_tap_on_the_menu_says_its_title(name: str) -> None:
    found = message(name)
    assert (found.text, found.button, found.starts) == ("Gặp cán bộ", None, False)


def test_our_own_messages_come_back_with_our_mark() -> None:
    found = echo("echo_ours")
    assert (found.delivery_id, found.by_us, found.by_person, found.platform_message_id) == (42, True, False, "m_e1")
    assert (found.external_id, found.text) == (CITIZEN, "Lệ phí: miễn phí")
    assert echo("echo_ours_template").text == "Mở trang nhé"


@pytest.mark.parametrize("name", ["echo_officer", "echo_officer_image", "echo_without_app", "standby_echo"])
def test_what_was_written_in_the_pages_inbox_is_a_persons(name: str) -> None:
    found = echo(name)
    assert (found.by_person, found.by_us, found.delivery_id) == (True, False, None)
    assert found.external_id == CITIZEN


def test_another_apps_message_is_neither_ours_nor_a_persons() -> None:
    found = echo("echo_other_app")
    assert (found.by_person, found.by_us) == (False, False)


@pytest.mark.parametrize(
    ("name", "kind", "mids"),
    [("delivery", "delivered", ("m_e1", "m_e2")), ("delivery_without_mids", "delivered", ()), ("read", "read", ())],
)
def test_receipts_name_messages_or_a_time(name: str, kind: str, mids: tuple[str, ...]) -> None:
    event = only(name)
    assert isinstance(event, DeliveryReceipt)
    assert (event.kind, event.message_ids, event.external_id) == (kind, mids, CITIZEN)
    assert event.watermark is not None


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("pass_to_us", "bot"),
        ("pass_to_inbox", "person"),
        ("take_from_us", "person"),
        ("standby_text", "person"),
        ("standby_postback", "person"),
    ],
)
def test_who_controls_the_thread(name: str, holder: str) -> None:
    event = only(name)
    assert isinstance(event, ThreadControl)
    assert (event.holder, event.external_id) == (holder, CITIZEN)


@pytest.mark.parametrize("name", ["referral", "reaction"])
def test_acts_that_are_no_message_open_the_window_anew(name: str) -> None:
    event = only(name)
    assert isinstance(event, ContactChange)
    assert (event.change, event.acted) == ("reachable", True)


@pytest.mark.parametrize(
    ("name", "words"), [("policy_enforcement", "policy_enforcement block"), ("template_rejected", "REJECTED ho_so_xong")]
)
def test_bad_news_of_our_account_is_told_to_people(name: str, words: str) -> None:
    event = only(name)
    assert isinstance(event, AccountNotice)
    assert words in event.detail


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("message_edit", ("message_edit", "not_used")),
        ("optin", ("optin", "not_used")),
        ("account_linking", ("account_linking", "not_used")),
        ("response_feedback", ("response_feedback", "not_used")),
        ("request_control", ("request_thread_control", "not_used")),
        ("app_roles", ("app_roles", "not_used")),
        ("reaction_taken_back", ("reaction", "reaction_taken_back")),
        ("empty_message", ("message", "empty_message")),
        ("standby_read", ("standby.read", "standby")),
        ("template_approved", ("message_template_status_update", "template_approved")),
        ("page_feed", ("feed", "unknown_event")),
        ("unknown_event", ("brand_new_thing", "unknown_event")),
    ],
)
def test_what_means_nothing_to_us_is_stored_by_its_name(name: str, stored: tuple[str, str]) -> None:
    assert ignored(name) == stored


@pytest.mark.parametrize("name", ["standby_text", "standby_echo", "standby_postback", "standby_read"])
def test_nothing_on_standby_is_a_turn_of_the_bot(name: str) -> None:
    assert not isinstance(only(name), CitizenMessage)


def test_all_elements_of_all_entries_are_taken() -> None:
    events = parsed("batch_2x3").events
    assert [e.text for e in events if isinstance(e, CitizenMessage)] == [
        "câu 00",
        "câu 01",
        "câu 02",
        "câu 10",
        "câu 11",
        "câu 12",
    ]
    assert len({e.origin.event_id for e in events}) == 6
    for event in events:
        (again,) = parse(event.origin.raw, ACCOUNT).events
        assert again.origin.event_id == event.origin.event_id


def test_a_broken_element_costs_none_of_the_others() -> None:
    events = parsed("batch_with_broken").events
    assert [e.text for e in events if isinstance(e, CitizenMessage)] == ["một", "hai"]
    broken = [e.detail for e in events if isinstance(e, IgnoredEvent)]
    assert broken == ["malformed: sender is no object", "malformed"]


def test_ids_that_come_as_large_numbers_keep_all_digits() -> None:
    found = message("large_ids")
    assert found.external_id == "98765432109876543"
    assert found.origin.platform_at is not None


@pytest.mark.parametrize(("name", "reason"), [("other_page", "wrong_account"), ("not_a_page", "wrong_object")])
def test_what_is_not_for_our_page_is_turned_away_by_name(name: str, reason: str) -> None:
    assert parsed(name) == Parsed((), (reason,))


def test_no_entries_are_no_events() -> None:
    assert parsed("no_entries") == Parsed(())


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b'"page"', b"{}", b'{"object":"page"}', b'{"object":"page","entry":{}}', b'{"object":NaN}'),
        *(b"[" * 100_000, b"\xff\xfe", b'{"object":"page","entry":[' + b"[" * 80 + b"]" * 80 + b"]}", b"1" * 5000),
    ],
)
def test_what_is_no_event_at_all_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEventError):
        parse(body, ACCOUNT)


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.json")))
def test_the_same_body_gives_the_same_event_ids(name: str) -> None:
    assert [e.origin.event_id for e in parsed(name).events] == [e.origin.event_id for e in parsed(name).events]


def test_different_events_without_message_ids_have_different_ids() -> None:
    names = [
        "read",
        "delivery",
        "delivery_without_mids",
        "reaction",
        "reaction_taken_back",
        "pass_to_us",
        "take_from_us",
        "referral",
    ]
    assert len({only(name).origin.event_id for name in names}) == len(names)


def test_two_citizens_events_of_the_same_moment_have_different_ids() -> None:
    (mine,) = parse(recorded("read"), ACCOUNT).events
    (theirs,) = parse(recorded("read").replace(CITIZEN.encode(), b"999"), ACCOUNT).events
    assert mine.origin.event_id != theirs.origin.event_id
    assert mine.origin.platform_at == theirs.origin.platform_at


def test_what_our_page_sends_is_never_a_turn_even_where_it_is_not_called_an_echo() -> None:
    (event,) = parse(recorded("echo_ours").replace(b'"is_echo": true,', b""), ACCOUNT).events
    assert isinstance(event, PlatformEcho)


def test_every_kind_of_event_has_a_recorded_body() -> None:
    kinds = {only_key for path in FIXTURES.glob("*.json") for only_key in _keys(json.loads(path.read_bytes()))}
    assert set(READERS) - {"policy-enforcement"} <= kinds


def _keys(data: Any) -> set[str]:
    if isinstance(data, dict):
        return set(data) | {key for value in data.values() for key in _keys(value)}
    return {key for value in data for key in _keys(value)} if isinstance(data, list) else set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([ACCOUNT.page_id, CITIZEN]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PARTY = JSON | st.sampled_from([{"id": CITIZEN}, {"id": ACCOUNT.page_id}])
FIELDS = st.sampled_from(
    [
        *("mid", "text", "is_echo", "attachments", "quick_reply", "payload", "title", "watermark", "mids", "action", "app_id"),
        *("metadata", "new_owner_app_id", "reason", "type", "url", "is_deleted", "coordinates", "lat", "long", "sticker_id"),
    ]
)
PART = JSON | st.dictionaries(FIELDS, JSON | st.lists(st.dictionaries(FIELDS, JSON, max_size=3), max_size=2), max_size=5)
ELEMENT = JSON | st.builds(
    lambda kind, part, sender, recipient, at: {kind: part, "sender": sender, "recipient": recipient, "timestamp": at},
    st.sampled_from(sorted(READERS)) | st.text(max_size=8),
    PART,
    PARTY,
    PARTY,
    JSON,
)
ENTRY = JSON | st.builds(
    lambda where, elements, page: {"id": page, where: elements},
    st.sampled_from(["messaging", "standby", "changes", "x"]),
    st.lists(ELEMENT, max_size=3) | JSON,
    st.just(ACCOUNT.page_id) | JSON,
)
BODIES = st.builds(lambda entries: {"object": "page", "entry": entries}, st.lists(ENTRY, max_size=3) | JSON) | JSON


@given(BODIES.map(lambda data: json.dumps(data).encode()) | st.binary(max_size=200))
def test_any_body_gives_storable_events_or_is_malformed(body: bytes) -> None:
    try:
        events = parse(body, ACCOUNT).events
    except MalformedEventError:
        return
    for event in events:
        assert 0 < len(event.origin.event_id) <= 200
        assert event.origin.event_id.isascii()
        assert 0 < len(event.origin.name) <= 60
        external_id = getattr(event, "external_id", None)
        assert external_id is None or (0 < len(external_id) <= 128 and external_id != ACCOUNT.page_id)
        assert not isinstance(event, CitizenMessage) or event.text or event.button or event.attachments or event.starts


@given(st.lists(ELEMENT, min_size=1, max_size=4), st.integers(0, 4))
def test_a_good_message_is_found_among_any_others(others: list[Any], place: int) -> None:
    good = json.loads(recorded("text"))["entry"][0]["messaging"][0]
    others.insert(place, good)
    body = json.dumps({"object": "page", "entry": [{"id": ACCOUNT.page_id, "messaging": others}]}).encode()
    try:
        events = parse(body, ACCOUNT).events
    except MalformedEventError:
        assert "NaN" in body.decode() or "Infinity" in body.decode()
        return
    assert len(events) == len(others)
    assert any(isinstance(e, CitizenMessage) and e.text == "Làm giấy khai sinh cần gì?" for e in events)
