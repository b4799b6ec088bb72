"""What a citizen does in the Messenger app, and the events that the page's application gets of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulators.messaging.deliveries import Delivery, DeliveryOptions
from simulators.messaging.orders import ActOrder, SentFile
from simulators.messaging.platform import ActRefused
from simulators.messaging.transcript import ShownButton, ShownMessage
from simulators.messenger import webhook_events as events
from simulators.messenger.page import Page
from simulators.messenger.people import Person
from simulators.messenger.screens import Shown

_KINDS = {"image": "image", "voice": "audio", "file": "file"}
LONGEST_MESSAGE = 20_000
MOST_EDITS = 5


class CitizenActs:
    """The acts by name. Every act answers the ids of the messages and deliveries it made."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.by_name: Mapping[str, Callable[[Person, ActOrder, SentFile | None], Awaitable[dict[str, Any]]]] = {
            "say": self._say,
            "tap": self._tap,
            "share_contact": self._share_contact,
            "share_location": self._share_location,
            "send_file": self._send_file,
            "send_sticker": self._send_sticker,
            "start": self._start,
            "menu": self._menu,
            "read": self._read,
            "react": self._react,
            "edit": self._edit,
            "block": self._block,
            "unblock": self._unblock,
            "delete_conversation": self._delete_conversation,
        }

    async def act(self, person: Person, name: str, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
        """Does it. Raises ``ActRefused``."""
        if person.blocked and name not in ("unblock", "delete_conversation"):
            raise ActRefused("this citizen has blocked the page: unblock first")
        return await self.by_name[name](person, order, file)

    async def _say(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        text = order.text or ""
        if not text.strip() or len(text) > LONGEST_MESSAGE:
            raise ActRefused(f"a message has 1 to {LONGEST_MESSAGE} characters")
        parts: events.Event = {"text": text}
        if "reply_to" in order.extra:
            parts["reply_to"] = {"mid": self._on_screen(person, order.extra["reply_to"]).id}
        return await self._wrote(person, Shown(text, [], []), parts, order.delivery)

    async def _tap(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        message = self._on_screen(person, order.message_id)
        button = _chosen(message, order)
        match button["kind"]:
            case "url":
                return {"opened": button["value"], "deliveries": []}
            case "phone":
                return {"called": button["value"], "deliveries": []}
            case "postback":
                return await self._posted_back(person, button["title"], button["value"], order.delivery)
            case _:
                parts = {"text": button["title"], "quick_reply": {"payload": button["value"]}}
                return await self._wrote(person, Shown(button["title"], [], []), parts, order.delivery)

    async def _share_contact(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        offered = self._page.transcripts.find(person.id, person.offered) if person.offered else None
        if offered is None or not any(button["kind"] == "contact" for button in offered.buttons):
            raise ActRefused("no phone quick reply is on the screen: none was sent, it is gone, or the profile has no phone")
        number = order.phone or person.phone or ""
        parts = {"text": number, "quick_reply": {"payload": number}}
        return await self._wrote(person, Shown(number, [], []), parts, order.delivery)

    async def _share_location(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        if order.latitude is None or order.longitude is None:
            raise ActRefused("a location has latitude and longitude")
        link = {"title": "Vị trí đã ghim", "url": f"https://maps.example/?q={order.latitude},{order.longitude}"}
        parts = {"text": link["url"], "attachments": [{"type": "fallback", "payload": link}]}
        return await self._wrote(person, Shown(link["url"], [], [{"kind": "location", **link}]), parts, order.delivery)

    async def _send_file(self, person: Person, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
        if file is None:
            raise ActRefused("there is no file")
        kind = "video" if file.content_type.startswith("video/") else _KINDS[order.kind]
        stored = self._page.files.store(kind, file.name, file.content_type, file.content)
        link = self._page.files.link(stored, self._page.knobs.cdn_link_seconds)
        parts = {"attachments": [{"type": kind, "payload": {"url": link}}]}
        made = await self._wrote(person, Shown("", [], [stored.shown(link)]), parts, order.delivery)
        if order.text:  # Messenger has no captions: the text goes as a message of its own
            after = await self._wrote(person, Shown(order.text, [], []), {"text": order.text}, order.delivery)
            made["deliveries"] += after["deliveries"]
        return made

    async def _send_sticker(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        sticker = self._page.files.store("image", "like.png", "image/png", _LIKE)
        link = self._page.files.link(sticker, self._page.knobs.cdn_link_seconds)
        kind = "image" if self._page.knobs.sticker_as_image else "sticker"
        parts = {"attachments": [{"type": kind, "payload": {"url": link, "sticker_id": 369239263222822}}]}
        return await self._wrote(person, Shown("👍", [], []), parts, order.delivery)

    async def _start(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        """Get Started in a new thread; an m.me link or an ad (``value`` is its ref, ``extra.source`` ADS) in any."""
        source = str(order.extra.get("source", "SHORTLINK"))
        if source not in ("SHORTLINK", "ADS"):
            raise ActRefused("source is SHORTLINK or ADS")
        came_by = events.referral(order.value, source) if order.value else None
        payload = self._page.profile.get_started_payload
        if person.in_conversation:
            if came_by is None:
                raise ActRefused("Get Started is only shown in a new conversation: delete the conversation first, or give a ref")
            self._acted(person, from_ad=source == "ADS")
            told = await self._page.tell_act(person, "messaging_referrals", {"referral": came_by}, order.delivery)
            return _made(told)
        if self._page.profile.ice_breakers:
            raise ActRefused("the page offers ice breakers in place of Get Started: use menu")
        if payload is None:
            raise ActRefused("the page has set no Get Started button")
        person.thread_deleted = False
        person.from_ad = came_by is not None and source == "ADS"
        return await self._posted_back(person, "Bắt đầu", payload, order.delivery, came_by)

    async def _menu(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        """A tap on the persistent menu, or in a new thread on an ice breaker, by ``title`` or ``value``."""
        items = [(item["title"], item.get("payload"), item.get("url")) for item in person.menu or self._page.profile.menu]
        if not person.in_conversation:
            items = [(item["question"], item["payload"], None) for item in self._page.profile.ice_breakers]
        for title, payload, url in items:
            if order.title == title or (order.value is not None and order.value in (payload, url)):
                if payload is None:
                    return {"opened": url, "deliveries": []}
                return await self._posted_back(person, title, payload, order.delivery)
        raise ActRefused(f"the menu has no such item; it has: {', '.join(title for title, _, _ in items) or 'none'}")

    async def _read(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        return _made(await self._tell_read(person, order.delivery))

    async def _react(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        message = self._on_screen(person, order.message_id)
        reaction = {"mid": message.id, "action": "react", "reaction": "love", "emoji": order.value or "❤"}
        self._page.transcripts.edit(person.id, message.id, note=f"công dân thả (citizen reacted): {reaction['emoji']}")
        self._acted(person)
        return _made(await self._page.tell_act(person, "message_reactions", {"reaction": reaction}, order.delivery))

    async def _edit(self, person: Person, order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        message = self._on_screen(person, order.message_id)
        count = person.edits.get(message.id, 0) + 1
        if message.author != "user" or not order.text or count > MOST_EDITS:
            raise ActRefused(f"only an own message can be edited, to some text, {MOST_EDITS} times at most")
        person.edits[message.id] = count
        self._page.transcripts.edit(person.id, message.id, text=order.text, note="đã sửa (edited)")
        edit = {"mid": message.id, "text": order.text, "num_edit": count}
        return _made(await self._page.tell_act(person, "message_edits", {"message_edit": edit}, order.delivery))

    async def _block(self, person: Person, _order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        person.blocked = True
        return {"deliveries": []}

    async def _unblock(self, person: Person, _order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        person.blocked = False
        return {"deliveries": []}

    async def _delete_conversation(self, person: Person, _order: ActOrder, _file: SentFile | None) -> dict[str, Any]:
        person.thread_deleted, person.offered, person.from_ad = True, None, False
        self._page.routing.forget(person.id)
        return {"deliveries": []}

    async def _posted_back(
        self, person: Person, title: str, payload: str, options: DeliveryOptions, came_by: events.Event | None = None
    ) -> dict[str, Any]:
        await self._before_act(person)
        mid = self._page.make_message_id()
        self._page.show(person, Shown(title, [], []), mid, author="user")
        told = await self._page.tell_act(person, "messaging_postbacks", events.postback(mid, title, payload, came_by), options)
        return _made(told, mid)

    async def _wrote(self, person: Person, shown: Shown, parts: events.Event, options: DeliveryOptions) -> dict[str, Any]:
        await self._before_act(person)
        mid = self._page.make_message_id()
        self._page.show(person, shown, mid, author="user")
        return _made(await self._page.tell_act(person, "messages", events.message(mid, **parts), options), mid)

    async def _before_act(self, person: Person) -> None:
        if self._page.knobs.read_receipts and person.unread:
            await self._tell_read(person, DeliveryOptions())
        person.thread_deleted = False
        self._acted(person)

    def _acted(self, person: Person, *, from_ad: bool = False) -> None:
        person.page_has_seen = False
        person.last_act = self._page.clock.now()
        person.from_ad = person.from_ad or from_ad
        self._page.routing.person_wrote(person.id, self._page.seconds())

    async def _tell_read(self, person: Person, options: DeliveryOptions) -> Delivery | None:
        person.unread = False
        at_ms = self._page.tick()
        return await self._page.tell_act(person, "message_reads", events.read(at_ms), options, at_ms)

    def _on_screen(self, person: Person, message_id: Any) -> ShownMessage:
        message = self._page.transcripts.find(person.id, str(message_id))
        if message is None:
            raise ActRefused("there is no such message on this screen")
        return message


def _chosen(message: ShownMessage, order: ActOrder) -> ShownButton:
    if order.value is None and order.title is None:
        raise ActRefused("name the button by value or title")
    for button in message.buttons:
        if (order.value is None or button["value"] == order.value) and (order.title is None or button["title"] == order.title):
            return button
    raise ActRefused("this message has no such button (quick replies vanish when used or when another message comes)")


def _made(delivery: Delivery | None, message_id: str | None = None) -> dict[str, Any]:
    return {"message_id": message_id, "deliveries": [] if delivery is None else [delivery.id]}


_LIKE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
"""A PNG of one pixel."""
