"""The client that bots are written with, python-telegram-bot, against the simulator."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from tests.simulators.messaging.receiver import Receiver
from tests.simulators.telegram.harness import PNG, TOKEN, Citizen, Telegram, event

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{telegram.api_url}/bot", base_file_url=f"{telegram.api_url}/file/bot") as ready:
        yield ready


async def test_a_conversation_with_every_kind_of_message(bot: Bot, citizen: Citizen) -> None:
    chat = citizen.chat_id
    buttons = [[InlineKeyboardButton("Nộp", callback_data="a:7fK2p9")], [InlineKeyboardButton("Cổng", url="https://a.vn")]]
    sent = await bot.send_message(
        chat,
        "Xin <b>chào</b> 😀",
        parse_mode=ParseMode.HTML,
        reply_markup=InlineKeyboardMarkup(buttons),
        reply_parameters=ReplyParameters(1),
    )
    assert sent.parse_entities() == {sent.entities[0]: "chào"}
    assert sent.reply_to_message is not None
    edited = await bot.edit_message_text("Mới", chat_id=chat, message_id=sent.message_id)
    assert not isinstance(edited, bool)
    assert edited.text == "Mới"
    assert (await bot.send_photo(chat, PNG, caption="ảnh")).photo[-1].width == 1280
    document = await bot.send_document(chat, b"%PDF", filename="đơn.pdf")
    assert document.document is not None
    assert document.document.file_name == "đơn.pdf"
    assert (await bot.send_voice(chat, b"OggS")).voice is not None
    assert (await bot.send_location(chat, 21.18, 106.07)).location is not None
    assert await bot.send_chat_action(chat, ChatAction.TYPING)
    wish = ReplyKeyboardMarkup([[KeyboardButton("SĐT", request_contact=True)]], one_time_keyboard=True, resize_keyboard=True)
    await bot.send_message(chat, "Số?", reply_markup=wish)
    await bot.send_message(chat, "Thôi", reply_markup=ReplyKeyboardRemove())
    assert await bot.delete_message(chat, document.message_id)
    assert await bot.set_my_commands([BotCommand("start", "Bắt đầu")])
    assert [command.command for command in await bot.get_my_commands()] == ["start"]


async def test_updates_are_understood(bot: Bot, citizen: Citizen, receiver: Receiver) -> None:
    assert await bot.set_webhook(receiver.url, secret_token="s", allowed_updates=["message", "callback_query", "my_chat_member"])
    info = await bot.get_webhook_info()
    assert (info.url, info.allowed_updates) == (receiver.url, ("message", "callback_query", "my_chat_member"))
    sent = await bot.send_message(
        citizen.chat_id, "?", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="a:1")]])
    )
    await citizen.act("tap", message_id=str(sent.message_id), value="a:1")
    await citizen.act("share_contact")
    await citizen.act("share_location", latitude=21.18, longitude=106.07)
    await citizen.send_file("a.png", PNG, "image", "image/png")
    await citizen.act("block")
    await citizen.act("unblock")
    await citizen.act("new_kind")
    await receiver.posted(7)
    updates = [Update.de_json(event(receiver, position), bot) for position in range(7)]
    query, contact, place, photo, blocked, _, unknown = updates
    assert query.callback_query is not None
    assert query.callback_query.data == "a:1"
    assert await query.callback_query.answer("Đã nhận")
    assert contact.message is not None
    assert contact.message.contact is not None
    assert contact.message.from_user is not None
    assert contact.message.contact.user_id == contact.message.from_user.id
    assert place.message is not None
    assert place.message.location is not None
    assert photo.message is not None
    file = await photo.message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == PNG
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unknown.effective_user is None


async def test_old_button_gives_an_inaccessible_message(bot: Bot, telegram: Telegram, citizen: Citizen) -> None:
    sent = await bot.send_message(
        citizen.chat_id, "?", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="a:1")]])
    )
    await telegram.order("/clock", {"advance": 48 * 3600})
    await citizen.act("tap", message_id=str(sent.message_id), value="a:1")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert query.message is not None
    assert not query.message.is_accessible


async def test_refusals_become_the_librarys_errors(
    bot: Bot, telegram: Telegram, citizen: Citizen, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    chat = citizen.chat_id
    too_long = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x" * 65)]])
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(chat, "x", reply_markup=too_long)
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities"):
        await bot.send_message(chat, "<x>", parse_mode=ParseMode.HTML)
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(99, "x")
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query("1")
    await telegram.order("/knobs", {"rates": True})
    await bot.send_message(chat, "1")
    with pytest.raises(RetryAfter):
        await bot.send_message(chat, "2")
    await telegram.order("/faults", {"method": "sendMessage", "mode": "accept_then_timeout"})
    await telegram.order("/clock", {"advance": 5})
    with pytest.raises(TimedOut):
        await bot.send_message(chat, "có lẽ", read_timeout=0.1)
    assert (await citizen.screen())[-1]["text"] == "có lẽ"
    await telegram.order("/faults", {"method": "sendMessage", "mode": "reset"})
    with pytest.raises(NetworkError):
        await bot.send_message(chat, "x")
    await citizen.act("block")
    with pytest.raises(Forbidden):
        await bot.send_message(chat, "x")
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict):
        await bot.get_updates()
    await telegram.order("/rotate_secret")
    with pytest.raises(InvalidToken):
        await bot.get_me()
