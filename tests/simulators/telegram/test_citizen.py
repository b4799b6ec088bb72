"""What a citizen does, and the updates that come of it."""

from typing import Any

import pytest

from tests.simulators.messaging.receiver import Receiver
from tests.simulators.telegram.harness import Citizen, Telegram, event

pytestmark = pytest.mark.anyio


async def only(telegram: Telegram) -> dict[str, Any]:
    updates = await telegram.updates()
    assert len(updates) == 1
    return updates[0]


async def test_start_carries_the_deep_link(telegram: Telegram) -> None:
    citizen = await telegram.citizen()
    await citizen.act("start", value="dossier-123")
    message = (await only(telegram))["message"]
    assert message["text"] == "/start dossier-123"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert (message["from"]["first_name"], message["from"]["last_name"]) == ("Nguyễn", "Thị Hoa")
    for wrong in ("x" * 65, "có dấu", "a b"):
        await citizen.act("start", 409, value=wrong)


async def test_ids_do_not_fit_32_bits(citizen: Citizen) -> None:
    assert int(citizen.id) > 2**32


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097])
async def test_texts_that_no_phone_would_send_are_refused(citizen: Citizen, text: str) -> None:
    await citizen.act("say", 409, text=text)


async def test_own_contact_and_somebody_elses(telegram: Telegram, citizen: Citizen) -> None:
    keyboard = {"keyboard": [[{"text": "Gửi SĐT", "request_contact": True}]], "one_time_keyboard": True}
    sent = await telegram.api("sendMessage", chat_id=citizen.chat_id, text="Số?", reply_markup=keyboard)
    await citizen.act("tap", message_id=str(sent["message_id"]), title="Gửi SĐT")
    message = (await only(telegram))["message"]
    assert message["contact"] == {"phone_number": "84912345678", "first_name": "Nguyễn Thị Hoa", "user_id": int(citizen.id)}
    assert message["reply_to_message"]["message_id"] == sent["message_id"]
    assert (await citizen.screen())[-2]["buttons"] == []
    await citizen.act("share_contact", own=False, phone="84987654321", name="Trần B")
    contact = (await only(telegram))["message"]["contact"]
    assert contact["phone_number"] == "84987654321"
    assert contact["user_id"] != int(citizen.id)
    await citizen.act("share_contact", own=False, extra={"user_id": None})
    assert "user_id" not in (await only(telegram))["message"]["contact"]


async def test_location(telegram: Telegram, citizen: Citizen) -> None:
    await citizen.act("share_location", latitude=21.18, longitude=106.07)
    assert (await only(telegram))["message"]["location"] == {"latitude": 21.18, "longitude": 106.07}
    await citizen.act("share_location", 409)


async def test_words_of_the_reply_keyboard_are_texts(telegram: Telegram, citizen: Citizen) -> None:
    sent = await telegram.api("sendMessage", chat_id=citizen.chat_id, text="?", reply_markup={"keyboard": [["Có"]]})
    await citizen.act("tap", message_id=str(sent["message_id"]), title="Có")
    assert (await only(telegram))["message"]["text"] == "Có"


async def test_link_buttons_send_nothing(telegram: Telegram, citizen: Citizen) -> None:
    markup = {"inline_keyboard": [[{"text": "Cổng", "url": "https://a.vn"}]]}
    sent = await telegram.api("sendMessage", chat_id=citizen.chat_id, text="?", reply_markup=markup)
    told = await citizen.act("tap", message_id=str(sent["message_id"]), title="Cổng")
    assert told["opened"] == "https://a.vn"
    assert await telegram.updates() == []


async def test_edited_text_is_no_new_message(telegram: Telegram, citizen: Citizen) -> None:
    said = await citizen.act("say", text="Chaof")
    await telegram.updates()
    await citizen.act("edit", message_id=said["message_id"], text="Chào")
    edited = (await only(telegram))["edited_message"]
    assert (edited["text"], str(edited["message_id"])) == ("Chào", said["message_id"])
    await citizen.act("edit", 409, message_id="99", text="x")


async def test_blocking_and_coming_back(telegram: Telegram, citizen: Citizen) -> None:
    await citizen.act("block")
    await citizen.act("block", 409)
    change = (await only(telegram))["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    await citizen.act("start")
    updates = await telegram.updates()
    assert updates[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert updates[1]["message"]["text"] == "/start"
    await citizen.act("unblock", 409)


async def test_kinds_of_tomorrow_pass_the_filter(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver, allowed_updates=["message"])
    await citizen.act("new_kind", value="hologram")
    await receiver.posted(1)
    assert set(event(receiver)) == {"update_id", "hologram"}


async def test_telegram_has_no_inbox_for_officers(telegram: Telegram, citizen: Citizen) -> None:
    told = await telegram.order("/officer", {"user": citizen.id, "text": "x"}, 404)
    assert "no inbox" in told["error"]
    assert (await telegram.ask("/platform"))["facts"]["officer_inbox"] is False


@pytest.mark.parametrize(
    "order",
    [{"id": "abc"}, {"id": "0"}, {"id": "٧"}, {"id": str(2**60)}, {"extra": {"chat_type": "channel"}}, {"extra": {"x": 1}}],
)
async def test_users_that_telegram_could_not_have_are_refused(telegram: Telegram, order: dict[str, Any]) -> None:
    await telegram.order("/users", order, 409)


async def test_unknown_act_is_not_found(citizen: Citizen) -> None:
    assert "share_location" in (await citizen.act("follow", 404))["error"]


async def test_commands_are_kept_per_scope(telegram: Telegram) -> None:
    commands = [{"command": "start", "description": "Bắt đầu"}]
    assert await telegram.api("setMyCommands", commands=commands, language_code="vi") is True
    assert await telegram.api("getMyCommands", language_code="vi") == commands
    assert await telegram.api("getMyCommands") == []
    assert await telegram.api("deleteMyCommands", language_code="vi") is True
    for wrong in (
        [{"command": "Start", "description": "x"}],
        [{"command": "a", "description": ""}],
        [{"command": "a"}],
        ["a"],
        "x",
        commands * 101,
    ):
        await telegram.refused("setMyCommands", 400, commands=wrong)
