"""What the bot may send, and what the citizen then sees."""

from typing import Any

import pytest

from tests.simulators.telegram.harness import PNG, Citizen, Telegram

pytestmark = pytest.mark.anyio


async def test_a_message_arrives_as_it_was_meant(telegram: Telegram, citizen: Citizen) -> None:
    markup = {"inline_keyboard": [[{"text": "Nộp", "callback_data": "a:1"}]]}
    sent = await telegram.api(
        "sendMessage",
        chat_id=str(citizen.chat_id),
        text=' Xem <b>hồ sơ</b> ở <a href="https://a.vn">cổng</a> ',
        parse_mode="HTML",
        reply_markup=markup,
    )
    assert sent["text"] == "Xem hồ sơ ở cổng"
    assert [e["type"] for e in sent["entities"]] == ["bold", "text_link"]
    assert (sent["chat"]["id"], sent["from"]["is_bot"], sent["reply_markup"]) == (citizen.chat_id, True, markup)
    shown = (await citizen.screen())[-1]
    assert (shown["author"], shown["text"], shown["id"]) == ("bot", "Xem hồ sơ ở cổng", str(sent["message_id"]))
    assert [(b["title"], b["kind"], b["value"]) for b in shown["buttons"]] == [
        ("Nộp", "postback", "a:1"),
        ("cổng", "url", "https://a.vn"),
    ]


@pytest.mark.parametrize(
    ("text", "fits"),
    [("x" * 4096, True), ("x" * 4097, False), ("😀" * 2048, True), ("😀" * 2049, False), ("<b>" + "x" * 4096 + "</b>", True)],
)
async def test_texts_have_at_most_4096_utf16_units_after_parsing(
    telegram: Telegram, citizen: Citizen, text: str, fits: bool
) -> None:
    message: dict[str, Any] = {"chat_id": citizen.chat_id, "text": text, "parse_mode": "HTML"}
    if fits:
        await telegram.api("sendMessage", **message)
    else:
        assert await telegram.refused("sendMessage", 400, **message) == "Bad Request: message is too long"
        assert (await citizen.screen())[-1]["refused"] == "Bad Request: message is too long"


@pytest.mark.parametrize("text", ["", "  \n", "<b> </b>", None])
async def test_empty_texts_are_refused(telegram: Telegram, citizen: Citizen, text: str | None) -> None:
    told = await telegram.refused("sendMessage", 400, chat_id=citizen.chat_id, text=text, parse_mode="HTML")
    assert told == "Bad Request: message text is empty"


async def test_unparsable_html_sends_nothing(telegram: Telegram, citizen: Citizen) -> None:
    told = await telegram.refused("sendMessage", 400, chat_id=citizen.chat_id, text="1 <2", parse_mode="HTML")
    assert told.startswith("Bad Request: can't parse entities: ")
    assert [m for m in await citizen.screen() if m["author"] == "bot" and not m["refused"]] == []


async def test_who_never_started_the_bot_cannot_be_written_to(telegram: Telegram) -> None:
    stranger = await telegram.citizen()
    told = await telegram.refused("sendMessage", 403, chat_id=stranger.chat_id, text="x")
    assert told == "Forbidden: bot can't initiate conversation with a user"


async def test_who_blocked_the_bot_is_reached_again_after_unblocking(telegram: Telegram, citizen: Citizen) -> None:
    await citizen.act("block")
    for method in ("sendMessage", "sendChatAction"):
        parameters = {"text": "x"} if method == "sendMessage" else {"action": "typing"}
        told = await telegram.refused(method, 403, chat_id=citizen.chat_id, **parameters)
        assert told == "Forbidden: bot was blocked by the user"
    await citizen.act("say", 409, text="x")
    await citizen.act("unblock")
    await telegram.api("sendMessage", chat_id=citizen.chat_id, text="x")


async def test_who_left_telegram_is_gone(telegram: Telegram, citizen: Citizen) -> None:
    await citizen.act("leave_telegram")
    told = await telegram.refused("sendMessage", 403, chat_id=citizen.chat_id, text="x")
    assert told == "Forbidden: user is deactivated"


async def test_replies_need_their_original(telegram: Telegram, citizen: Citizen) -> None:
    answer: dict[str, Any] = {"chat_id": citizen.chat_id, "text": "x"}
    sent = await telegram.api("sendMessage", **answer, reply_parameters={"message_id": 1})
    assert sent["reply_to_message"]["text"] == "/start"
    told = await telegram.refused("sendMessage", 400, **answer, reply_parameters={"message_id": 99})
    assert told == "Bad Request: message to be replied not found"
    sent = await telegram.api("sendMessage", **answer, reply_parameters={"message_id": 99, "allow_sending_without_reply": True})
    assert "reply_to_message" not in sent
    await telegram.refused("sendMessage", 400, **answer, reply_parameters="5")


