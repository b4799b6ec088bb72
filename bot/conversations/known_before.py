"""What the ledger knew before a group of messages, read in a few queries however many messages there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.conversations.events import CitizenMessage
from bot.conversations.intake import conversation_begun
from bot.conversations.offers import Offer, last_offers
from bot.storage.models import Conversation, Inbound

EVENT_ID_LENGTH = 200
CitizenKey = tuple[str, str, str]
EventKey = tuple[str, str, str]


@dataclass
class KnownBefore:
    """The conversations of the messages, held for writing, the events that had come already, and the buttons last offered by
    conversation."""

    conversations: dict[CitizenKey, Conversation] = field(default_factory=dict)
    seen: set[EventKey] = field(default_factory=set)
    offers: dict[str, Offer] = field(default_factory=dict)

    def is_new(self, message: CitizenMessage) -> bool:
        """Whether this event comes for the first time; from now on it is known."""
        key = event_key(message)
        if key in self.seen:
            return False
        self.seen.add(key)
        return True


def citizen_key(message: CitizenMessage) -> CitizenKey:
    """Channel, account and the platform's id of the citizen."""
    return message.origin.channel, message.origin.account, message.external_id


def event_key(message: CitizenMessage) -> EventKey:
    """The ledger's unique key of the event."""
    return message.origin.channel, message.origin.account, message.origin.event_id[:EVENT_ID_LENGTH]


def known_before(session: Session, messages: Sequence[CitizenMessage], now: datetime) -> KnownBefore:
    """Reads what is known, and begins a conversation for every citizen who is new."""
    found = KnownBefore()
    for (channel, account), group in _by_account(messages):
        event_ids = [event_key(message)[2] for message in group]
        here = Inbound.channel == channel, Inbound.account == account
        told = session.scalars(select(Inbound.event_id).where(*here, Inbound.event_id.in_(event_ids)))
        found.seen |= {(channel, account, event_id) for event_id in told}
        citizens = sorted({message.external_id for message in group if event_key(message) not in found.seen})
        for held in session.scalars(_held(channel, account, citizens)):
            found.conversations[channel, account, held.external_id] = held
        for citizen in citizens:
            if (channel, account, citizen) not in found.conversations:
                begun = conversation_begun(channel, account, citizen, now)
                session.add(begun)
                found.conversations[channel, account, citizen] = begun
    found.offers = last_offers(session, [one.id for one in found.conversations.values() if one.last_seq])
    session.flush()
    return found


def _by_account(messages: Iterable[CitizenMessage]) -> list[tuple[tuple[str, str], list[CitizenMessage]]]:
    def account(message: CitizenMessage) -> tuple[str, str]:
        return message.origin.channel, message.origin.account

    return [(key, list(group)) for key, group in groupby(sorted(messages, key=account), key=account)]


def _held(channel: str, account: str, citizens: list[str]) -> Select[Conversation]:
    """Held in one order everywhere, so that two requests never wait for each other."""
    return (
        select(Conversation)
        .where(Conversation.channel == channel, Conversation.account == account, Conversation.external_id.in_(citizens))
        .order_by(Conversation.external_id)
        .with_for_update()
    )
