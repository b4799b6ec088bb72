"""Every event of Zalo in our own words, and nothing that anybody can send breaks the reading."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.events import (
    AccountNotice,
    CitizenMessage,
    ContactChange,
    DeletionRequest,
    DeliveryReceipt,
    IgnoredEvent,
    IncomingAttachment,
    PlatformEcho,
    PlatformEvent,
)
from connectors.gateway.webhooks import MalformedEventError
from connectors.zalo.envelope import WrongAccountError
from connectors.zalo.parse import parse_event
from tests.connectors.zalo.recorded import CITIZEN, IDS, NAMES, as_sent, event, recorded


def parsed(body: Any) -> PlatformEvent:
    (one,) = parse_event(body if isinstance(body, bytes) else as_sent(body), IDS)
    return one


def message(name: str) -> CitizenMessage:
    one = parsed(recorded(name))
    assert isinstance(one, CitizenMessage)
    return one


def changed(name: str, **fields: Any) -> dict[str, Any]:
    return event(name) | fields


KINDS: dict[str, type] = {
    "follow": ContactChange,
    "unfollow": ContactChange,
    "user_click_chatnow": ContactChange,
    "user_received_message": DeliveryReceipt,
    "user_received_message_from_oa": DeliveryReceipt,
    "user_received_message_template": IgnoredEvent,
    "user_seen_message": DeliveryReceipt,
    "user_reacted_message": IgnoredEvent,
    "user_submit_info_without_phone": IgnoredEvent,
    "user_reply_consent": IgnoredEvent,
    "user_call_oa": IgnoredEvent,
    "user_send_group_text": IgnoredEvent,
    "user_withdraw": DeletionRequest,
    "user_withdraw_nobody": AccountNotice,
    "change_template_status": AccountNotice,
    "change_oa_daily_quota": AccountNotice,
}


def expected_kind(name: str) -> type:
    if name in KINDS:
        return KINDS[name]
    if name.startswith("user_s"):
        return CitizenMessage
    is_echo = name.startswith("oa_send_") and "anonymous" not in name and "consent" not in name
    return PlatformEcho if is_echo else IgnoredEvent


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_event_is_read_as_what_it_is(name: str) -> None:
    raw = recorded(name)
    one = parsed(raw)
    assert type(one) is expected_kind(name)
    assert (one.origin.channel, one.origin.account, one.origin.raw) == ("zalo", IDS.oa_id, raw)
    assert one.origin.name == json.loads(raw)["event_name"]
    assert one.origin.platform_at is not None


def test_no_two_recorded_events_have_one_id_and_each_keeps_its_own() -> None:
    ids = {name: parsed(recorded(name)).origin.event_id for name in NAMES}
    ids.pop("user_received_message_from_oa")  # the same receipt, told the other way round
    assert len(set(ids.values())) == len(ids)
    assert ids == {name: parsed(recorded(name)).origin.event_id for name in ids}


def test_a_text() -> None:
    one = message("user_send_text")
    assert (one.external_id, one.text, one.button, one.attachments) == (CITIZEN, "Tôi cần cấp lại giấy khai sinh", None, ())
    assert one.origin.event_id == "96d3cdf3af150460909"
    assert one.origin.platform_at == datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)


def test_a_timestamp_as_number_and_the_older_name_of_the_id() -> None:
    assert message("user_send_text_numeric_timestamp").origin.platform_at == message("user_send_text").origin.platform_at
    assert message("user_send_text_message_id").origin.event_id == "m-older"


def test_an_id_told_as_a_number_keeps_all_its_digits() -> None:
    raw = recorded("user_send_text").replace(b'"id":"246845883529197922"', b'"id":246845883529197923')
    one = parsed(raw)
    assert isinstance(one, CitizenMessage)
    assert one.external_id == "246845883529197923"


def test_a_tapped_button_is_its_token() -> None:
    one = message("user_send_text_button")
    assert (one.button, one.text) == ("7fK2p9Qw3xYzAbCdEfGh12", None)


@pytest.mark.parametrize("text", ["a: được không", "a:", "a:x", "A:7fK2p9Qw3xYzAbCdEfGh12", "a:7fK2p9 Qw3xYz"])
def test_words_that_only_look_like_a_button_stay_words(text: str) -> None:
    body = event("user_send_text")
    body["message"]["text"] = text
    one = parsed(body)
    assert isinstance(one, CitizenMessage)
    assert (one.text, one.button) == (text, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("user_send_image", IncomingAttachment("image", "https://f.zalo.example/i.jpg")),
        ("user_send_gif", IncomingAttachment("image", "https://f.zalo.example/i.gif")),
        ("user_send_audio", IncomingAttachment("audio", "https://f.zalo.example/v.amr")),
        ("user_send_video", IncomingAttachment("video", "https://f.zalo.example/v.mp4")),
        ("user_send_sticker", IncomingAttachment("sticker", "https://f.zalo.example/s.png")),
        ("user_send_location", IncomingAttachment("location", facts={"latitude": 21.1861, "longitude": 106.0763})),
        ("user_send_file", IncomingAttachment("file", "https://f.zalo.example/don.pdf", "don.pdf", "pdf", 25689)),
        ("user_send_link", IncomingAttachment("link", "https://dichvucong.example/ho-so", "Nộp hồ sơ")),
        ("user_send_business_card", IncomingAttachment("contact", facts={"phone": "84900000001"})),
    ],
)
def test_an_attachment_of_each_kind(name: str, expected: IncomingAttachment) -> None:
    assert message(name).attachments == (expected,)


def test_a_caption_and_a_shared_link_are_text_too() -> None:
    assert message("user_send_image").text == "Đơn mặt trước"
    assert message("user_send_link").text == "https://dichvucong.example/ho-so"


def test_a_business_card_is_nobodys_own_number() -> None:
    assert message("user_send_business_card").own_phone is None


@pytest.mark.parametrize("name", ["user_submit_info", "user_submit_info_flat", "user_submit_info_in_text"])
def test_a_submitted_number_is_the_citizens_own_in_every_shape(name: str) -> None:
    one = message(name)
    assert (one.own_phone, one.text, one.attachments) == ("0900000001", None, ())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("84900000001", "0900000001"),
        ("+84 900 000 001", "0900000001"),
        ("0900000001", "0900000001"),
        ("33612345678", "+33612345678"),
    ],
)
def test_numbers_are_written_as_people_write_them(told: str, expected: str) -> None:
    one = parsed(changed("user_submit_info", info={"phone": told}))
    assert isinstance(one, CitizenMessage)
    assert one.own_phone == expected


@pytest.mark.parametrize(
    "info", [{}, None, [], "x", {"phone": ""}, {"phone": "không có"}, {"phone": {"n": 1}}, {"phone": "1" * 40}]
)
def test_a_form_without_a_number_is_counted_as_unreadable(info: Any) -> None:
    one = parsed(changed("user_submit_info", info=info))
    assert isinstance(one, IgnoredEvent)
    assert one.detail == "unreadable: no phone"


def test_following_opens_the_window_and_unfollowing_closes_the_contact() -> None:
    follow, unfollow, click = (parsed(recorded(name)) for name in ("follow", "unfollow", "user_click_chatnow"))
    assert isinstance(follow, ContactChange)
    assert isinstance(unfollow, ContactChange)
    assert isinstance(click, ContactChange)
    assert (follow.external_id, follow.change, follow.acted) == (CITIZEN, "reachable", True)
    assert (click.external_id, click.change, click.acted) == (CITIZEN, "reachable", True)
    assert (unfollow.external_id, unfollow.change, unfollow.acted) == (CITIZEN, "unreachable", False)


@pytest.mark.parametrize("name", ["user_received_message", "user_received_message_from_oa"])
def test_a_receipt_names_the_citizen_whoever_stands_as_sender(name: str) -> None:
    one = parsed(recorded(name))
    assert isinstance(one, DeliveryReceipt)
    assert (one.external_id, one.kind, one.message_ids) == (CITIZEN, "delivered", ("m9",))


def test_a_read_receipt_names_all_its_messages() -> None:
    one = parsed(recorded("user_seen_message"))
    assert isinstance(one, DeliveryReceipt)
    assert (one.kind, one.message_ids) == ("read", ("m9", "m10"))


def test_a_templates_receipt_keeps_no_telephone_number() -> None:
    one = parsed(recorded("user_received_message_template"))
    assert isinstance(one, IgnoredEvent)
    assert (one.external_id, one.detail) == (None, "template_receipt notice-42")


def test_an_echo_is_a_persons_only_with_an_admin_id() -> None:
    ours, officers = parsed(recorded("oa_send_text")), parsed(recorded("oa_send_text_by_officer"))
    assert isinstance(ours, PlatformEcho)
    assert isinstance(officers, PlatformEcho)
    assert (ours.external_id, ours.platform_message_id, ours.by_person) == (CITIZEN, "echo-text", False)
    assert (officers.by_person, officers.text) == (True, "Chào anh, hồ sơ đã xong")


def test_an_echo_and_a_receipt_of_one_message_are_two_events() -> None:
    echo, receipt = event("oa_send_text"), event("user_received_message")
    receipt["message"]["msg_id"] = echo["message"]["msg_id"]
    assert parsed(echo).origin.event_id != parsed(receipt).origin.event_id


def test_whoever_withdraws_is_named_or_people_are_told() -> None:
    one, nobody = parsed(recorded("user_withdraw")), parsed(recorded("user_withdraw_nobody"))
    assert isinstance(one, DeletionRequest)
    assert one.external_id == CITIZEN
    assert isinstance(nobody, AccountNotice)


def test_notices_say_what_changed() -> None:
    template, quota = parsed(recorded("change_template_status")), parsed(recorded("change_oa_daily_quota"))
    assert isinstance(template, AccountNotice)
    assert isinstance(quota, AccountNotice)
    assert template.detail == "template 123456: PENDING_REVIEW → REJECT (Sai quy định)"
    assert quota.detail == "daily quota: 500 → 1000"


def test_the_other_shape_of_a_templates_status() -> None:
    one = parsed(changed("change_template_status", status={"prev": "ENABLE", "new": "DISABLE"}, reason=None))
    assert isinstance(one, AccountNotice)
    assert one.detail == "template 123456: ENABLE → DISABLE"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("anonymous_send_text", "anonymous_visitor"),
        ("oa_send_anonymous_text", "anonymous_visitor"),
        ("user_reacted_message", "reaction"),
        ("oa_send_consent", "calls"),
        ("add_user_to_tag", "tags"),
        ("widget_interaction_accepted", "widget"),
        ("create_group", "group"),
        ("unknown_event", "unknown"),
    ],
)
def test_what_is_not_used_is_ignored_by_name_and_reason(name: str, why: str) -> None:
    one = parsed(recorded(name))
    assert isinstance(one, IgnoredEvent)
    assert one.detail == why


def test_a_new_kind_of_message_with_words_is_not_lost() -> None:
    one = parsed(changed("user_send_text", event_name="user_send_poem"))
    assert isinstance(one, CitizenMessage)
    assert one.text == "Tôi cần cấp lại giấy khai sinh"


@pytest.mark.parametrize(
    "change",
    [
        {"sender": None},
        {"sender": {}},
        {"sender": {"id": None}},
        {"sender": {"id": ["x"]}},
        {"sender": {"id": "có dấu"}},
        {"sender": {"id": "9" * 129}},
        {"message": None},
        {"message": {"msg_id": "m"}},
        {"message": {"msg_id": "m", "text": {}}},
        {"message": {"msg_id": "m", "text": " \u0000 "}},
        {"message": {"msg_id": "m", "attachments": "x"}},
        {"message": {"msg_id": "m", "attachments": [None, 5]}},
    ],
)
def test_a_message_without_its_parts_is_counted_as_unreadable(change: dict[str, Any]) -> None:
    one = parsed(changed("user_send_text", **change))
    assert isinstance(one, IgnoredEvent)
    assert one.detail.startswith("unreadable")


@pytest.mark.parametrize(
    "place",
    [{"latitude": "x", "longitude": "1"}, {"latitude": "91", "longitude": "1"}, {"latitude": "nan", "longitude": "1"}, None],
)
def test_a_place_that_is_none_on_earth_has_no_coordinates(place: Any) -> None:
    body = event("user_send_location")
    body["message"]["attachments"][0]["payload"]["coordinates"] = place
    one = parsed(body)
    assert isinstance(one, CitizenMessage)
    assert one.attachments == (IncomingAttachment("location"),)


@pytest.mark.parametrize("stamp", [None, [], "hôm nay", "-5", "9" * 30, "1e12", True])
def test_a_strange_timestamp_costs_only_the_time(stamp: Any) -> None:
    one = parsed(changed("user_send_text", timestamp=stamp))
    assert isinstance(one, CitizenMessage)
    assert one.origin.platform_at is None


def test_hostile_text_arrives_as_the_ledger_can_hold_it() -> None:
    raw = recorded("user_send_text").replace(b"khai sinh", b"\\ud800 \\u0000<b>x</b>")
    one = parsed(raw)
    assert isinstance(one, CitizenMessage)
    assert one.text == "Tôi cần cấp lại giấy \ufffd <b>x</b>"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x",
        b"null",
        b"[]",
        b"5",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b'{"event_name":[]}',
        b'{"event_name":" "}',
        b'{"event_name":"follow","x":NaN}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_event_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedEventError):
        parse_event(raw, IDS)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"app_id": "1"}, "wrong_app"),
        ({"app_id": 1}, "wrong_app"),
        ({"recipient": {"id": "1"}}, "wrong_oa"),
        ({"oa_id": "1"}, "wrong_oa"),
    ],
)
def test_an_event_of_another_account_is_refused_by_name(change: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongAccountError, match=why):
        parse_event(as_sent(changed("user_send_text", **change)), IDS)


def test_an_echo_of_another_account_is_refused_too() -> None:
    with pytest.raises(WrongAccountError, match="wrong_oa"):
        parse_event(as_sent(changed("oa_send_text", sender={"id": "1"})), IDS)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def total(raw: bytes) -> None:
    try:
        (one,) = parse_event(raw, IDS)
    except (MalformedEventError, WrongAccountError):
        return
    assert 0 < len(one.origin.event_id) <= 200
    assert 0 < len(one.origin.name) <= 60
    assert len(getattr(one, "detail", "")) <= 160
    one.origin.event_id.encode()
    one.origin.name.encode()
    (getattr(one, "text", None) or "").encode()
    (getattr(one, "external_id", None) or "").encode()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_malformed(raw: bytes) -> None:
    total(raw)


@given(ANY_JSON)
def test_any_json_is_read_or_malformed(body: Any) -> None:
    total(json.dumps(body).encode())


@given(st.data())
def test_any_event_with_any_part_replaced_is_read_or_malformed(data: st.DataObject) -> None:
    body = event(data.draw(st.sampled_from(NAMES)))
    for _ in range(data.draw(st.integers(1, 3))):
        target: Any = body
        while isinstance(target, dict | list) and target:
            place = data.draw(st.sampled_from(list(target) if isinstance(target, dict) else list(range(len(target)))))
            if not isinstance(target[place], dict | list) or data.draw(st.booleans()):
                target[place] = data.draw(ANY_JSON)
                break
            target = target[place]
    total(json.dumps(body).encode())
