"""Changing what is already on the screen, and answering taps."""

from typing import Any

import pytest

from tests.simulators.telegram.harness import Citizen, Telegram

pytestmark = pytest.mark.anyio
MARKUP: dict[str, Any] = {"inline_keyboard": [[{"text": "Nộp", "callback_data": "a:1"}]]}
OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def sent(telegram: Telegram, citizen: Citizen) -> dict[str, Any]:
    message: dict[str, Any] = await telegram.api("sendMessage", chat_id=citizen.chat_id, text="Chọn", reply_markup=MARKUP)
    return {"chat_id": citizen.chat_id, "message_id": message["message_id"]}


async def tapped(telegram: Telegram, citizen: Citizen, target: dict[str, Any]) -> dict[str, Any]:
    await citizen.act("tap", message_id=str(target["message_id"]), value="a:1")
    query: dict[str, Any] = (await telegram.updates())[-1]["callback_query"]
    return query


async def test_text_and_buttons_are_replaced(telegram: Telegram, citizen: Citizen) -> None:
    target = await sent(telegram, citizen)
    edited = await telegram.api("editMessageText", **target, text="<b>Đã chọn</b>", parse_mode="HTML")
    assert (edited["text"], "reply_markup" in edited) == ("Đã chọn", False)
    assert edited["edit_date"] >= edited["date"]
    shown = (await citizen.screen())[-1]
    assert (shown["text"], shown["buttons"], shown["note"]) == ("Đã chọn", [], "đã sửa")


async def test_buttons_alone_are_replaced_and_taken_away(telegram: Telegram, citizen: Citizen) -> None:
    target = await sent(telegram, citizen)
    other = {"inline_keyboard": [[{"text": "Huỷ", "callback_data": "a:2"}]]}
    assert (await telegram.api("editMessageReplyMarkup", **target, reply_markup=other))["text"] == "Chọn"
    assert [button["title"] for button in (await citizen.screen())[-1]["buttons"]] == ["Huỷ"]
    await telegram.api("editMessageReplyMarkup", **target)
    assert (await citizen.screen())[-1]["buttons"] == []


async def test_edits_that_change_nothing_are_refused(telegram: Telegram, citizen: Citizen) -> None:
    target = await sent(telegram, citizen)
    told = await telegram.refused("editMessageText", 400, **target, text="Chọn", reply_markup=MARKUP)
    assert told.startswith("Bad Request: message is not modified")
    told = await telegram.refused("editMessageReplyMarkup", 400, **target, reply_markup=MARKUP)
    assert told.startswith("Bad Request: message is not modified")


async def test_edits_of_what_is_not_there_are_refused(telegram: Telegram, citizen: Citizen) -> None:
    edit: dict[str, Any] = {"chat_id": citizen.chat_id, "text": "x"}
    assert await telegram.refused("editMessageText", 400, **edit, message_id=99) == "Bad Request: message to edit not found"
    assert await telegram.refused("editMessageText", 400, **edit, message_id=1) == "Bad Request: message can't be edited"
    assert "Number" in await telegram.refused("editMessageText", 400, **edit, message_id="x")
    keyboard = {"keyboard": [["x"]]}
    target = await sent(telegram, citizen)
    told = await telegram.refused("editMessageText", 400, **target, text="x", reply_markup=keyboard)
    assert told == "Bad Request: inline keyboard expected"


async def test_messages_are_deleted_within_48_hours(telegram: Telegram, citizen: Citizen) -> None:
    first, second = await sent(telegram, citizen), await sent(telegram, citizen)
    assert await telegram.api("deleteMessage", **first) is True
    assert [m["note"] for m in await citizen.screen()][1:] == ["đã xoá", None]
    assert await telegram.refused("deleteMessage", 400, **first) == "Bad Request: message to delete not found"
    await telegram.order("/clock", {"advance": 48 * 3600})
    assert await telegram.refused("deleteMessage", 400, **second) == "Bad Request: message can't be deleted for everyone"


async def test_a_tap_is_answered_once(telegram: Telegram, citizen: Citizen) -> None:
    query = await tapped(telegram, citizen, await sent(telegram, citizen))
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("a:1", int(citizen.id), "Chọn")
    assert await telegram.api("answerCallbackQuery", callback_query_id=query["id"], text="Đã nhận") is True
    assert ("system", "Đã nhận") in [(m["author"], m["text"]) for m in await citizen.screen()]
    assert await telegram.refused("answerCallbackQuery", 400, callback_query_id=query["id"]) == OLD


async def test_a_tap_cannot_be_answered_late(telegram: Telegram, citizen: Citizen) -> None:
    query = await tapped(telegram, citizen, await sent(telegram, citizen))
    await telegram.order("/clock", {"advance": 60})
    assert await telegram.refused("answerCallbackQuery", 400, callback_query_id=query["id"]) == OLD
    assert await telegram.refused("answerCallbackQuery", 400, callback_query_id="made up") == OLD


async def test_answers_to_taps_have_at_most_200_characters(telegram: Telegram, citizen: Citizen) -> None:
    query = await tapped(telegram, citizen, await sent(telegram, citizen))
    told = await telegram.refused("answerCallbackQuery", 400, callback_query_id=query["id"], text="x" * 201)
    assert told == "Bad Request: MESSAGE_TOO_LONG"
    await telegram.api("answerCallbackQuery", callback_query_id=query["id"], text="x" * 200)


async def test_message_of_an_old_button_is_inaccessible(telegram: Telegram, citizen: Citizen) -> None:
    target = await sent(telegram, citizen)
    await telegram.order("/clock", {"advance": 48 * 3600})
    query = await tapped(telegram, citizen, target)
    assert query["message"]["date"] == 0
    assert "text" not in query["message"]


async def test_only_buttons_on_the_screen_can_be_tapped(telegram: Telegram, citizen: Citizen) -> None:
    target = await sent(telegram, citizen)
    await citizen.act("tap", 409, message_id=str(target["message_id"]), value="a:9")
    await citizen.act("tap", 409, message_id="99", value="a:1")
    await telegram.api("editMessageReplyMarkup", **target)
    await citizen.act("tap", 409, message_id=str(target["message_id"]), value="a:1")
