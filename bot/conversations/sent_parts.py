"""The parts that a platform's echoes and receipts speak of, read in one query for a whole group of events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, defer

from bot.conversations.events import DeliveryReceipt, PlatformEcho
from bot.storage.channel_models import Delivery

ECHO_LOOKS_BACK = timedelta(minutes=10)
Told = tuple[str, PlatformEcho | DeliveryReceipt]
"""A conversation's id and what the platform tells of it."""


@dataclass
class SentParts:
    """What was read, by conversation. The parts belong to the session: what is changed in them is written with it."""

    _by_conversation: dict[str, list[Delivery]] = field(default_factory=dict)

    def of(self, conversation_id: str) -> list[Delivery]:
        """The conversation's parts in the order in which they were written."""
        return self._by_conversation.get(conversation_id, [])

    def forget(self, conversation_id: str) -> None:
        """The conversation's parts are gone."""
        self._by_conversation.pop(conversation_id, None)


def sent_parts(session: Session, told: Sequence[Told], now: datetime) -> SentParts:
    """The parts that may be meant. An echo without our mark may be any that is on its way or was sent a moment ago."""
    found = SentParts()
    if not told:
        return found
    conversations = {conversation_id for conversation_id, _ in told}
    asked = select(Delivery).where(Delivery.conversation_id.in_(conversations), or_(*_meant(told, now))).order_by(Delivery.id)
    if not any(_by_words(event) for _, event in told):
        asked = asked.options(defer(Delivery.call), defer(Delivery.shown))
    for part in session.scalars(asked):
        found._by_conversation.setdefault(part.conversation_id, []).append(part)
    return found


def may_be_named_by_words(part: Delivery, now: datetime) -> bool:
    """Whether an echo without our mark may be this part. A call may be made long after its words were written (a pause, a
    limit), so their age says nothing."""
    if part.state == "sent":
        return part.sent_at is not None and part.sent_at >= now - ECHO_LOOKS_BACK
    return part.state in ("sending", "ambiguous")


def _by_words(event: PlatformEcho | DeliveryReceipt) -> bool:
    return isinstance(event, PlatformEcho) and not event.by_us


def _meant(told: Sequence[Told], now: datetime) -> list[ColumnElement[bool]]:
    events = [event for _, event in told]
    echoes = [event for event in events if isinstance(event, PlatformEcho)]
    receipts = [event for event in events if isinstance(event, DeliveryReceipt)]
    ids = {echo.delivery_id for echo in echoes if echo.delivery_id is not None}
    named = {echo.platform_message_id for echo in echoes if echo.platform_message_id is not None}
    named |= {message_id for receipt in receipts for message_id in receipt.message_ids}
    watermarks = [one.watermark for one in receipts if one.watermark is not None and not one.message_ids]
    meant: list[ColumnElement[bool]] = [Delivery.platform_message_id.in_(named)]
    if ids:
        meant.append(Delivery.id.in_(ids))
    if watermarks:
        meant.append(and_(Delivery.state == "sent", Delivery.sent_at <= max(watermarks), Delivery.read_at.is_(None)))
    if any(_by_words(echo) for echo in echoes):
        just_sent = and_(Delivery.state == "sent", Delivery.sent_at >= now - ECHO_LOOKS_BACK)
        meant.append(or_(Delivery.state.in_(("sending", "ambiguous")), just_sent))
    return meant
