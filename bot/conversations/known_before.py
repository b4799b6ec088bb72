"""What the ledger knew before a group of events, read in a few queries however many events there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, load_only

from bot.conversations.events import AccountNotice, CitizenMessage, DeliveryReceipt, IgnoredEvent, PlatformEcho, PlatformEvent
from bot.conversations.intake import conversation_begun
from bot.conversations.offers import Offer, last_offers
from bot.conversations.sent_parts import SentParts, sent_parts
from bot.storage.channel_models import ChannelEvent
from bot.storage.models import Conversation, Inbound

EVENT_ID_LENGTH = 200
CitizenKey = tuple[str, str, str]
EventKey = tuple[str, str, str]


# Made once: putting a question together costs more than asking it.
_NAMED = select(Conversation).where(
    Conversation.channel == bindparam("channel"),
    Conversation.account == bindparam("account"),
    Conversation.external_id.in_(bindparam("citizens", expanding=True)),
)
_HELD = _NAMED.order_by(Conversation.external_id).with_for_update(key_share=True)
_ONLY_READ = _NAMED.options(load_only(Conversation.id, Conversation.external_id))


@dataclass
class KnownBefore:
    """The conversations of the events, held for writing (but for those of which there are only receipts), the events that had
    come already (messages and others apart), the buttons last offered by conversation, and the parts that echoes and receipts
    speak of. ``forgotten``: citizens who are deleted within this group."""

    conversations: dict[CitizenKey, Conversation] = field(default_factory=dict)
    seen: set[EventKey] = field(default_factory=set)
    seen_others: set[EventKey] = field(default_factory=set)
    offers: dict[str, Offer] = field(default_factory=dict)
    parts: SentParts = field(default_factory=SentParts)
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


def known_before(session: Session, events: Sequence[PlatformEvent], now: datetime, *, looks: bool) -> KnownBefore:
    """Reads what is known, and begins a conversation for every citizen who is new and says something. Without ``looks`` all
    events are taken to be new: one that is not makes the writing fail."""
    found = KnownBefore()
    writers: list[str] = []
    for (channel, account), group in _by_account(events):
        messages = [event for event in group if isinstance(event, CitizenMessage)]
        others = [event for event in group if not isinstance(event, CitizenMessage)]
        if looks:
            found.seen |= _told(session, Inbound, channel, account, messages)
            found.seen_others |= _told(session, ChannelEvent, channel, account, others)
        writing = {message.external_id for message in messages if event_key(message) not in found.seen}
        new = [other for other in others if event_key(other) not in found.seen_others and citizen_key(other) is not None]
        concerned = {other.external_id for other in new if not isinstance(other, DeliveryReceipt | IgnoredEvent | AccountNotice)}
        _read_conversations(session, found, (channel, account), writing | concerned, new)
        for citizen in sorted(writing):
            if (channel, account, citizen) not in found.conversations:
                begun = conversation_begun(channel, account, citizen, now)
                session.add(begun)
                found.conversations[channel, account, citizen] = begun
            elif found.conversations[channel, account, citizen].last_seq:
                writers.append(found.conversations[channel, account, citizen].id)
    found.offers = last_offers(session, writers)
    session.flush()
    found.parts = sent_parts(session, _told_of_parts(found, events), now)
    return found


def _read_conversations(
    session: Session, found: KnownBefore, account: tuple[str, str], held: set[str], others: Sequence[PlatformEvent]
) -> None:
    """A receipt changes nothing of its conversation, so it holds nobody up who works on it."""
    if held:
        for one in session.scalars(_HELD, _names(account, held)):
            found.conversations[(*account, one.external_id)] = one
    only_read = {event.external_id for event in others if isinstance(event, DeliveryReceipt)} - held
    if only_read:
        for one in session.scalars(_ONLY_READ, _names(account, only_read)):
            found.conversations[(*account, one.external_id)] = one


def _told_of_parts(found: KnownBefore, events: Sequence[PlatformEvent]) -> list[tuple[str, PlatformEcho | DeliveryReceipt]]:
    told = []
    for event in events:
        if isinstance(event, PlatformEcho | DeliveryReceipt) and event_key(event) not in found.seen_others:
            conversation = found.conversations.get((event.origin.channel, event.origin.account, event.external_id))
            if conversation is not None:
                told.append((conversation.id, event))
    return told


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


def _names(account: tuple[str, str], citizens: Iterable[str]) -> dict[str, object]:
    return {"channel": account[0], "account": account[1], "citizens": sorted(citizens)}
