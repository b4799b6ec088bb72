"""What a person does on their phone, and the events that follow."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from simulators.messaging.deliveries import Delivery
from simulators.messaging.orders import ActOrder, SentFile
from simulators.messaging.platform import ActRefused
from simulators.messaging.transcript import ShownButton
from simulators.zalo.account import Account, AnonymousVisitor
from simulators.zalo.events import Event, attachment, seen_message, sent_file_message
from simulators.zalo.files import StoredFile
from simulators.zalo.people import Person, long_id

Act = Callable[[Account, Person, ActOrder, SentFile | None], Awaitable[dict[str, Any]]]
_SUFFIXES: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "audio/amr": ".amr",
    "video/mp4": ".mp4",
}
_VOICE_SUFFIX: Final = ".amr"


def international_phone(phone: str) -> str:
    """``84912345678`` for the ways in which people write it. Raises ``ActRefused`` where it is no Vietnamese phone."""
    digits = re.sub(r"[ .()-]", "", phone).removeprefix("+")
    digits = f"84{digits[1:]}" if digits.startswith("0") else digits
    if not re.fullmatch(r"84[1-9][0-9]{8}", digits):
        raise ActRefused(f"not a Vietnamese phone: {phone!r}")
    return digits


def _told(deliveries: list[Delivery], message_id: str | None = None, **more: Any) -> dict[str, Any]:
    return {"deliveries": [delivery.id for delivery in deliveries], "message_id": message_id, **more}


async def _write(
    account: Account,
    person: Person,
    order: ActOrder,
    name: str,
    message: Mapping[str, Any],
    shown: str,
    *,
    attachments: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """Shows what the person wrote, counts it as an interaction, and sends the event."""
    person.interacts(account.clock.now_ms())
    message_id = message["msg_id"]
    kind = name.removeprefix("user_send_")
    account.show(person, message_id, "user", shown, kind=kind, attachments=attachments)
    event = account.events().from_user(person, name, message)
    return _told(await account.emit(person.user_id, event, order.delivery), message_id)


async def say(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """A text; ``extra.quote_msg_id`` quotes a message."""
    if not order.text or not order.text.strip():
        raise ActRefused("say needs a text")
    message = {"msg_id": account.new_id(), "text": order.text}
    if "quote_msg_id" in order.extra:
        message["quote_msg_id"] = str(order.extra["quote_msg_id"])
    return await _write(account, person, order, "user_send_text", message, order.text)


async def tap(account: Account, person: Person, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
    """A button of a shown message, however old: its payload comes as the person's text; ``hide`` is not printed."""
    button = _button(account, person, order)
    match button["kind"]:
        case "contact":
            return await share_contact(account, person, order, file)
        case "url" | "phone":
            return _told([], opens=button["value"])
    message_id, text = account.new_id(), button["value"]
    if button["kind"] == "reply":
        return await _write(account, person, order, "user_send_text", {"msg_id": message_id, "text": text}, text)
    person.interacts(account.clock.now_ms())
    event = account.events().from_user(person, "user_send_text", {"msg_id": message_id, "text": text})
    return _told(await account.emit(person.user_id, event, order.delivery), message_id)


def _button(account: Account, person: Person, order: ActOrder) -> ShownButton:
    message = account.transcripts.find(person.user_id, order.message_id or "")
    if message is None:
        raise ActRefused("no such message on this phone")
    for button in message.buttons:
        if order.value in (None, button["value"]) and order.title in (None, button["title"]):
            return button
    raise ActRefused("the message has no such button")


