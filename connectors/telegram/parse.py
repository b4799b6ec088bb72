"""From an update of the Bot API to our events. Pure; reads with distrust: the library knows the shapes but checks no types.

Three words for what is no message of a citizen: *malformed* (no update at all: ``MalformedEventError``), *ignored* (known, but
without meaning for us) and *unreadable* (an update in a shape that we do not know: ignored under that word and so counted).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from telegram import CallbackQuery, Message

from bot.conversations.events import (
    AvailabilityChange,
    CitizenMessage,
    ContactChange,
    IgnoredEvent,
    Origin,
    PlatformEvent,
)
from connectors.gateway.webhooks import MalformedEventError
from connectors.rendering.layout import BUTTON_PREFIX
from connectors.start_links import meaning_of_start
from connectors.telegram.attachments import CONTENT_KEYS, attachments_of
from connectors.telegram.reading import UNREADABLE, identifier, is_id, text_or_none

CHANNEL = "telegram"

# Only these parts of a message are read at all: what we do not read cannot break us.
_READ = frozenset({"message_id", "date", "chat", "from", "text", "caption", "media_group_id"}) | CONTENT_KEYS
_READ_OF_OLD_MESSAGE = frozenset({"message_id", "date", "chat", "reply_markup"})
_NAME = re.compile(r"[a-z_]{1,60}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,62}")
_COMMAND = re.compile(r"/+(?P<name>[A-Za-z0-9_]{1,32})(?:@\w{1,64})?(?:\s+(?P<rest>.*))?", re.DOTALL)
_CALLBACK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REACHABILITY: Mapping[str, AvailabilityChange] = {"kicked": "unreachable", "member": "reachable"}


@dataclass(frozen=True)
class ParsedUpdate:
    """One update: what it tells the ledger, and the id of the pressed button that waits for an acknowledgement."""

    event: PlatformEvent
    callback_id: str | None = None


def parse_update(body: bytes, account: str) -> ParsedUpdate:
    """The update's event. Raises ``MalformedEventError`` where the body holds no update: every other update, however strange,
    becomes an event, since an answer other than 200 would make Telegram repeat it and hold back the citizen's next messages."""
    data = _object(body)
    update_id = data.get("update_id")
    if not is_id(update_id):
        raise MalformedEventError("no update_id")
    name, content = _content(data)
    origin = Origin(CHANNEL, account, str(update_id), name, body)
    reader = _READERS.get(name)
    if reader is None:
        return ParsedUpdate(IgnoredEvent(origin, _UNUSED.get(name, "unknown_kind")))
    try:
        return reader(content, origin)
    except UNREADABLE:
        return ParsedUpdate(IgnoredEvent(origin, "unreadable"))


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("not JSON") from error
    if not isinstance(data, dict):
        raise MalformedEventError("not an object")
    return data


def _content(data: Mapping[str, Any]) -> tuple[str, Any]:
    """The kind of the update and what it holds: Bot API, "Update": at most one of the optional parameters is present."""
    kinds = [key for key in data if key != "update_id"]
    known = next((key for key in kinds if key in _READERS), kinds[0] if kinds else "empty")
    return (known if _NAME.fullmatch(known) else "unknown"), data.get(known)


def _message(content: Any, origin: Origin) -> ParsedUpdate:
    message = Message.de_json({key: value for key, value in content.items() if key in _READ})
    if message.chat.type != "private":
        return ParsedUpdate(IgnoredEvent(origin, "not_private"))
    external_id = identifier(message.chat.id)
    origin = _at(origin, message.date)
    if message.from_user is None or message.from_user.is_bot is not False:
        return ParsedUpdate(IgnoredEvent(origin, "not_a_person", external_id))
    own_phone, attachments = attachments_of(message, content)
    text, starts = _words(text_or_none(message.text) or text_or_none(message.caption))
    if not (text or starts or own_phone or attachments):
        return ParsedUpdate(IgnoredEvent(origin, _unused_part(content), external_id))
    return ParsedUpdate(
        CitizenMessage(origin, external_id, text=text, attachments=attachments, starts=starts, own_phone=own_phone)
    )


def _words(typed: str | None) -> tuple[str | None, bool]:
    """The text without the slash of a command (nobody may type an intent), and whether it opens the chat."""
    command = _COMMAND.fullmatch(typed) if typed else None
    if command is None:
        return (typed.lstrip("/") or typed if typed else None), False
    if command["name"].lower() == "start":
        return meaning_of_start(command["rest"] or ""), True
    return " ".join(part for part in (command["name"], command["rest"]) if part), False


def _unused_part(content: Mapping[str, Any]) -> str:
    """Which part of a message without words we do not use: a title that changed, a pinned message, something new."""
    part = next((key for key in content if key not in _READ and _NAME.fullmatch(key)), "nothing")
    return f"not_used:{part}"


def _callback_query(content: Any, origin: Origin) -> ParsedUpdate:
    trimmed = dict(content)
    if isinstance(trimmed.get("message"), dict):
        trimmed["message"] = {key: value for key, value in trimmed["message"].items() if key in _READ_OF_OLD_MESSAGE}
    query = CallbackQuery.de_json(trimmed)
    callback_id = query.id if isinstance(query.id, str) and _CALLBACK_ID.fullmatch(query.id) else None
    if query.message is not None and query.message.chat.type != "private":
        return ParsedUpdate(IgnoredEvent(origin, "not_private"), callback_id)
    external_id = identifier(query.from_user.id)
    token = (text_or_none(query.data) or "").removeprefix(BUTTON_PREFIX)
    if not _TOKEN.fullmatch(token):
        return ParsedUpdate(IgnoredEvent(origin, "foreign_button", external_id), callback_id)
    return ParsedUpdate(CitizenMessage(origin, external_id, text=_pressed_title(query), button=token), callback_id)


def _pressed_title(query: CallbackQuery) -> str | None:
    """The title of the pressed button, as far as Telegram still shows us its message (not of an old one)."""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    rows = markup.inline_keyboard if markup is not None else ()
    titles = (button.text for row in rows for button in row if button.callback_data == query.data)
    return text_or_none(next(titles, None))


def _my_chat_member(content: Any, origin: Origin) -> ParsedUpdate:
    # Read without the library: it wants fields of each status that say nothing to us.
    if content["chat"]["type"] != "private":
        return ParsedUpdate(IgnoredEvent(origin, "not_private"))
    external_id = identifier(content["chat"]["id"])
    origin = _at(origin, datetime.fromtimestamp(content["date"], UTC))
    change = _REACHABILITY.get(content["new_chat_member"]["status"])
    if change is None:
        return ParsedUpdate(IgnoredEvent(origin, "not_used", external_id))
    blocked = change == "unreachable"
    return ParsedUpdate(
        ContactChange(origin, external_id, change, reason="blocked_by_citizen" if blocked else None, acted=not blocked)
    )


def _at(origin: Origin, moment: datetime | None) -> Origin:
    return Origin(origin.channel, origin.account, origin.event_id, origin.name, origin.raw, moment)


_READERS = {"message": _message, "callback_query": _callback_query, "my_chat_member": _my_chat_member}
# An edited message is no new turn: it was answered when it was sent. Channels and groups are not for citizens' dossiers.
_UNUSED = {
    "edited_message": "edited",
    "channel_post": "not_private",
    "edited_channel_post": "not_private",
    "business_message": "not_used",
    "edited_business_message": "not_used",
    "inline_query": "not_used",
    "chosen_inline_result": "not_used",
    "message_reaction": "not_used",
    "poll": "not_used",
    "poll_answer": "not_used",
    "chat_member": "not_used",
    "empty": "empty",
}
