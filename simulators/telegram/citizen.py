"""What a simulated citizen does in Telegram, and the updates that come of it."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from simulators.messaging.deliveries import DeliveryOptions
from simulators.messaging.orders import ActOrder, SentFile
from simulators.messaging.platform import ActRefused
from simulators.messaging.transcript import ShownButton, ShownMessage
from simulators.telegram.bot import TelegramBot
from simulators.telegram.formatting import found_entities, utf16_length
from simulators.telegram.people import Person
from simulators.telegram.sending import MAX_TEXT
from simulators.telegram.uploads import describe, image_type, shown_file

_INACCESSIBLE_AFTER = timedelta(hours=48)
_FIELDS = {"image": ("photo", "photos"), "file": ("document", "documents"), "voice": ("voice", "voice")}
_DEEP_LINK = 64

Act = Callable[[TelegramBot, Person, ActOrder, SentFile | None], Awaitable[dict[str, Any]]]


async def start(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Opens the bot and taps Start; ``value`` is the payload of a deep link."""
    payload = order.value or ""
    if len(payload) > _DEEP_LINK or not all(c.isascii() and (c.isalnum() or c in "_-") for c in payload):
        raise ActRefused("a deep link's payload is at most 64 of A-Z, a-z, 0-9, _ and -")
    if person.blocked:
        await unblock(bot, person, ActOrder(delivery=order.delivery), None)
    return await _write(bot, person, f"/start {payload}".rstrip(), order)


