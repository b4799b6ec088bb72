"""Zalo's events in our own words, by a table of their names. Pure.

Three kinds of "not used" are kept apart: *ignored* events are known and mean nothing to us, *unknown* ones were not there when
this was written, *unreadable* ones lack what they need. All of them are stored by name, so that they can be counted, and are
answered with 200: Zalo switches a webhook off that refuses events. Only what is no event at all is refused.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.conversations.events import (
    AccountNotice,
    CitizenMessage,
    ContactChange,
    DeletionRequest,
    DeliveryReceipt,
    IgnoredEvent,
    PlatformEcho,
    PlatformEvent,
    ReceiptKind,
)
from connectors.gateway.webhooks import MalformedEventError
from connectors.rendering.layout import BUTTON_PREFIX
from connectors.zalo.attachments import attachments_of
from connectors.zalo.envelope import Envelope, UnreadableEventError, ZaloIds, identifier, json_object, open_envelope, part, words

_BUTTON = re.compile(re.escape(BUTTON_PREFIX) + r"([A-Za-z0-9_-]{8,32})")
_MAX_DETAIL = 160

_IGNORED = {
    "user_reacted_message": "reaction",
    "oa_reacted_message": "reaction",
    "add_user_to_tag": "tags",
    "remove_user_from_tag": "tags",
    "remove_tag": "tags",
    "update_user_info": "profile",
    "extension_purchased": "sales",
    "oa_send_consent": "calls",
    "user_reply_consent": "calls",
    "user_call_oa": "calls",
    "oa_call_user": "calls",
}
# Web visitors without a Zalo id could only be answered through a dead interface (v2 message), and groups are no citizens.
_IGNORED_BEGINNINGS = {
    "anonymous_": "anonymous_visitor",
    "oa_send_anonymous_": "anonymous_visitor",
    "widget_": "widget",
    "user_send_group_": "group",
    "oa_send_group_": "group",
    "create_group": "group",
}


def parse_event(raw: bytes, ids: ZaloIds) -> list[PlatformEvent]:
    """The events of one request: always one.

    Raises ``MalformedEventError`` where the body is no event, ``WrongAccountError`` where it is another account's.
    """
    envelope = open_envelope(raw, ids)
    try:
        return [_reader(envelope.name)(envelope)]
    except UnreadableEventError as error:
        return [IgnoredEvent(envelope.origin(), f"unreadable: {error}", envelope.citizen)]


def _reader(name: str) -> Callable[[Envelope], PlatformEvent]:
    if name in _READERS:
        return _READERS[name]
    reason = _IGNORED.get(name) or next((why for start, why in _IGNORED_BEGINNINGS.items() if name.startswith(start)), None)
    if reason is not None:
        return lambda envelope: IgnoredEvent(envelope.origin(), reason, envelope.citizen)
    if name.startswith("user_send_"):
        return _message
    if name.startswith("oa_send_"):
        return _echo
    return lambda envelope: IgnoredEvent(envelope.origin(), "unknown", envelope.citizen)


def tapped_button(text: str | None) -> str | None:
    """The token of our button, where a text is the payload of one."""
    tapped = _BUTTON.fullmatch(text or "")
    return tapped[1] if tapped is not None else None


def _message(envelope: Envelope) -> PlatformEvent:
    """A message of a citizen. A tapped button comes as text that is its payload."""
    citizen, text = envelope.needed_citizen(), envelope.text
    if envelope.message_id is None and envelope.body.get("timestamp") is None:
        raise UnreadableEventError("no msg_id")
    button = tapped_button(text)
    if button is not None:
        return CitizenMessage(envelope.origin(), citizen, button=button)
    attachments = attachments_of(envelope.message, is_business_card=envelope.name == "user_send_business_card")
    if text is None and not attachments:
        raise UnreadableEventError("no content")
    return CitizenMessage(envelope.origin(), citizen, text, attachments=attachments)


def _submitted_info(envelope: Envelope) -> PlatformEvent:
    """The answer to our request for the telephone number. What else the form holds (name, birthday, address) was not asked
    for and is not taken over."""
    citizen = envelope.needed_citizen()
    for told in (part(envelope.body, "info"), _info_in_text(envelope.message.get("text"))):
        phone = _own_phone(told.get("phone"))
        if phone is not None:
            return CitizenMessage(envelope.origin(), citizen, own_phone=phone)
    raise UnreadableEventError("no phone")


def _info_in_text(text: object) -> Mapping[str, Any]:
    try:
        told = json_object(text) if isinstance(text, str) else {}
    except MalformedEventError:
        return {}
    return part(told, "info") or told


def _own_phone(value: object) -> str | None:
    """A Vietnamese number as people write it (0912…), another country's with its plus."""
    digits = re.sub(r"[\s.+()-]", "", value) if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9]{8,15}", digits):
        return None
    if digits.startswith("84"):
        return "0" + digits[2:]
    return digits if digits.startswith("0") else "+" + digits


