"""A citizen's message of a platform as a row of the ledger: never refused, since the platform would only send it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Session, aliased

from bot.conversations.citizen_text import MAX_TEXT, shows_something, storable
from bot.conversations.events import CitizenMessage, IncomingAttachment
from bot.conversations.private_values import PrivateValues
from bot.language.masking import find_private, masked
from bot.storage.channel_models import Attachment
from bot.storage.models import Conversation, Inbound

START_CHAT = "start_chat"
"""The act of opening the chat (Get Started, ``/start``): the gateway answers it with the greeting."""

_SOURCE_KEPT = timedelta(hours=24)
_SUMMARIES = 10
_CLOCKS_DIFFER = timedelta(seconds=2)
"""Telegram tells whole seconds, and no platform's clock is ours."""


@dataclass(frozen=True)
class Wording:
    """What the citizen said, ready for the ledger. ``circumstances`` may hold ``cut`` (only the beginning was kept),
    ``stale_button`` (the button is none of ours any more) and ``attachments`` (summaries)."""

    text: str | None
    act: Mapping[str, Any] | None
    circumstances: dict[str, Any]

    @property
    def says_nothing(self) -> bool:
        """Whether there is nothing that could be answered."""
        asks = self.circumstances.get("attachments") or self.circumstances.get("stale_button")
        return self.text is None and self.act is None and not asks


def circumstances_of(message: CitizenMessage) -> dict[str, Any]:
    """What is known of the message beside its words."""
    found: dict[str, Any] = {}
    if message.attachments:
        found["attachments"] = [
            attachment.summary() | {"name": masked_name(attachment.name)} for attachment in message.attachments[:_SUMMARIES]
        ]
    if message.text and len(storable(message.text).strip()) > MAX_TEXT:
        found["cut"] = True
    if message.origin.traceparent is not None:
        found["traceparent"] = message.origin.traceparent
    return found


def masked_name(name: str | None) -> str | None:
    """A file's name as people may see it: people name files after their own numbers."""
    if not name:
        return None
    shown = storable(name)
    for span in reversed(find_private(shown)):
        shown = shown[: span.start] + masked(span.kind, span.value) + shown[span.end :]
    return shown[:200]


def readable_text(text: str | None) -> str | None:
    """The text as the ledger keeps it, its beginning where it is too long; None where nothing can be read."""
    cleaned = storable(text or "").strip()
    return cleaned[:MAX_TEXT] if shows_something(cleaned) else None


def place_in_order(message: CitizenMessage, now: datetime) -> datetime:
    """The platform's time, never later than now: a clock ahead of ours must not push a message behind all that follow."""
    told = message.origin.platform_at
    return min(told, now) if told is not None else now


def came_late() -> ColumnElement[bool]:
    """Of a row of ``Inbound``: whether a message that the citizen wrote later already has its answer. One that needed none does
    not count."""
    later = aliased(Inbound)
    answered = later.outcome.is_not(None) & (later.outcome != "ignored")
    return exists().where(later.conversation_id == Inbound.conversation_id, later.order_at > Inbound.order_at, answered)


def note_the_act(conversation: Conversation, at: datetime) -> None:
    """The citizen did something: the platform's window opens anew, and they can be reached."""
    if conversation.acted_at is None or at > conversation.acted_at:
        conversation.acted_at = at
    if conversation.unavailable_at is None or at >= conversation.unavailable_at - _CLOCKS_DIFFER:
        conversation.unavailable_reason = conversation.unavailable_at = None


def keep_attachments(
    session: Session, private: PrivateValues, inbound: Inbound, attachments: tuple[IncomingAttachment, ...], now: datetime
) -> None:
    """Notes what came with a message; nothing is fetched yet."""
    for position, attachment in enumerate(attachments):
        session.add(
            Attachment(
                inbound_id=inbound.id,
                conversation_id=inbound.conversation_id,
                position=position,
                kind=attachment.kind,
                name=masked_name(attachment.name),
                media_type=(attachment.media_type or "")[:80] or None,
                size=attachment.size,
                source=private.encrypt(attachment.source.encode()) if attachment.source else None,
                state="announced",
                expires_at=now + _SOURCE_KEPT,
            )
        )
