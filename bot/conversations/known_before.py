"""What the ledger knew before a group of events, read in a few queries however many events there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.conversations.events import CitizenMessage, IgnoredEvent, PlatformEvent
from bot.conversations.intake import conversation_begun
from bot.conversations.offers import Offer, last_offers
from bot.storage.channel_models import ChannelEvent
from bot.storage.models import Conversation, Inbound

EVENT_ID_LENGTH = 200
CitizenKey = tuple[str, str, str]
EventKey = tuple[str, str, str]


@dataclass
class KnownBefore:
    """The conversations of the events, held for writing, the events that had come already (messages and others apart), and the
    buttons last offered by conversation. ``forgotten``: citizens who are deleted within this group."""

    conversations: dict[CitizenKey, Conversation] = field(default_factory=dict)
    seen: set[EventKey] = field(default_factory=set)
    seen_others: set[EventKey] = field(default_factory=set)
    offers: dict[str, Offer] = field(default_factory=dict)
    forgotten: set[CitizenKey] = field(default_factory=set)

    def is_new(self, event: PlatformEvent) -> bool:
        """Whether this event comes for the first time; from now on it is known."""
        key = event_key(event)
        seen = self.seen if isinstance(event, CitizenMessage) else self.seen_others
        if key in seen:
            return False
        seen.add(key)
        return True


def citizen_key(event: PlatformEvent) -> CitizenKey | None:
    """Channel, account and the platform's id of the citizen; None for an event that is nobody's."""
    external_id = getattr(event, "external_id", None)
    if external_id is None or isinstance(event, IgnoredEvent):
        return None
    return event.origin.channel, event.origin.account, external_id


def event_key(event: PlatformEvent) -> EventKey:
    """The ledger's unique key of the event."""
    return event.origin.channel, event.origin.account, event.origin.event_id[:EVENT_ID_LENGTH]


def known_before(session: Session, events: Sequence[PlatformEvent], now: datetime) -> KnownBefore:
    """Reads what is known, and begins a conversation for every citizen who is new and says something."""
    found = KnownBefore()
    writers: list[str] = []
    for (channel, account), group in _by_account(events):
        messages = [event for event in group if isinstance(event, CitizenMessage)]
        others = [event for event in group if not isinstance(event, CitizenMessage)]
        found.seen |= _told(session, Inbound, channel, account, messages)
        found.seen_others |= _told(session, ChannelEvent, channel, account, others)
        writing = {message.external_id for message in messages if event_key(message) not in found.seen}
        concerned = {key[2] for other in others if event_key(other) not in found.seen_others and (key := citizen_key(other))}
        if not writing | concerned:
            continue
        for held in session.scalars(_held(channel, account, sorted(writing | concerned))):
            found.conversations[channel, account, held.external_id] = held
        for citizen in sorted(writing):
            if (channel, account, citizen) not in found.conversations:
                begun = conversation_begun(channel, account, citizen, now)
                session.add(begun)
                found.conversations[channel, account, citizen] = begun
            writers.append(found.conversations[channel, account, citizen].id)
    spoken_with = {one.id for one in found.conversations.values() if one.last_seq}
    found.offers = last_offers(session, [one for one in writers if one in spoken_with])
    session.flush()
    return found


def _told(
    session: Session, table: type[Inbound] | type[ChannelEvent], channel: str, account: str, events: Sequence[PlatformEvent]
) -> set[EventKey]:
    """Which of these events are in the table."""
    if not events:
        return set()
    named = table.event_id.in_([event_key(event)[2] for event in events])
    rows = session.scalars(select(table.event_id).where(table.channel == channel, table.account == account, named))
    return {(channel, account, event_id) for event_id in rows}


def _by_account(events: Iterable[PlatformEvent]) -> list[tuple[tuple[str, str], list[PlatformEvent]]]:
    def account(event: PlatformEvent) -> tuple[str, str]:
        return event.origin.channel, event.origin.account

    return [(key, list(group)) for key, group in groupby(sorted(events, key=account), key=account)]


def _held(channel: str, account: str, citizens: list[str]) -> Select[Conversation]:
    """Held in one order everywhere, so that two requests never wait for each other."""
    return (
        select(Conversation)
        .where(Conversation.channel == channel, Conversation.account == account, Conversation.external_id.in_(citizens))
        .order_by(Conversation.external_id)
        .with_for_update()
    )