def _echo(envelope: Envelope) -> PlatformEvent:
    """A message of our account: ours come back, or an officer's from Zalo's own chat tool (then ``admin_id`` is set)."""
    by_person = part(envelope.body, "sender").get("admin_id") not in (None, "")
    return PlatformEcho(
        envelope.origin(),
        envelope.needed_citizen(),
        envelope.message_id,
        envelope.text,
        by_person=by_person,
        marks_people=True,
    )


def _followed(envelope: Envelope) -> PlatformEvent:
    return ContactChange(envelope.origin(), envelope.needed_citizen(), "reachable", envelope.name, acted=True)


def _unfollowed(envelope: Envelope) -> PlatformEvent:
    return ContactChange(envelope.origin(), envelope.needed_citizen(), "unreachable", "unfollowed")


def _received(envelope: Envelope) -> PlatformEvent:
    """A receipt. One of a template sent by telephone number names that number as the recipient: it is not kept."""
    if "tracking_id" in envelope.message or "delivery_time" in envelope.message:
        tracking = identifier(envelope.message.get("tracking_id")) or ""
        return IgnoredEvent(envelope.origin(), f"template_receipt {tracking}".strip())
    return _receipt(envelope, envelope.message_id)


def _seen(envelope: Envelope) -> PlatformEvent:
    listed = envelope.message.get("msg_ids")
    return _receipt(envelope, *(listed if isinstance(listed, list) else []), envelope.message_id)


def _receipt(envelope: Envelope, *message_ids: object) -> PlatformEvent:
    known = tuple(one for one in map(identifier, message_ids) if one is not None)
    if not known:
        raise UnreadableEventError("no msg_ids")
    kind: ReceiptKind = "read" if envelope.name == "user_seen_message" else "delivered"
    return DeliveryReceipt(envelope.origin(), envelope.needed_citizen(), kind, known)


def _withdrawal(envelope: Envelope) -> PlatformEvent:
    """Whoever withdraws must be forgotten; where we cannot see who it is, a person has to look."""
    if envelope.citizen is None:
        return AccountNotice(envelope.origin(), "user_withdraw names no user: look in the OA's console whom to forget")
    return DeletionRequest(envelope.origin(), envelope.citizen)


def _template_status(envelope: Envelope) -> PlatformEvent:
    status = part(envelope.body, "status")
    before, after = (_first_words(status, *names) for names in (("prev_status", "prev"), ("new_status", "new")))
    template = identifier(envelope.body.get("template_id")) or "?"
    reason = words(envelope.body.get("reason"))
    detail = f"template {template}: {before} → {after}" + (f" ({reason})" if reason else "")
    return AccountNotice(envelope.origin(), detail[:_MAX_DETAIL])


def _quota(envelope: Envelope) -> PlatformEvent:
    quota = part(envelope.body, "quota")
    before, after = _first_words(quota, "prev_value"), _first_words(quota, "new_value")
    return AccountNotice(envelope.origin(), f"daily quota: {before} → {after}"[:_MAX_DETAIL])


def _template_quality(envelope: Envelope) -> PlatformEvent:
    template = identifier(envelope.body.get("template_id")) or "?"
    return AccountNotice(envelope.origin(), f"{envelope.name}: template {template}"[:_MAX_DETAIL])


def _first_words(shape: Mapping[str, Any], *names: str) -> str:
    return next((found for found in (words(shape.get(name)) for name in names) if found), "?")


_READERS: dict[str, Callable[[Envelope], PlatformEvent]] = {
    "user_submit_info": _submitted_info,
    "follow": _followed,
    "user_click_chatnow": _followed,
    "unfollow": _unfollowed,
    "user_received_message": _received,
    "user_seen_message": _seen,
    "user_withdraw": _withdrawal,
    "change_template_status": _template_status,
    "change_template_quality": _template_quality,
    "change_oa_daily_quota": _quota,
}
