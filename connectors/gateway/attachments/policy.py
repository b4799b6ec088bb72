"""Which attachments are accepted, and what the citizen is told of the others. Pure.

Only what was asked for is fetched at all (Luật 91/2025 art. 3: as much as the purpose needs). A photo of an identity card is
sensitive (NĐ 356/2025 art. 3-4): it is refused where its caption or file name says so. What a picture shows is not looked at.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from bot.conversations.events import AttachmentKind
from bot.language.normalise import fold
from bot.texts import say

Reason = Literal[
    "id_card",
    "too_large",
    "wrong_type",
    "too_many",
    "expired",
    "fetch_failed",
    "voice",
    "location",
    "contact_of_other",
    "link",
    "not_asked",
    "sticker",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""All reasons, in the order in which they are told."""

EXPECTS_PAPER = "paper"
MAX_BYTES = 10 * 1024 * 1024
MAX_PER_MESSAGE = 5
MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "image/heic", "application/pdf"})
# Platforms and telephones that do not know the type better; the content decides in the end.
_UNDECIDED = frozenset({"", "application/octet-stream", "image/heif", "image/jpg", "image/pjpeg", "application/x-pdf"})

_GAP = r"[\W_]{0,3}"
_ID_CARD_NAMES = ("c c c d", "c m n d", "c m t n d", "cmt", "can cuoc", "chung minh nhan dan", "chung minh thu", "the dinh danh")
_ID_CARD = re.compile(
    r"(?<![a-z])(?:" + "|".join(_GAP.join(name.split()) for name in (*_ID_CARD_NAMES, "id card", "identity card")) + r")(?![a-z])"
)


@dataclass(frozen=True)
class Announced:
    """An attachment as the platform announced it; ``caption`` is the text of its message."""

    kind: AttachmentKind | str
    name: str | None = None
    media_type: str | None = None
    size: int | None = None
    caption: str | None = None


_OF_KIND: dict[str, Reason] = {
    "sticker": "sticker",
    "audio": "voice",
    "location": "location",
    "contact": "contact_of_other",
    "link": "link",
}


def reason_to_refuse(attachment: Announced, expects: str | None) -> Reason | None:
    """Why the attachment is refused before it is fetched, or None where it may be fetched. ``expects`` is what the conversation
    waits for (``BotMessage.expects``)."""
    if attachment.kind in _OF_KIND:
        return _OF_KIND[attachment.kind]
    if any(names_an_id_card(text) for text in (attachment.caption, attachment.name) if text):
        return "id_card"
    if expects != EXPECTS_PAPER:
        return "not_asked"
    if attachment.kind not in ("image", "file") or not _may_be_a_paper(attachment.media_type):
        return "wrong_type"
    return "too_large" if (attachment.size or 0) > MAX_BYTES else None


def _may_be_a_paper(media_type: str | None) -> bool:
    plain = (media_type or "").partition(";")[0].strip().lower()
    return plain in MEDIA_TYPES or plain in _UNDECIDED


def names_an_id_card(text: str) -> bool:
    """Whether a caption or a file name says that it is an identity card ("CCCD mặt trước", ``can_cuoc2.jpg``)."""
    return _ID_CARD.search(fold(text)) is not None


def explanations(reasons: Collection[str], language: str = "vi") -> list[str]:
    """What the citizen is told, each reason once, the gravest first. A sticker gets no answer."""
    return [say(f"attachment_{reason}", language) for reason in REASONS if reason in reasons and reason != "sticker"]
