"""What a message holds beside words. Nothing is fetched or believed here."""

import re
from collections.abc import Callable, Collection
from math import isfinite
from typing import Any

from telegram import Contact, Message

from bot.conversations.events import AttachmentKind, IncomingAttachment
from connectors.telegram.reading import is_id, size_or_none, text_or_none

_FILE_ID = re.compile(r"[\x21-\x7e]{1,512}")
_PHONE = re.compile(r"\+?\d{8,15}")
# Known by name alone; their inside is not read.
_OTHER = frozenset({"video_note", "venue", "poll", "dice", "game", "story", "paid_media", "checklist"})


def attachments_of(message: Message, parts: Collection[str]) -> tuple[str | None, tuple[IncomingAttachment, ...]]:
    """The citizen's own telephone number, where Telegram vouches for it, and the attachments: at most one per message, since
    an album comes as several messages (``facts["group"]`` is the same in all of them). ``parts``: the names of all parts of the
    message, also of those that the library was not given."""
    if message.contact is not None:
        phone = _own_phone(message.contact, message, "forward_origin" in parts)
        return phone, () if phone else (IncomingAttachment("contact"),)
    found = next((read(message) for key, read in _CONTENT.items() if getattr(message, key)), None)
    if found is None and not _OTHER.isdisjoint(parts):
        found = IncomingAttachment("other")
    return None, (found,) if found is not None else ()


def _own_phone(contact: Contact, message: Message, forwarded: bool) -> str | None:
    """Telegram looks the number up among its accounts: the same id as the sender's means the sender's own number. A card that
    was forwarded, or of anybody else, proves nothing."""
    sender = message.from_user.id if message.from_user is not None else None
    number = contact.phone_number
    if forwarded or not is_id(contact.user_id) or contact.user_id != sender:
        return None
    plain = re.sub(r"[\s().-]", "", number) if isinstance(number, str) else ""
    return f"+{plain.lstrip('+')}" if plain.isascii() and _PHONE.fullmatch(plain) else None


def _photo(message: Message) -> IncomingAttachment:
    largest = max(message.photo, key=lambda size: (size.width, size_or_none(size.file_size) or 0))
    return _file("image", message, largest, media_type="image/jpeg")


def _document(message: Message) -> IncomingAttachment:
    media_type = text_or_none(getattr(message.document, "mime_type", None), 80) or ""
    return _file("image" if media_type.startswith("image/") else "file", message, message.document)


def _named(kind: AttachmentKind, key: str) -> Callable[[Message], IncomingAttachment]:
    return lambda message: _file(kind, message, getattr(message, key))


def _location(message: Message) -> IncomingAttachment:
    place = message.location
    latitude, longitude = float(getattr(place, "latitude", "")), float(getattr(place, "longitude", ""))
    if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("not a place on earth")
    return IncomingAttachment("location", facts={"latitude": latitude, "longitude": longitude})


def _file(kind: AttachmentKind, message: Message, part: Any, media_type: str | None = None) -> IncomingAttachment:
    file_id = text_or_none(part.file_id) or ""
    group = text_or_none(message.media_group_id, 64)
    return IncomingAttachment(
        kind,
        source=file_id if _FILE_ID.fullmatch(file_id) else None,
        name=text_or_none(getattr(part, "file_name", None), 200),
        media_type=media_type or text_or_none(getattr(part, "mime_type", None), 80),
        size=size_or_none(part.file_size),
        facts={"group": group} if group else {},
    )


# An animation also carries a document: the first that is there is meant.
_CONTENT: dict[str, Callable[[Message], IncomingAttachment]] = {
    "location": _location,
    "photo": _photo,
    "animation": _named("video", "animation"),
    "document": _document,
    "voice": _named("audio", "voice"),
    "audio": _named("audio", "audio"),
    "video": _named("video", "video"),
    "sticker": _named("sticker", "sticker"),
}
CONTENT_KEYS = frozenset(_CONTENT) | {"contact"}
"""The parts of a message that are read here."""