async def test_one_message_a_second_per_chat(telegram: Telegram, citizen: Citizen) -> None:
    other = await telegram.citizen()
    await other.act("start")
    await telegram.order("/knobs", {"rates": True})
    await telegram.api("sendMessage", chat_id=citizen.chat_id, text="1")
    answer = await telegram.call("sendMessage", json={"chat_id": citizen.chat_id, "text": "2"})
    assert answer.status_code == 429
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    await telegram.api("sendMessage", chat_id=other.chat_id, text="1")
    await telegram.order("/clock", {"advance": 1})
    await telegram.api("sendMessage", chat_id=citizen.chat_id, text="2")


async def test_twenty_messages_a_minute_per_group(telegram: Telegram) -> None:
    group = await telegram.citizen(extra={"chat_type": "supergroup"})
    assert group.chat_id < -1_000_000_000_000
    await group.act("say", text="/start")
    await telegram.order("/knobs", {"rates": True})
    for number in range(20):
        await telegram.api("sendMessage", chat_id=group.chat_id, text=str(number))
        await telegram.order("/clock", {"advance": 1.5})
    told = await telegram.refused("sendMessage", 429, chat_id=group.chat_id, text="21")
    assert told.startswith("Too Many Requests: retry after ")
    await telegram.order("/clock", {"advance": 31})
    await telegram.api("sendMessage", chat_id=group.chat_id, text="21")


async def test_reply_keyboards_replace_each_other_and_can_be_removed(telegram: Telegram, citizen: Citizen) -> None:
    keyboard = {"keyboard": [[{"text": "Gửi SĐT", "request_contact": True}]], "one_time_keyboard": True}
    await telegram.api("sendMessage", chat_id=citizen.chat_id, text="Số?", reply_markup=keyboard)
    await telegram.api("sendMessage", chat_id=citizen.chat_id, text="Chọn", reply_markup={"keyboard": [["Có", "Không"]]})
    assert [len(m["buttons"]) for m in await citizen.screen()] == [0, 0, 2]
    await telegram.api("sendMessage", chat_id=citizen.chat_id, text="Xong", reply_markup={"remove_keyboard": True})
    assert [len(m["buttons"]) for m in await citizen.screen()] == [0, 0, 0, 0]


async def test_contact_keyboards_are_refused_in_groups(telegram: Telegram) -> None:
    group = await telegram.citizen(extra={"chat_type": "group"})
    await group.act("say", text="x")
    keyboard = {"keyboard": [[{"text": "x", "request_contact": True}]]}
    told = await telegram.refused("sendMessage", 400, chat_id=group.chat_id, text="x", reply_markup=keyboard)
    assert told == "Bad Request: phone number can be requested in private chats only"


async def test_places_and_chat_actions(telegram: Telegram, citizen: Citizen) -> None:
    sent = await telegram.api("sendLocation", chat_id=citizen.chat_id, latitude="21.18", longitude=106.07)
    assert sent["location"] == {"latitude": 21.18, "longitude": 106.07}
    await telegram.refused("sendLocation", 400, chat_id=citizen.chat_id, latitude=91, longitude=0)
    await telegram.refused("sendLocation", 400, chat_id=citizen.chat_id, latitude="x", longitude=0)
    assert await telegram.api("sendChatAction", chat_id=citizen.chat_id, action="typing") is True
    await telegram.refused("sendChatAction", 400, chat_id=citizen.chat_id, action="dancing")
    assert [m["refused"] for m in await citizen.screen()][:2] == [None, None]
    assert (await citizen.screen())[1]["attachments"] == [{"kind": "location", "latitude": 21.18, "longitude": 106.07}]


async def test_captions_have_at_most_1024_units(telegram: Telegram, citizen: Citizen) -> None:
    files = {"photo": ("a.png", PNG)}
    for caption, status in (("x" * 1024, 200), ("x" * 1025, 400)):
        data = {"chat_id": str(citizen.chat_id), "caption": caption}
        answer = await telegram.call("sendPhoto", data=data, files=files)
        assert answer.status_code == status
    assert answer.json()["description"] == "Bad Request: message caption is too long"