async def say(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Types a text; the phone itself cuts off blanks, as Telegram's does."""
    text = (order.text or "").strip()
    if not text or utf16_length(text) > MAX_TEXT:
        raise ActRefused(f"a text has 1 to {MAX_TEXT} UTF-16 units: the phone would split it")
    return await _write(bot, person, text, order)


async def edit(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Changes the text of an own message: an edited_message, not a new turn."""
    number = order.message_id or ""
    message = person.messages.get(int(number)) if number.isdecimal() else None
    if message is None or message["from"]["is_bot"] or "text" not in message or not (order.text or "").strip():
        raise ActRefused("message_id is none of this user's own texts, or the new text is empty")
    text = (order.text or "").strip()
    edited = message | {"edit_date": int(bot.clock.now().timestamp())} | _text_fields(text)
    person.messages[message["message_id"]] = edited
    bot.transcripts.edit(person.key, number, text=text, note="đã sửa")
    return await _send(bot, person, "edited_message", edited, order.delivery, message["message_id"])


async def tap(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Taps a button: an inline button gives a callback_query, one of the reply keyboard a text, a contact or a location."""
    shown, button = _button(bot, person, order)
    match button["kind"]:
        case "postback":
            return await _tap_inline(bot, person, shown, button, order.delivery)
        case "reply":
            _keyboard_used(bot, person)
            return await _write(bot, person, button["title"], order)
        case "contact":
            return await share_contact(bot, person, order, None)
        case "location":
            return await share_location(bot, person, order, None)
        case _:
            return {"deliveries": [], "opened": button["value"]}


async def share_contact(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Shares the own number (after the phone's question), or with ``own`` false somebody else's card."""
    if order.own:
        contact: dict[str, Any] = {"phone_number": person.phone, "first_name": person.name, "user_id": person.id}
    else:
        contact = {"phone_number": order.phone or "84900000000", "first_name": order.name or "Người khác"}
        other = order.extra.get("user_id", person.id + 1)
        contact |= {"user_id": other} if other is not None else {}
    shown = {"kind": "contact", "name": contact["first_name"], "text": contact["phone_number"]}
    return await _share(bot, person, {"contact": contact}, shown, order)


async def share_location(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Shares a place."""
    if order.latitude is None or order.longitude is None:
        raise ActRefused("latitude and longitude are needed")
    place = {"latitude": order.latitude, "longitude": order.longitude}
    return await _share(bot, person, {"location": place}, {"kind": "location", **place}, order)


async def send_file(bot: TelegramBot, person: Person, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
    """Sends a photo, document or voice note; ``extra``: ``size`` declares a larger file, ``media_group_id`` makes an album."""
    if file is None:
        raise ActRefused("the file comes as multipart/form-data, in the field file")
    kind = order.kind
    if kind == "image" and image_type(file.content) is None:
        raise ActRefused("this is no picture: the phone would send it as a file")
    size, album = order.extra.get("size"), order.extra.get("media_group_id")
    if size is not None and not (isinstance(size, int) and size > 0):
        raise ActRefused("size is a positive whole number of bytes")
    field, folder = _FIELDS[kind]
    stored = bot.files.add(file, folder, size)
    content = describe(field, stored)
    caption = (order.text or "").strip()
    content |= ({"caption": caption} if caption else {}) | ({"media_group_id": str(album)} if album else {})
    return await _post_message(bot, person, content, order.delivery, caption, shown_file(kind, stored))


async def block(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Blocks the bot (in a group: throws it out)."""
    if person.blocked:
        raise ActRefused("the bot is blocked already")
    person.blocked = True
    bot.show(person, "system", "Đã chặn bot")
    return await _membership(bot, person, "member", "kicked", order.delivery)


async def unblock(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Lets the bot write again."""
    if not person.blocked:
        raise ActRefused("the bot is not blocked")
    person.blocked = False
    bot.show(person, "system", "Đã bỏ chặn bot")
    return await _membership(bot, person, "kicked", "member", order.delivery)


async def leave_telegram(bot: TelegramBot, person: Person, _order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Deletes the account: no update, but the bot is refused from now on."""
    person.deactivated = True
    bot.show(person, "system", "Đã xoá tài khoản Telegram")
    return {"deliveries": []}


async def new_kind(bot: TelegramBot, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """An update of a kind that no bot knows yet, in spite of the filter; ``value`` is its name."""
    content = {"chat": person.as_chat(), "from": person.as_user(), "date": int(bot.clock.now().timestamp())}
    delivery = await bot.updates.add_unfiltered(person.key, order.value or "kind_of_tomorrow", content, order.delivery)
    return {"deliveries": [delivery.id] if delivery else []}


ACTS: Mapping[str, Act] = {
    "start": start,
    "say": say,
    "edit": edit,
    "tap": tap,
    "share_contact": share_contact,
    "share_location": share_location,
    "send_file": send_file,
    "block": block,
    "unblock": unblock,
    "leave_telegram": leave_telegram,
    "new_kind": new_kind,
}


def _text_fields(text: str) -> dict[str, Any]:
    entities = found_entities(text)
    return {"text": text, **({"entities": entities} if entities else {})}


async def _write(bot: TelegramBot, person: Person, text: str, order: ActOrder) -> dict[str, Any]:
    return await _post_message(bot, person, _text_fields(text), order.delivery, text)


async def _post_message(
    bot: TelegramBot,
    person: Person,
    content: dict[str, Any],
    options: DeliveryOptions,
    text: str,
    attachment: dict[str, Any] | None = None,
) -> dict[str, Any]:
    if person.blocked or person.deactivated:
        raise ActRefused("this user has blocked the bot, or is gone: unblock first")
    person.started = True
    message = bot.store_message(person, person.as_user(), content)
    number = message["message_id"]
    bot.show(person, "user", text, message_id=number, attachments=(attachment,) if attachment else ())
    return await _send(bot, person, "message", message, options, number)


async def _send(
    bot: TelegramBot, person: Person, kind: str, content: Mapping[str, Any], options: DeliveryOptions, number: int
) -> dict[str, Any]:
    delivery = await bot.updates.add(person.key, kind, content, options)
    return {"deliveries": [delivery.id] if delivery else [], "message_id": str(number)}


async def _share(
    bot: TelegramBot, person: Person, content: dict[str, Any], shown: dict[str, Any], order: ActOrder
) -> dict[str, Any]:
    asked = order.message_id and person.messages.get(int(order.message_id) if order.message_id.isdecimal() else 0)
    if asked:
        # A button of the reply keyboard answers the message that brought it.
        content = {"reply_to_message": {key: value for key, value in asked.items() if key != "reply_to_message"}} | content
        _keyboard_used(bot, person)
    return await _post_message(bot, person, content, order.delivery, "", shown)


def _button(bot: TelegramBot, person: Person, order: ActOrder) -> tuple[ShownMessage, ShownButton]:
    shown = bot.transcripts.find(person.key, order.message_id or "")
    if shown is None:
        raise ActRefused("message_id is no message on this user's screen")
    for button in shown.buttons:
        if (order.value is None or button["value"] == order.value) and (order.title is None or button["title"] == order.title):
            return shown, button
    raise ActRefused("the message shows no such button")


def _keyboard_used(bot: TelegramBot, person: Person) -> None:
    if person.one_time_keyboard:
        bot.hide_keyboard(person)


async def _tap_inline(
    bot: TelegramBot, person: Person, shown: ShownMessage, button: ShownButton, options: DeliveryOptions
) -> dict[str, Any]:
    if person.blocked or person.deactivated:
        raise ActRefused("this user has blocked the bot, or is gone: unblock first")
    message = person.messages[int(shown.id)]
    if bot.clock.now() - shown.at >= _INACCESSIBLE_AFTER:
        message = {"chat": person.as_chat(), "message_id": message["message_id"], "date": 0}
    query = {
        "id": bot.new_callback(person),
        "from": person.as_user(),
        "message": message,
        "chat_instance": str(secrets.randbelow(2**62)),
        "data": button["value"],
    }
    bot.show(person, "user", button["title"], note="bấm nút")
    delivery = await bot.updates.add(person.key, "callback_query", query, options)
    return {"deliveries": [delivery.id] if delivery else [], "callback_query_id": query["id"]}


async def _membership(bot: TelegramBot, person: Person, old: str, new: str, options: DeliveryOptions) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        return {"user": bot.as_user(), "status": status} | ({"until_date": 0} if status == "kicked" else {})

    change = {
        "chat": person.as_chat(),
        "from": person.as_user(),
        "date": int(bot.clock.now().timestamp()),
        "old_chat_member": member(old),
        "new_chat_member": member(new),
    }
    delivery = await bot.updates.add(person.key, "my_chat_member", change, options)
    return {"deliveries": [delivery.id] if delivery else []}
