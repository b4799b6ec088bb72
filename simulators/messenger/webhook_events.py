"""Shapes of the events that the platform posts (one element of ``messaging`` each), and their envelope."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Event = dict[str, Any]
Channel = Literal["messaging", "standby"]

FIELDS: tuple[str, ...] = (
    "messages",
    "messaging_postbacks",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_edits",
    "message_reactions",
    "messaging_referrals",
    "messaging_handovers",
    "messaging_optins",
    "messaging_account_linking",
    "messaging_policy_enforcement",
    "response_feedback",
    "message_template_status_update",
    "standby",
)
"""What an application can subscribe to."""


def from_person(page: str, person: str, at_ms: int, content: Mapping[str, Any]) -> Event:
    """An event whose sender is the citizen; ``content`` is its one part: message, postback, read …"""
    return {"sender": {"id": person}, "recipient": {"id": page}, "timestamp": at_ms, **content}


def message(mid: str, **parts: Any) -> Event:
    """A message of a citizen; ``parts``: text, quick_reply, attachments, reply_to."""
    return {"message": {"mid": mid, **parts}}


def postback(mid: str, title: str, payload: str, referral: Mapping[str, Any] | None = None) -> Event:
    """A tap on a button, Get Started, the menu or an ice breaker."""
    return {"postback": {"mid": mid, "title": title, "payload": payload, **({"referral": referral} if referral else {})}}


def referral(ref: str, source: str) -> Event:
    """The way by which a citizen came: ``source`` is SHORTLINK (m.me) or ADS."""
    return {"ref": ref, "source": source, "type": "OPEN_THREAD"}


def echo(page: str, person: str, at_ms: int, mid: str, app_id: str, shown: Mapping[str, Any], metadata: str | None) -> Event:
    """What the page said, told to its applications: sender and recipient are swapped."""
    told = {"mid": mid, "is_echo": True, "app_id": int(app_id), **({} if metadata is None else {"metadata": metadata}), **shown}
    return {"sender": {"id": page}, "recipient": {"id": person}, "timestamp": at_ms, "message": told}


def delivered(mids: Sequence[str] | None, watermark_ms: int) -> Event:
    """The citizen's device has everything up to the watermark; ``mids`` None leaves the ids out."""
    return {"delivery": {**({} if mids is None else {"mids": list(mids)}), "watermark": watermark_ms}}


def read(watermark_ms: int) -> Event:
    """The citizen has seen everything up to the watermark."""
    return {"read": {"watermark": watermark_ms}}


def overheard(event: Event) -> Event:
    """The event as an application without control hears it: a postback has no payload."""
    if "postback" not in event:
        return event
    return event | {"postback": {key: value for key, value in event["postback"].items() if key != "payload"}}


def entry(page: str, at_ms: int, channel: Channel, events: Sequence[Event]) -> Event:
    """One entry of an envelope; documented with one event each, several are possible."""
    return {"id": page, "time": at_ms, channel: list(events)}


def envelope(entries: Sequence[Event]) -> Event:
    """The body of a webhook post."""
    return {"object": "page", "entry": list(entries)}


def template_status(page: str, at_ms: int, template_id: str, name: str, language: str, status: str, reason: str) -> Event:
    """The entry that tells the result of a template's review."""
    value = {
        "event": status,
        "message_template_id": int(template_id),
        "message_template_name": name,
        "message_template_language": language,
        "reason": reason,
    }
    return {"id": page, "time": at_ms, "changes": [{"field": "message_template_status_update", "value": value}]}
