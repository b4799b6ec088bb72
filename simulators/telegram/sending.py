"""Methods that put something into a chat: sendMessage, sendPhoto, sendDocument, sendVoice, sendLocation, sendChatAction."""

from collections.abc import Sequence
from typing import Any

from simulators.messaging.transcript import ShownButton
from simulators.telegram.bot import Done, Method, TelegramBot
from simulators.telegram.chats import addressed, find_chat
from simulators.telegram.errors import BotApiError, bad_request
from simulators.telegram.formatting import FormattedText, read_text, utf16_length, utf16_part
from simulators.telegram.keyboards import Markup, read_markup
from simulators.telegram.parameters import Call
from simulators.telegram.people import Person
from simulators.telegram.uploads import UploadRule, read_file, shown_file

MAX_TEXT = 4096
MAX_CAPTION = 1024
_MEGABYTE = 1024 * 1024
_COMMON = frozenset(
    {
        "business_connection_id",
        "chat_id",
        "message_thread_id",
        "direct_messages_topic_id",
        "disable_notification",
        "protect_content",
        "allow_paid_broadcast",
        "message_effect_id",
        "suggested_post_parameters",
        "reply_parameters",
        "reply_markup",
    }
)
_CAPTION = frozenset({"caption", "parse_mode", "caption_entities", "show_caption_above_media"})
_CHAT_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def message_fields(formatted: FormattedText, *, caption: bool) -> dict[str, Any]:
    """A text and its entities as fields of a message. Raises 400 where it is too long."""
    limit, what = (MAX_CAPTION, "message caption") if caption else (MAX_TEXT, "message")
    if utf16_length(formatted.text) > limit:
        raise bad_request(f"{what} is too long")
    if not formatted.text:
        return {}
    prefix = "caption" if caption else "text"
    entities = {"caption_entities" if caption else "entities": formatted.entities} if formatted.entities else {}
    return {prefix: formatted.text, **entities}


def shown_buttons(formatted: FormattedText, markup: Markup | None) -> Sequence[ShownButton]:
    """The markup's buttons, then the links inside the text, which a citizen can tap as well."""
    links = [
        ShownButton(title=utf16_part(formatted.text, e["offset"], e["length"]), kind="url", value=e["url"])
        for e in formatted.entities
        if e.get("type") == "text_link" and isinstance(e.get("url"), str)
    ]
    return (*(markup.buttons if markup else ()), *links)


async def send_message(bot: TelegramBot, call: Call) -> Done:
    """sendMessage."""
    person = find_chat(bot, call)
    formatted = read_text(call.text("text"), call.text("parse_mode"), call.structure("entities", "entities"))
    if not formatted.text:
        raise bad_request("message text is empty")
    return Done(_put(bot, person, call, message_fields(formatted, caption=False), formatted))


async def send_location(bot: TelegramBot, call: Call) -> Done:
    """sendLocation."""
    person = find_chat(bot, call)
    latitude, longitude = call.number("latitude"), call.number("longitude")
    if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise bad_request("wrong latitude or longitude specified")
    place = {"latitude": latitude, "longitude": longitude}
    return Done(_put(bot, person, call, {"location": place}, FormattedText(""), ({"kind": "location", **place},)))


async def send_chat_action(bot: TelegramBot, call: Call) -> Done:
    """sendChatAction: nothing is put into the chat."""
    find_chat(bot, call)
    if call.text("action").lower() not in _CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    return Done(True)


def _put(
    bot: TelegramBot,
    person: Person,
    call: Call,
    content: dict[str, Any],
    formatted: FormattedText,
    attachments: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Checks markup, reply and rate, and only then puts the message into the chat."""
    markup = read_markup(call.structure("reply_markup", "reply keyboard markup"), private_chat=person.private)
    reply = _reply(person, call)
    if bot.knobs.rates:
        bot.rates.check(person.chat_id, group=not person.private)
        bot.rates.note(person.chat_id, group=not person.private)
    inline = {"reply_markup": markup.raw} if markup and markup.raw else {}
    message = bot.store_message(person, bot.as_user(), reply | content | inline)
    bot.apply_keyboard(person, markup)
    buttons = shown_buttons(formatted, markup)
    bot.show(person, "bot", formatted.text, message_id=message["message_id"], buttons=buttons, attachments=attachments)
    return message


def _reply(person: Person, call: Call) -> dict[str, Any]:
    reply = call.structure("reply_parameters", "reply parameters")
    if reply is None:
        return {}
    if not isinstance(reply, dict) or not isinstance(reply.get("message_id"), int):
        raise bad_request("can't parse reply parameters: message_id expected")
    original = person.messages.get(reply["message_id"])
    if original is not None:
        return {"reply_to_message": {key: value for key, value in original.items() if key != "reply_to_message"}}
    if reply.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


def _media_method(name: str, rule: UploadRule, extra: frozenset[str]) -> Method:
    async def send(bot: TelegramBot, call: Call) -> Done:
        person = find_chat(bot, call)
        formatted = read_text(call.text("caption"), call.text("parse_mode"), call.structure("caption_entities", "entities"))
        caption = message_fields(formatted, caption=True)
        stored = await read_file(bot, call, rule)
        content = rule.describe(stored)
        return Done(_put(bot, person, call, content | caption, formatted, (shown_file(rule.shown_as, stored),)))

    return Method(name, _COMMON | _CAPTION | {rule.field} | extra, send)


def sending_methods() -> list[Method]:
    """All methods of this file."""
    text = frozenset({"text", "parse_mode", "entities", "link_preview_options"})
    place = frozenset({"latitude", "longitude", "horizontal_accuracy", "live_period", "heading", "proximity_alert_radius"})
    action = frozenset({"business_connection_id", "chat_id", "message_thread_id", "action"})
    photo = UploadRule("photo", "photos", "image", 10 * _MEGABYTE, 5 * _MEGABYTE)
    document = UploadRule("document", "documents", "file", 50 * _MEGABYTE, 20 * _MEGABYTE)
    voice = UploadRule("voice", "voice", "voice", 50 * _MEGABYTE, 20 * _MEGABYTE)
    return [
        Method("sendMessage", _COMMON | text, send_message),
        Method("sendLocation", _COMMON | place, send_location),
        Method("sendChatAction", action, send_chat_action),
        _media_method("sendPhoto", photo, frozenset({"has_spoiler"})),
        _media_method("sendDocument", document, frozenset({"thumbnail", "disable_content_type_detection"})),
        _media_method("sendVoice", voice, frozenset({"duration"})),
    ]


def note_refusal(bot: TelegramBot, call: Call, error: BotApiError) -> None:
    """Puts a refused message into the transcript of the citizen who would have got it."""
    person = addressed(bot, call)
    if person is not None and call.method.lower().startswith("send") and call.method.lower() != "sendchataction":
        written = call.values.get("text", call.values.get("caption", ""))
        bot.show(person, "bot", written if isinstance(written, str) else "", refused=error.description)
