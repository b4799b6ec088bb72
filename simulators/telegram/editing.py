"""Methods about what is already in a chat: editMessageText, editMessageReplyMarkup, deleteMessage, answerCallbackQuery."""

from datetime import timedelta
from typing import Any

from simulators.messaging.transcript import ShownButton
from simulators.telegram.bot import Done, Method, TelegramBot
from simulators.telegram.chats import find_chat
from simulators.telegram.errors import bad_request
from simulators.telegram.formatting import FormattedText, read_text, utf16_length
from simulators.telegram.keyboards import read_markup
from simulators.telegram.parameters import Call
from simulators.telegram.people import Person
from simulators.telegram.sending import message_fields, shown_buttons

MAX_CALLBACK_ANSWER = 200
_DELETABLE = timedelta(hours=48)
_TARGET = frozenset({"business_connection_id", "chat_id", "message_id", "inline_message_id"})
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


async def edit_message_text(bot: TelegramBot, call: Call) -> Done:
    """editMessageText."""
    person, message = _own_message(bot, call)
    formatted = read_text(call.text("text"), call.text("parse_mode"), call.structure("entities", "entities"))
    if not formatted.text:
        raise bad_request("message text is empty")
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    kept = {key: value for key, value in message.items() if key not in ("text", "entities", "reply_markup", "edit_date")}
    return Done(_replace(bot, person, call, message, kept | message_fields(formatted, caption=False), formatted))


async def edit_message_reply_markup(bot: TelegramBot, call: Call) -> Done:
    """editMessageReplyMarkup."""
    person, message = _own_message(bot, call)
    kept = {key: value for key, value in message.items() if key not in ("reply_markup", "edit_date")}
    entities = message.get("entities", message.get("caption_entities", []))
    formatted = FormattedText(message.get("text", message.get("caption", "")), entities)
    return Done(_replace(bot, person, call, message, kept, formatted))


async def delete_message(bot: TelegramBot, call: Call) -> Done:
    """deleteMessage: any message of the chat that is younger than 48 hours."""
    person = find_chat(bot, call)
    message = _message(person, call, "message to delete not found")
    if bot.clock.now().timestamp() - message["date"] >= _DELETABLE.total_seconds():
        raise bad_request("message can't be deleted for everyone")
    del person.messages[message["message_id"]]
    bot.transcripts.edit(person.key, str(message["message_id"]), text="", buttons=(), attachments=(), note="đã xoá")
    return Done(True)


async def answer_callback_query(bot: TelegramBot, call: Call) -> Done:
    """answerCallbackQuery: once, and soon after the tap."""
    if utf16_length(call.text("text")) > MAX_CALLBACK_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    query = bot.callbacks.pop(call.text("callback_query_id"), None)
    if query is None or bot.clock.now() >= query.until:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if call.has("text"):
        bot.show(query.person, "system", call.text("text"), note="thông báo khi bấm nút")
    return Done(True)


def _own_message(bot: TelegramBot, call: Call) -> tuple[Person, dict[str, Any]]:
    if call.has("inline_message_id"):
        raise bad_request("inline messages are not simulated (simulator)")
    person = find_chat(bot, call)
    message = _message(person, call, "message to edit not found")
    if not message["from"]["is_bot"]:
        raise bad_request("message can't be edited")
    return person, message


def _message(person: Person, call: Call, missing: str) -> dict[str, Any]:
    number = call.integer("message_id")
    message = person.messages.get(number) if number is not None else None
    if message is None:
        raise bad_request(missing)
    return message


def _replace(
    bot: TelegramBot,
    person: Person,
    call: Call,
    message: dict[str, Any],
    changed: dict[str, Any],
    formatted: FormattedText,
) -> dict[str, Any]:
    markup = read_markup(call.structure("reply_markup", "inline keyboard"), private_chat=person.private)
    if markup is not None and markup.kind != "inline":
        raise bad_request("inline keyboard expected")
    edited = changed | ({"reply_markup": markup.raw} if markup and markup.raw else {})
    if edited == {key: value for key, value in message.items() if key != "edit_date"}:
        raise bad_request(_NOT_MODIFIED)
    edited["edit_date"] = int(bot.clock.now().timestamp())
    person.messages[message["message_id"]] = edited
    buttons: tuple[ShownButton, ...] = tuple(shown_buttons(formatted, markup))
    bot.transcripts.edit(person.key, str(message["message_id"]), text=formatted.text, buttons=buttons, note="đã sửa")
    return edited


def editing_methods() -> list[Method]:
    """All methods of this file."""
    text = frozenset({"text", "parse_mode", "entities", "link_preview_options", "reply_markup"})
    answer = frozenset({"callback_query_id", "text", "show_alert", "url", "cache_time"})
    return [
        Method("editMessageText", _TARGET | text, edit_message_text),
        Method("editMessageReplyMarkup", _TARGET | {"reply_markup"}, edit_message_reply_markup),
        Method("deleteMessage", frozenset({"chat_id", "message_id"}), delete_message),
        Method("answerCallbackQuery", answer, answer_callback_query),
    ]
