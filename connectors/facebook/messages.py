"""Messages and taps: a citizen's, and our page's own as the platform repeats them."""

import re
from typing import Any

from bot.conversations.events import CitizenMessage, IgnoredEvent, PlatformEcho, PlatformEvent, ThreadControl
from connectors.facebook.attachments import attachments_in
from connectors.facebook.webhook_item import Item
from connectors.facebook.webhook_json import JsonObject, UnreadableError, id_in, message_id_in, text_in
from connectors.rendering.layout import BUTTON_PREFIX
from connectors.start_links import meaning_of_start

GET_STARTED = "GET_STARTED"
"""Payload of the button that opens the chat, and of "begin again" in the menu."""

OUR_MARK = "gw:"
"""Begins the ``metadata`` of our messages; our delivery's id follows."""

PAGE_INBOX_APPS = frozenset({"26390203743090", "263902037430900"})
"""The page's own inbox (Meta Business Suite) as a sender: the two ids that the platform uses for it."""

_TOKEN = re.compile(re.escape(BUTTON_PREFIX) + r"([A-Za-z0-9_-]{1,64})")
_MARK = re.compile(re.escape(OUR_MARK) + r"([0-9]{1,18})")


def read_message(item: Item, message: JsonObject) -> PlatformEvent:
    """A citizen's message, or an echo. On standby a citizen's message only says that another app has the thread."""
    if message.get("is_echo") is True or item.from_page:
        return _echo(item, message)
    mid = message_id_in(message)
    if item.standby:
        return ThreadControl(item.origin(mid), item.citizen, "person")
    if message.get("is_deleted") is True:
        return IgnoredEvent(item.origin(name="message_deleted"), "deleted", item.citizen)
    text = text_in(message, "text")
    button = _token_in(message.get("quick_reply"))
    attachments = attachments_in(message)
    if text is None and button is None and not attachments:
        return IgnoredEvent(item.origin(mid), "empty_message", item.citizen)
    # A telephone number from the quick reply is text like any other: the citizen may have changed it before sending.
    return CitizenMessage(item.origin(mid), item.citizen, text, button, attachments)


def read_postback(item: Item, postback: JsonObject) -> PlatformEvent:
    """A tap on a button of a template, the menu, an ice breaker or Get Started. A payload that is none of our tokens says
    what its title says."""
    mid = message_id_in(postback)
    if item.standby:
        return ThreadControl(item.origin(mid), item.citizen, "person")
    title = text_in(postback, "title")
    if postback.get("payload") == GET_STARTED:
        return CitizenMessage(item.origin(mid), item.citizen, _asked_by_link(postback), starts=True)
    button = _token_in(postback)
    if title is None and button is None:
        return IgnoredEvent(item.origin(mid), "empty_postback", item.citizen)
    return CitizenMessage(item.origin(mid), item.citizen, title, button)


def _asked_by_link(postback: JsonObject) -> str | None:
    """The question of the m.me link that opened the chat, where there is one."""
    referral = postback.get("referral")
    ref = referral.get("ref") if isinstance(referral, dict) else None
    return meaning_of_start(ref) if isinstance(ref, str) else None


def _token_in(tap: Any) -> str | None:
    payload = tap.get("payload") if isinstance(tap, dict) else None
    token = _TOKEN.fullmatch(payload) if isinstance(payload, str) else None
    return token.group(1) if token else None


def _echo(item: Item, message: JsonObject) -> PlatformEcho:
    mid = message_id_in(message)
    if not item.from_page:
        raise UnreadableError("echo of another page")
    app = id_in(message, "app_id")
    metadata = message.get("metadata")
    mark = _MARK.fullmatch(metadata) if isinstance(metadata, str) else None
    return PlatformEcho(
        item.origin(mid, name="standby.message_echo" if item.standby else "message_echo"),
        item.citizen,
        mid,
        echoed_text(message),
        delivery_id=int(mark.group(1)) if mark else None,
        # Apps always name themselves; a message without an app was written by hand.
        by_person=app in PAGE_INBOX_APPS or (app is None and mark is None),
        by_us=app == item.account.app_id,
    )


def echoed_text(message: JsonObject) -> str | None:
    """What a citizen reads of a message of ours: its text, or the words of its template."""
    text = message.get("text")
    if isinstance(text, str) and text:
        return text
    attachments = message.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else message.get("attachment")
    return template_words(first.get("payload")) if isinstance(first, dict) else None


def template_words(payload: Any) -> str | None:
    """The words of a button template or the titles of a generic one; None for anything else."""
    if not isinstance(payload, dict):
        return None
    if isinstance(payload.get("text"), str):
        return payload["text"] or None
    elements = payload.get("elements")
    titles = [one.get("title") for one in elements if isinstance(one, dict)] if isinstance(elements, list) else []
    return "\n".join(title for title in titles if isinstance(title, str)) or None
