"""What people do, and the events that follow: names, shapes and ids."""

import hashlib
import json
from typing import Any

import pytest

from tests.simulators.zalo.harness import CREDENTIALS, JPEG, PDF, Receiver, Zalo


def sent(zalo: Zalo, hook: Receiver, act: str, name: str, **order: Any) -> dict[str, Any]:
    user = zalo.person()
    zalo.does(user, act, **order)
    event = hook.wait_named(name)[0].event
    assert event["app_id"] == CREDENTIALS.app_id
    assert isinstance(event["timestamp"], str)
    return event


def test_text_event_has_string_ids_on_both_sides(zalo: Zalo, hook: Receiver) -> None:
    event = sent(zalo, hook, "say", "user_send_text", text="Xin chào 😀", extra={"quote_msg_id": "m0"})
    assert event["sender"] == {"id": "246845883529197922"}
    assert event["recipient"] == {"id": CREDENTIALS.oa_id}
    assert int(event["user_id_by_app"]) > 2**53
    assert event["user_id_by_app"] != event["sender"]["id"]
    assert event["message"]["text"] == "Xin chào 😀"
    assert event["message"]["quote_msg_id"] == "m0"


def test_knob_other_name_of_the_message_id(zalo: Zalo, hook: Receiver) -> None:
    zalo.knobs(message_id_field="message_id")
    assert set(sent(zalo, hook, "say", "user_send_text", text="a")["message"]) == {"message_id", "text"}


def test_following_and_leaving_have_no_sender(zalo: Zalo, hook: Receiver) -> None:
    event = sent(zalo, hook, "follow", "follow", value="social_plugin")
    assert not {"sender", "recipient", "message"} & set(event)
    assert (event["oa_id"], event["follower"]["id"], event["source"]) == (
        CREDENTIALS.oa_id,
        "246845883529197922",
        "social_plugin",
    )
    zalo.does("246845883529197922", "unfollow")
    assert hook.wait_named("unfollow")[0].event["follower"]["id"] == "246845883529197922"


def test_location_is_told_in_strings(zalo: Zalo, hook: Receiver) -> None:
    event = sent(zalo, hook, "share_location", "user_send_location", latitude=21.1861, longitude=106.0763)
    payload = event["message"]["attachments"][0]["payload"]
    assert payload == {"coordinates": {"latitude": "21.1861", "longitude": "106.0763"}}


@pytest.mark.parametrize(
    ("file", "kind", "name"),
    [
        (("a.jpg", JPEG, "image/jpeg"), "image", "user_send_image"),
        (("a.gif", b"GIF89a", "image/gif"), "image", "user_send_gif"),
        (("a.mp4", b"video", "video/mp4"), "file", "user_send_video"),
        (("a.webm", b"voice", "audio/webm"), "voice", "user_send_audio"),
        (("a.pdf", PDF, "application/pdf"), "file", "user_send_file"),
        (("noname", PDF, "application/pdf"), "file", "user_send_file"),
        (("a.exe", b"MZ", "application/x-dosexec"), "file", "user_send_file"),
    ],
)
def test_files_by_kind(zalo: Zalo, hook: Receiver, file: tuple[str, bytes, str], kind: str, name: str) -> None:
    user = zalo.person()
    answer = zalo.control.post(f"/_sim/users/{user}/send_file", data={"kind": kind}, files={"file": file})
    assert answer.status_code == 200
    attachments = hook.wait_named(name)[0].event["message"]["attachments"]
    assert attachments[0]["type"] == name.removeprefix("user_send_")
    assert zalo.api.get(attachments[0]["payload"]["url"]).content == file[1]
    if name == "user_send_file":
        payload = attachments[0]["payload"]
        assert payload["checksum"] == hashlib.md5(file[1], usedforsecurity=False).hexdigest()
        assert payload["size"] == str(len(file[1]))


def test_somebody_elses_card_is_json_in_a_string(zalo: Zalo, hook: Receiver) -> None:
    event = sent(zalo, hook, "send_business_card", "user_send_business_card", phone="0987654321")
    description = event["message"]["attachments"][0]["payload"]["description"]
    assert json.loads(description)["phone"] == "84987654321"


