"""What citizens send beside text, as our own attachments. Nothing is fetched here."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from bot.conversations.citizen_text import carriable
from bot.conversations.events import AttachmentKind, IncomingAttachment
from connectors.facebook.webhook_json import JsonObject, UnreadableError, list_in

_KINDS: dict[str, AttachmentKind] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "reel": "video",
    "ig_reel": "video",
    "file": "file",
    "sticker": "sticker",
    "location": "location",
    "fallback": "link",
    "post": "link",
    "ig_post": "link",
    "share": "link",
}
_LONGEST_NAME = 200
_LONGEST_LINK = 4000
_LINK = re.compile(r"https?://[\x21-\x7e]+")


def attachments_in(message: JsonObject) -> tuple[IncomingAttachment, ...]:
    """The message's attachments, in order; an unknown type is ``other``. Raises ``UnreadableError``.

    Left out are previews of links that stand in the text anyway. A sticker that comes as an image and as a sticker (so until
    2026-08-30) counts once.
    """
    text = message.get("text")
    items = [item for item in list_in(message, "attachments") if not _previews(item, text)]
    return tuple(_each_once(_attachment(item) for item in items))


def _attachment(item: Any) -> IncomingAttachment:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise UnreadableError("attachment without a type")
    inner = item.get("payload")
    payload: JsonObject = inner if isinstance(inner, dict) else {}
    kind = _KINDS.get(item["type"], "other")
    sticker = payload.get("sticker_id")
    if sticker is not None and kind in ("image", "sticker"):
        return IncomingAttachment("sticker", _link(payload), facts={"sticker_id": str(sticker)[:40]})
    if kind == "location":
        return IncomingAttachment("location", _link(payload), facts=_place(payload))
    # Links of the older form stand beside the payload, not in it.
    source = _link(payload) or _link(item)
    name = _words(payload.get("title")) or _words(item.get("title"))
    if name is None and source is not None and kind == "file":
        name = _words(unquote(source.partition("?")[0]).rpartition("/")[2])
    return IncomingAttachment(kind, source, name)


def _link(holder: JsonObject) -> str | None:
    value = holder.get("url")
    return value if isinstance(value, str) and len(value) <= _LONGEST_LINK and _LINK.fullmatch(value) else None


def _words(value: Any) -> str | None:
    return (" ".join(carriable(value).split())[:_LONGEST_NAME] or None) if isinstance(value, str) else None


def _place(payload: JsonObject) -> dict[str, float]:
    inner = payload.get("coordinates")
    place: JsonObject = inner if isinstance(inner, dict) else {}
    latitude, longitude = _degrees(place.get("lat"), 90), _degrees(place.get("long"), 180)
    return {} if latitude is None or longitude is None else {"latitude": latitude, "longitude": longitude}


def _degrees(value: Any, most: int) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most
    return float(value) if fits else None


def _previews(item: Any, text: Any) -> bool:
    """Whether the item is the platform's preview of a link that the citizen typed."""
    if not isinstance(item, dict) or item.get("type") != "fallback" or not isinstance(text, str):
        return False
    inner = item.get("payload")
    links = [item.get("url"), inner.get("url") if isinstance(inner, dict) else None]
    return any(isinstance(link, str) and link and link in text for link in links)


def _each_once(attachments: Iterable[IncomingAttachment]) -> list[IncomingAttachment]:
    """Each sticker once. Two equal pictures are two: the citizen may have sent one twice."""
    kept: list[IncomingAttachment] = []
    stickers: set[str] = set()
    for one in attachments:
        sticker = one.facts.get("sticker_id")
        if sticker is None or sticker not in stickers:
            kept.append(one)
        if sticker is not None:
            stickers.add(sticker)
    return kept
