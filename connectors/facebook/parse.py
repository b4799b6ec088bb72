"""From a webhook's body to our own events. Pure; signature and account are checked by whoever calls.

Every element of every entry becomes exactly one event: what is unknown, unused or broken becomes an ``IgnoredEvent`` under its
name, so that one broken element costs none of the others.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.conversations.events import IgnoredEvent, PlatformEvent
from connectors.facebook.account import FacebookAccount
from connectors.facebook.messages import read_message, read_postback
from connectors.facebook.other_events import (
    read_control_change,
    read_delivery,
    read_nothing,
    read_policy,
    read_reaction,
    read_read,
    read_referral,
    read_template_status,
)
from connectors.facebook.webhook_item import Item
from connectors.facebook.webhook_json import JsonObject, UnreadableError, decoded, id_in, object_in
from connectors.gateway.webhooks import MalformedEventError

Reader = Callable[[Item, JsonObject], PlatformEvent]

READERS: Mapping[str, Reader] = {
    "message": read_message,
    "postback": read_postback,
    "delivery": read_delivery,
    "read": read_read,
    "pass_thread_control": read_control_change,
    "take_thread_control": read_control_change,
    "request_thread_control": read_nothing,
    "app_roles": read_nothing,
    "reaction": read_reaction,
    "message_edit": read_nothing,
    "referral": read_referral,
    "optin": read_nothing,
    "account_linking": read_nothing,
    "policy_enforcement": read_policy,
    "policy-enforcement": read_policy,
    "response_feedback": read_nothing,
}
"""By the part of an element that makes it an event. Policy enforcement is documented in both spellings."""

_CHANGE_READERS: Mapping[str, Reader] = {"message_template_status_update": read_template_status}
_MEANINGFUL_ON_STANDBY = frozenset({"message", "postback", "pass_thread_control", "take_thread_control"})
_FRAME = frozenset({"sender", "recipient", "timestamp", "hop_context", "is_direct_send"})
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True)
class Parsed:
    """The events for the ledger, and the names of what was turned away: ``wrong_object``, ``wrong_account``.

    What was turned away is none of ours, but it was signed for us: it is answered like the rest, since the platform would
    repeat it and in the end disable the webhook."""

    events: tuple[PlatformEvent, ...]
    rejected: tuple[str, ...] = ()


def parse(body: bytes, account: FacebookAccount) -> Parsed:
    """All events of the body, in its order. Raises ``MalformedEventError`` where it is no webhook of the platform at all."""
    envelope = decoded(body)
    if not isinstance(envelope.get("object"), str):
        raise MalformedEventError("names no object")
    if envelope["object"] != "page":
        return Parsed((), ("wrong_object",))
    entries = envelope.get("entry")
    if not isinstance(entries, list):
        raise MalformedEventError("has no list of entries")
    ours = [entry for entry in entries if _is_ours(entry, account)]
    elements = [(entry, *element) for entry in ours for element in _elements(entry)]
    alone = len(elements) == 1 and len(entries) == 1
    events = tuple(_event(body if alone else _alone(*element), *element, account) for element in elements)
    return Parsed(events, ("wrong_account",) * (len(entries) - len(ours)))


def _is_ours(entry: Any, account: FacebookAccount) -> bool:
    try:
        return isinstance(entry, dict) and id_in(entry, "id") == account.page_id
    except UnreadableError:
        return False


def _elements(entry: JsonObject) -> Iterator[tuple[str, Any]]:
    """Each element with the name of its list. A list that is none, or is missing, is one broken or unknown element."""
    known = [key for key in ("messaging", "standby", "changes") if key in entry]
    for key in known:
        yield from ((key, one) for one in (entry[key] if isinstance(entry[key], list) else [entry[key]]))
    if not known:
        yield "entry", {key: value for key, value in entry.items() if key not in ("id", "time")}


def _alone(entry: JsonObject, where: str, element: Any) -> bytes:
    kept = {key: entry[key] for key in ("id", "time") if key in entry}
    return json.dumps({"object": "page", "entry": [kept | {where: [element]}]}).encode()


def _event(raw: bytes, _entry: JsonObject, where: str, element: Any, account: FacebookAccount) -> PlatformEvent:
    if not isinstance(element, dict):
        return Item("malformed", {"element": element}, account, raw).ignored("malformed")
    item = _change_item(raw, element, account) if where == "changes" else _item(raw, where, element, account)
    try:
        return _read(item, where)
    except UnreadableError as error:
        return IgnoredEvent(item.origin(), f"malformed: {error}")


def _read(item: Item, where: str) -> PlatformEvent:
    if where == "changes":
        reader = _CHANGE_READERS.get(item.kind)
        return item.ignored("unknown_event") if reader is None else reader(item, object_in(item.data, "value"))
    reader = READERS.get(item.kind)
    if where == "entry" or reader is None:
        return item.ignored("unknown_event")
    if not item.is_ours:
        return item.ignored("wrong_account")
    if item.standby and item.kind not in _MEANINGFUL_ON_STANDBY:
        return item.ignored("standby")
    return reader(item, object_in(item.data, item.kind))


def _item(raw: bytes, where: str, element: JsonObject, account: FacebookAccount) -> Item:
    kind = next((key for key in READERS if key in element), None) or _unknown_name(element)
    return Item(kind, element, account, raw, standby=where == "standby")


def _change_item(raw: bytes, change: JsonObject, account: FacebookAccount) -> Item:
    field = change.get("field")
    return Item(field if isinstance(field, str) and _NAME.fullmatch(field) else "unknown", change, account, raw)


def _unknown_name(element: JsonObject) -> str:
    return next((key for key in element if key not in _FRAME and _NAME.fullmatch(key)), "unknown")