def test_sticker_link_and_reaction(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    zalo.does(user, "send_sticker")
    zalo.does(user, "send_link", value="http://169.254.169.254/", title="Xem")
    assert hook.wait_named("user_send_sticker")[0].event["message"]["attachments"][0]["type"] == "sticker"
    link = hook.wait_named("user_send_link")[0].event["message"]
    assert link["attachments"][0]["payload"]["url"] == "http://169.254.169.254/"
    zalo.does(user, "react", message_id=link["msg_id"], value="/-heart")
    assert hook.wait_named("user_reacted_message")[0].event["message"]["react_icon"] == "/-heart"


def test_seen_tells_what_was_read(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person(extra={"following": True})
    ids = [zalo.send(user, text=str(n))["data"]["message_id"] for n in range(2)]
    zalo.does(user, "seen")
    assert hook.wait_named("user_seen_message")[0].event["message"] == {"msg_ids": ids}
    zalo.does(user, "seen", message_id=ids[1])
    assert hook.wait_named("user_seen_message", 2)[1].event["message"] == {"msg_ids": ids[1:]}


def test_officer_in_the_chat_tool_is_known_by_admin_id(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    told = zalo.order("/officer", {"user": user, "text": "Tôi là cán bộ", "officer": "Cán bộ Lan"})
    event = hook.wait_named("oa_send_text")[0].event
    assert event["sender"] == {"id": CREDENTIALS.oa_id, "admin_id": told["admin_id"]}
    assert event["recipient"] == {"id": user}
    assert zalo.screen(user)[-1]["author"] == "officer"
    assert zalo.send(user, text="a")["error"] == -213, "what the officer writes opens no window"


def test_chat_opened_from_a_link_comes_once_and_opens_the_window(zalo: Zalo, hook: Receiver) -> None:
    event = sent(zalo, hook, "click_chatnow", "user_click_chatnow")
    assert event["user_id"] == "246845883529197922"
    assert "sender" not in event
    assert zalo.send("246845883529197922", text="Chào")["error"] == 0
    assert zalo.control.post("/_sim/users/246845883529197922/click_chatnow", json={}).status_code == 409


def test_withdrawal(zalo: Zalo, hook: Receiver) -> None:
    event = sent(zalo, hook, "withdraw", "user_withdraw")
    assert event["sender"]["id"] == "246845883529197922"
    assert zalo.send("246845883529197922", text="a")["error"] == -213


def test_unknown_events_and_new_fields(zalo: Zalo, hook: Receiver) -> None:
    extra = {"mood": ["?"], "sender": None}
    event = sent(zalo, hook, "event", "user_did_something_new", value="user_did_something_new", extra=extra)
    assert event["mood"] == ["?"]
    assert "sender" not in event
    assert "recipient" in event


def test_ids_and_phones_that_the_platform_could_not_have(zalo: Zalo) -> None:
    for order in ({"id": "abc"}, {"id": "1" * 21}, {"phone": "12345"}, {"extra": {"unknown": 1}}):
        assert zalo.control.post("/_sim/users", json={"name": "A", **order}).status_code == 409
    zalo.person()
    assert zalo.control.post("/_sim/users", json={"id": "246845883529197922"}).status_code == 409
    assert int(zalo.order("/users", {"name": "B"})["id"]) > 2**53


@pytest.mark.parametrize(
    ("act", "order"),
    [
        ("say", {"text": "  "}),
        ("tap", {"message_id": "none"}),
        ("share_location", {"latitude": 1}),
        ("send_file", {}),
        ("seen", {}),
        ("react", {"message_id": "none"}),
        ("send_link", {}),
        ("event", {}),
        ("send_business_card", {"phone": "113"}),
    ],
)
def test_acts_that_cannot_be(zalo: Zalo, hook: Receiver, act: str, order: dict[str, Any]) -> None:
    user = zalo.person()
    answer = zalo.control.post(f"/_sim/users/{user}/{act}", json=order)
    assert answer.status_code == 409
    assert answer.json()["error"]
    assert zalo.control.post(f"/_sim/users/1/{act}", json=order).status_code == 404
    assert len(hook.posts) == 1, "only the probe"
