"""What a citizen does on the phone, and the events that come of it."""

from typing import Any

import pytest

from tests.simulators.messenger.harness import LAN, PAGE, Messenger, Receiver
from tests.waiting import wait_for

PROFILE = f"/v25.0/{PAGE}/messenger_profile"


def offers(*titles: str) -> dict[str, Any]:
    replies = [{"content_type": "text", "title": title, "payload": f"a:{title}"} for title in titles]
    return {"text": "Chọn:", "quick_replies": replies}


def menu_template() -> dict[str, Any]:
    buttons = [
        {"type": "postback", "title": "Tra cứu", "payload": "a:1"},
        {"type": "web_url", "title": "Cổng", "url": "https://dichvucong.example"},
        {"type": "phone_number", "title": "Gọi", "payload": "+842223835333"},
    ]
    return {"attachment": {"type": "template", "payload": {"template_type": "button", "text": "Chọn:", "buttons": buttons}}}


def titles(message: dict[str, Any]) -> list[str]:
    return [button["title"] for button in message["buttons"]]


def test_a_quick_reply_comes_as_message_with_payload_and_vanishes(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    mid = messenger.send(LAN, offers("Khai sinh", "Kết hôn"))
    messenger.does(LAN, "tap", message_id=mid, title="Kết hôn")
    assert hook.message("Kết hôn")["quick_reply"] == {"payload": "a:Kết hôn"}
    assert titles(messenger.screen()[1]) == []
    again = messenger.refused(f"/users/{LAN}/tap", {"message_id": mid, "title": "Kết hôn"})
    assert "vanish" in again.json()["error"]


@pytest.mark.parametrize("by", ["page", "citizen", "officer"])
def test_quick_replies_vanish_with_the_next_message_of_anyone(messenger: Messenger, by: str) -> None:
    messenger.person()
    messenger.send(LAN, offers("Khai sinh"))
    assert titles(messenger.screen()[1]) == ["Khai sinh"]
    if by == "page":
        messenger.send(LAN, {"text": "Còn gì nữa không?"})
    elif by == "citizen":
        messenger.does(LAN, "say", text="Thôi")
    else:
        messenger.order("/officer", {"user": LAN, "text": "Chào"})
    assert titles(messenger.screen()[1]) == []


def test_buttons_of_a_template_stay_and_can_be_tapped_late(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    mid = messenger.send(LAN, menu_template())
    messenger.send(LAN, {"text": "Bước khác"})
    assert messenger.does(LAN, "tap", message_id=mid, value="https://dichvucong.example")["opened"]
    assert messenger.does(LAN, "tap", message_id=mid, title="Gọi")["called"] == "+842223835333"
    assert hook.events("postback") == []
    messenger.does(LAN, "tap", message_id=mid, value="a:1")
    tapped = hook.one("postback")["postback"]
    assert (tapped["title"], tapped["payload"]) == ("Tra cứu", "a:1")
    assert tapped["mid"] == messenger.screen()[-1]["id"]


def test_a_phone_number_is_offered_only_where_the_profile_has_one(messenger: Messenger, hook: Receiver) -> None:
    asking = {"text": "Số điện thoại?", "quick_replies": [{"content_type": "user_phone_number"}]}
    messenger.person()
    minh = messenger.person("5550001112223", phone="+84912345678")
    messenger.send(LAN, asking)
    messenger.send(minh, asking)
    assert messenger.screen()[-1]["buttons"] == []
    assert messenger.refused(f"/users/{LAN}/share_contact", {}).status_code == 409
    assert messenger.screen(minh)[-1]["buttons"][0]["kind"] == "contact"
    messenger.does(minh, "share_contact", phone="+84999999999")
    assert hook.message("+84999999999")["quick_reply"] == {"payload": "+84999999999"}


def test_get_started_in_a_new_thread_and_a_link_in_an_old_one(messenger: Messenger, hook: Receiver) -> None:
    messenger.person(wrote=False)
    assert messenger.refused(f"/users/{LAN}/start", {}).status_code == 409
    messenger.graph(PROFILE, {"get_started": {"payload": "GET_STARTED"}})
    messenger.does(LAN, "start", value="thu-tuc-1")
    began = hook.one("postback")["postback"]
    assert began["payload"] == "GET_STARTED"
    assert began["referral"] == {"ref": "thu-tuc-1", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    assert messenger.refused(f"/users/{LAN}/start", {}).status_code == 409
    messenger.does(LAN, "start", value="thu-tuc-2")
    assert hook.one("referral")["referral"]["ref"] == "thu-tuc-2"


def test_menu_and_ice_breakers(messenger: Messenger, hook: Receiver) -> None:
    item = {"type": "postback", "title": "Gặp cán bộ", "payload": "a:officer"}
    menu = [{"locale": "default", "composer_input_disabled": False, "call_to_actions": [item]}]
    breakers = [{"locale": "default", "call_to_actions": [{"question": "Giờ làm việc?", "payload": "a:hours"}]}]
    changes = {"get_started": {"payload": "GO"}, "persistent_menu": menu, "ice_breakers": breakers}
    messenger.graph(PROFILE, changes)
    messenger.person(wrote=False)
    assert "ice breakers" in messenger.refused(f"/users/{LAN}/start", {}).json()["error"]
    messenger.does(LAN, "menu", title="Giờ làm việc?")
    assert hook.one("postback")["postback"]["payload"] == "a:hours"
    messenger.does(LAN, "menu", value="a:officer")
    wait_for(lambda: len(hook.events("postback")) == 2)
    assert messenger.refused(f"/users/{LAN}/menu", {"title": "Giờ làm việc?"}).status_code == 409


def test_receipts_have_watermarks_with_and_without_ids(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    mid = messenger.send(LAN, {"text": "Chào"})
    delivery = hook.one("delivery")
    assert delivery["delivery"]["mids"] == [mid]
    assert delivery["delivery"]["watermark"] == delivery["timestamp"]
    messenger.does(LAN, "say", text="Vâng")
    assert hook.one("read")["read"]["watermark"] > delivery["delivery"]["watermark"]
    messenger.knobs(delivery_receipts="watermark")
    messenger.send(LAN, {"text": "Nữa"})
    wait_for(lambda: len(hook.events("delivery")) == 2)
    assert sorted("mids" in event["delivery"] for event in hook.events("delivery")) == [False, True]


def test_reactions_edits_locations_and_stickers(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    mid = messenger.screen()[0]["id"]
    messenger.does(LAN, "react", message_id=mid)
    assert hook.one("reaction")["reaction"]["mid"] == mid
    messenger.does(LAN, "edit", message_id=mid, text="Chào anh chị")
    assert hook.one("message_edit")["message_edit"] == {"mid": mid, "text": "Chào anh chị", "num_edit": 1}
    assert messenger.screen()[0]["text"] == "Chào anh chị"
    messenger.does(LAN, "share_location", latitude=21.18, longitude=106.06)
    messenger.does(LAN, "send_sticker")
    wait_for(lambda: len(hook.events("message")) == 3)
    sent = [event["message"] for event in hook.events("message")]
    kinds = sorted(message["attachments"][0]["type"] for message in sent if "attachments" in message)
    assert kinds == ["fallback", "sticker"]


def test_whoever_blocked_the_page_cannot_write(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    messenger.does(LAN, "block")
    assert messenger.refused(f"/users/{LAN}/say", {"text": "a"}).status_code == 409
    hook.one("message")


def test_orders_that_make_no_sense(messenger: Messenger) -> None:
    messenger.person()
    assert messenger.refused("/users", {"id": LAN}).status_code == 409
    assert messenger.refused("/users", {"id": "not-digits"}).status_code == 409
    assert messenger.refused("/users", {"id": "5550001112223", "extra": {"shoe_size": 42}}).status_code == 409
    assert messenger.refused("/users/1/say", {"text": "a"}).status_code == 404
    assert messenger.refused(f"/users/{LAN}/follow", {}).status_code == 404
    assert messenger.refused(f"/users/{LAN}/say", {"text": " "}).status_code == 409
    assert messenger.refused(f"/users/{LAN}/tap", {"message_id": "m_0", "title": "a"}).status_code == 409
    assert messenger.refused("/knobs", {"sends_per_second": 0}).status_code == 422
    assert messenger.refused("/knobs", {"nonsense": 1}).status_code == 422