async def share_contact(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Answers the card that asks for name, phone and address; ``phone`` and ``name`` may be edited by the person."""
    if person.waiting_card is None:
        raise ActRefused("nothing asks for the person's information")
    phone, name = international_phone(order.phone or person.phone), order.name or person.name
    if not order.own and order.phone is None:
        raise ActRefused("somebody else's information needs a phone")
    person.waiting_card = None
    message_id = account.new_id()
    person.shared_info = {"name": name, "phone": phone, "address": person.address, "city": person.city, "district": ""}
    account.show(person, message_id, "user", f"{name}, {phone}", kind="info")
    event = account.events().submitted_info(person, name, phone, message_id)
    return _told(await account.emit(person.user_id, event, order.delivery), message_id)


async def share_location(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """A place; the platform writes the coordinates as strings."""
    if order.latitude is None or order.longitude is None:
        raise ActRefused("share_location needs latitude and longitude")
    place = {"latitude": str(order.latitude), "longitude": str(order.longitude)}
    attachments = attachment("location", {"coordinates": place})
    message = {"msg_id": account.new_id(), "text": "", "attachments": attachments}
    return await _write(account, person, order, "user_send_location", message, f"📍 {order.latitude}, {order.longitude}")


async def send_file(account: Account, person: Person, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
    """A picture, animation, video, voice message or file, by its name and ``kind``; the event carries links that end."""
    if file is None:
        raise ActRefused("send_file needs a file")
    name = file.name
    if order.kind == "voice":
        name = f"{name.rsplit('.', 1)[0]}{_VOICE_SUFFIX}"
    elif "." not in name:
        name += _SUFFIXES.get(file.content_type, "")
    stored = StoredFile(name, file.content, account.clock.now_ms())
    url = account.files.link(stored)
    event_name, message = sent_file_message(account.new_id(), stored, url, order.text)
    shown = stored.shown(event_name.removeprefix("user_send_"), url)
    return await _write(account, person, order, event_name, message, order.text or "", attachments=(shown,))


async def send_sticker(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """A sticker; ``value`` is its id."""
    about = {"id": order.value or "bfe458bf64fa8da4d4eb", "url": f"{account.files.base_url}/cdn/sticker/sticker.png"}
    message = {"msg_id": account.new_id(), "attachments": attachment("sticker", about)}
    return await _write(account, person, order, "user_send_sticker", message, "[nhãn dán]")


async def send_link(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """A web address: ``value``, with ``title`` and ``text``."""
    if not order.value:
        raise ActRefused("send_link needs a value")
    about = {"url": order.value, "thumbnail": "", "title": order.title or "", "description": order.text or ""}
    message = {"msg_id": account.new_id(), "text": order.value, "attachments": attachment("link", about)}
    return await _write(account, person, order, "user_send_link", message, order.value)


async def send_business_card(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """A card with ``phone``: anybody's. Its description is JSON inside a string."""
    phone = international_phone(order.phone or person.phone)
    about = {
        "url": "",
        "thumbnail": "",
        "title": order.name or person.name,
        "description": f'{{"phone":"{phone}","qrCodeUrl":""}}',
    }
    message = {"msg_id": account.new_id(), "attachments": attachment("link", about)}
    return await _write(account, person, order, "user_send_business_card", message, f"[danh thiếp] {phone}")


async def follow(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Follows the account; ``value`` is the source. This opens the window."""
    person.follows, person.blocked = True, False
    person.interacts(account.clock.now_ms())
    event = account.events().contact_state(person, "follow", source=order.value or "oa_profile", follower={"id": person.user_id})
    return _told(await account.emit(person.user_id, event, order.delivery))


async def unfollow(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Leaves the account: not reachable until they write again."""
    person.follows, person.left = False, True
    event = account.events().contact_state(person, "unfollow", source="oa_profile", follower={"id": person.user_id})
    return _told(await account.emit(person.user_id, event, order.delivery))


async def block(_account: Account, person: Person, _order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Blocks messages of the account; the platform tells nobody."""
    person.blocked = True
    return _told([])


async def unblock(_account: Account, person: Person, _order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Takes the block back."""
    person.blocked = False
    return _told([])


async def seen(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Has read ``message_id``, or all messages of the account."""
    shown = [m.id for m in account.transcripts.of(person.user_id) if m.author == "bot" and m.refused is None]
    if order.message_id is not None and order.message_id not in shown:
        raise ActRefused("no such message on this phone")
    ids = [order.message_id] if order.message_id is not None else shown
    if not ids:
        raise ActRefused("there is nothing to read")
    event = account.events().receipt(person, "user_seen_message", seen_message(ids))
    return _told(await account.emit(person.user_id, event, order.delivery))


async def react(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Puts the icon ``value`` on ``message_id``."""
    if account.transcripts.find(person.user_id, order.message_id or "") is None:
        raise ActRefused("no such message on this phone")
    content = {"msg_id": order.message_id, "react_icon": order.value or "/-heart"}
    event = account.events().from_user(person, "user_reacted_message", content)
    return _told(await account.emit(person.user_id, event, order.delivery))


async def click_chatnow(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Opens the chat from a link for the first time: the account may write first."""
    if person.last_interaction_ms is not None:
        raise ActRefused("this event comes once, for a new person")
    person.interacts(account.clock.now_ms())
    event = account.events().contact_state(person, "user_click_chatnow", user_id=person.user_id)
    return _told(await account.emit(person.user_id, event, order.delivery))


async def withdraw(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Takes consent back: the application must delete this person's data."""
    event = account.events().from_user(person, "user_withdraw")
    person.follows, person.left, person.shared_info = False, True, {}
    return _told(await account.emit(person.user_id, event, order.delivery))


async def anonymous_say(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """The same person writes from a web page without signing in: other ids, a ``conversation_id``, no window."""
    if not order.text:
        raise ActRefused("anonymous_say needs a text")
    visitor = next((v for v in account.visitors.values() if v.user_id == person.user_id), None)
    if visitor is None:
        visitor = AnonymousVisitor(person.user_id, long_id("anonymous", person.user_id), long_id("conversation", person.user_id))
        account.visitors[visitor.conversation_id] = visitor
    message_id = account.new_id()
    account.show(person, message_id, "user", order.text, note="khách ẩn danh trên web", logged=False)
    content = {"msg_id": message_id, "text": order.text, "conversation_id": visitor.conversation_id}
    event = account.events().anonymous("anonymous_send_text", visitor.anonymous_id, account.credentials.oa_id, content)
    ids = {"anonymous_id": visitor.anonymous_id, "conversation_id": visitor.conversation_id}
    return _told(await account.emit(person.user_id, event, order.delivery), message_id, **ids)


async def event(account: Account, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
    """Any event in the person's name: ``value`` is its name, ``extra`` its fields over the usual ones (null removes one)."""
    if not order.value:
        raise ActRefused("event needs a value: the event's name")
    fields: Event = account.events().from_user(person, order.value) | order.extra
    made = {name: value for name, value in fields.items() if value is not None}
    return _told(await account.emit(person.user_id, made, order.delivery))


ACTS: Final[Mapping[str, Act]] = {
    act.__name__: act
    for act in (
        say,
        tap,
        share_contact,
        share_location,
        send_file,
        send_sticker,
        send_link,
        send_business_card,
        follow,
        unfollow,
        block,
        unblock,
        seen,
        react,
        click_chatnow,
        withdraw,
        anonymous_say,
        event,
    )
}
