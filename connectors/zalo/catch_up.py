"""Messages that the webhook did not bring: Zalo does not send an event again once it has given up, but tells recent chats."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.conversations.events import AttachmentKind, CitizenMessage, IncomingAttachment, Origin
from connectors.gateway.webhooks import MalformedEventError
from connectors.zalo.api import ZaloApi, read
from connectors.zalo.attachments import coordinates, link
from connectors.zalo.envelope import CHANNEL, identifier, json_object, moment, words
from connectors.zalo.parse import tapped_button

_PAGE = 10
_MOST_PAGES = 500
_KINDS: dict[str, AttachmentKind] = {
    "photo": "image",
    "image": "image",
    "gif": "image",
    "voice": "audio",
    "audio": "audio",
    "video": "video",
    "sticker": "sticker",
    "file": "file",
    "location": "location",
    "link": "link",
    "links": "link",
}
# Of other kinds Zalo writes words of its own (a sticker's name, a filled form); of these the text is the citizen's.
_WITH_WORDS = frozenset({"text", "photo", "image", "gif", "file", "link", "links"})


async def missed_messages(api: ZaloApi, oa_id: str, since: datetime) -> list[CitizenMessage]:
    """All messages of citizens since then, oldest first, with the event ids of the webhook: known ones are duplicates.

    Zalo tells the newest message of each chat, newest first, so every chat that moved is read back to ``since``.
    Raises ``ChannelError``.
    """
    found: dict[str, CitizenMessage] = {}
    for chat in await _newest_rows(api, "/v2.0/oa/listrecentchat", since):
        user_id = _other_party(chat, oa_id)
        if user_id is None:
            continue
        rows = [chat, *await _newest_rows(api, "/v2.0/oa/conversation", since, user_id=user_id)]
        for message in (_message(row, oa_id) for row in rows):
            if message is not None and (message.origin.platform_at or since) >= since:
                found[message.origin.event_id] = message
    return sorted(found.values(), key=lambda message: message.origin.platform_at or since)


async def _newest_rows(api: ZaloApi, path: str, since: datetime, **query: str) -> list[Mapping[str, Any]]:
    """The rows since then, page by page until a page is older or not full."""
    found: list[Mapping[str, Any]] = []
    for page in range(_MOST_PAGES):
        rows = (await api.ask(read(path, offset=page * _PAGE, count=_PAGE, **query))).rows
        new = [row for row in rows if (_time(row) or since) >= since]
        found += new
        if len(rows) < _PAGE or not new:
            break
    return found


def _other_party(row: Mapping[str, Any], oa_id: str) -> str | None:
    parties = (_identifier(row.get("from_id")), _identifier(row.get("to_id")))
    return next((one for one in parties if one is not None and one != oa_id), None)


def _message(row: Mapping[str, Any], oa_id: str) -> CitizenMessage | None:
    """The row as the webhook would have brought it; None where we wrote it, it says nothing, or its kind is not known here."""
    citizen, message_id = _identifier(row.get("from_id")), _identifier(row.get("message_id"))
    if citizen is None or citizen == oa_id or message_id is None:
        return None
    kind = str(row.get("type", "text")).lower()
    raw = json.dumps(dict(row), ensure_ascii=False).encode("utf-8", "replace")
    origin = Origin(CHANNEL, oa_id, message_id, f"missed_{kind}"[:60], raw, _time(row))
    text = words(row.get("message")) if kind in _WITH_WORDS else None
    button = tapped_button(text)
    if button is not None:
        return CitizenMessage(origin, citizen, button=button)
    attachments = _attachments(row, kind)
    if text is None and not attachments:
        return None
    return CitizenMessage(origin, citizen, text, attachments=attachments)


def _attachments(row: Mapping[str, Any], kind: str) -> tuple[IncomingAttachment, ...]:
    if kind not in _KINDS:
        return ()
    facts = _place(row.get("location")) if kind == "location" else {}
    return (IncomingAttachment(_KINDS[kind], link(row.get("url")) or link(row.get("thumb")), facts=facts),)


def _place(told: object) -> dict[str, float]:
    """A place, told as JSON text or as an object."""
    try:
        return coordinates(json_object(told) if isinstance(told, str) else told if isinstance(told, dict) else {})
    except MalformedEventError:
        return {}


def _identifier(value: object) -> str | None:
    return identifier(str(value) if isinstance(value, int) else value)


def _time(row: Mapping[str, Any]) -> datetime | None:
    value = row.get("time")
    return moment(str(value) if isinstance(value, int) else value)
