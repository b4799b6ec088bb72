"""What a citizen sends beside text, as Zalo tells it. Nothing is fetched or believed here. Pure."""

import math
from collections.abc import Mapping
from typing import Any

from bot.conversations.events import AttachmentKind, IncomingAttachment
from connectors.gateway.webhooks import MalformedEventError
from connectors.zalo.envelope import json_object, part, words

_MAX_ATTACHMENTS = 20
_MAX_LINK = 2048
_KINDS: dict[str, AttachmentKind] = {
    "image": "image",
    "photo": "image",
    "gif": "image",
    "file": "file",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "sticker": "sticker",
    "location": "location",
    "link": "link",
    "links": "link",
}
# Zalo tells a file's type by its ending.
_MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
}


def attachments_of(message: Mapping[str, Any], *, is_business_card: bool = False) -> tuple[IncomingAttachment, ...]:
    """The message's attachments; at most 20, the rest is nothing that a person sends."""
    listed = message.get("attachments")
    shapes = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return tuple(_attachment(one, is_business_card) for one in shapes[:_MAX_ATTACHMENTS])


def _attachment(shape: Mapping[str, Any], is_business_card: bool) -> IncomingAttachment:
    payload = part(shape, "payload")
    kind = _KINDS.get(str(shape.get("type")).lower(), "other")
    if is_business_card and kind == "link":
        return IncomingAttachment("contact", facts=_business_card(payload))
    if kind == "location":
        return IncomingAttachment("location", facts=coordinates(part(payload, "coordinates")))
    if kind == "link":
        title = words(payload.get("title")) or words(payload.get("description"))
        return IncomingAttachment("link", link(payload.get("url")), name=_clipped(title, 200))
    return IncomingAttachment(
        kind,
        link(payload.get("url")) or link(payload.get("href")),
        name=_clipped(words(payload.get("name")), 200),
        media_type=_media_type(words(payload.get("type"))),
        size=_size(payload.get("size")),
    )


def coordinates(told: Mapping[str, Any]) -> dict[str, float]:
    """Latitude and longitude in degrees; empty where they are no place on earth."""
    try:
        latitude, longitude = float(told.get("latitude", "")), float(told.get("longitude", ""))
    except (TypeError, ValueError):
        return {}
    if not (math.isfinite(latitude) and math.isfinite(longitude)) or abs(latitude) > 90 or abs(longitude) > 180:
        return {}
    return {"latitude": latitude, "longitude": longitude}


def link(value: object) -> str | None:
    """A link as told, or None where it is none."""
    told = words(value)
    is_link = told is not None and told.startswith(("https://", "http://")) and len(told) <= _MAX_LINK
    return told if is_link else None


def _business_card(payload: Mapping[str, Any]) -> dict[str, str]:
    """The number on somebody's card: not said to be the sender's own."""
    description = payload.get("description")
    try:
        card = json_object(description) if isinstance(description, str) else {}
    except MalformedEventError:
        card = {}
    phone = words(card.get("phone"))
    return {"phone": phone[:20]} if phone else {}


def _media_type(told: str | None) -> str | None:
    return _MEDIA_TYPES.get(told.lower().lstrip("."), told[:80]) if told is not None else None


def _size(value: object) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15 else None


def _clipped(text: str | None, limit: int) -> str | None:
    return text[:limit] if text else None
