"""How what a platform tells us enters the ledger: all events of one request in one transaction, each once, none refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversations.arrivals import (
    START_CHAT,
    Wording,
    circumstances_of,
    keep_attachments,
    note_the_act,
    place_in_order,
    readable_text,
)
from bot.conversations.clock import Clock, utc_now
from bot.conversations.events import (
    AccountNotice,
    CitizenMessage,
    ContactChange,
    DeletionRequest,
    DeliveryReceipt,
    IgnoredEvent,
    PlatformEcho,
    PlatformEvent,
    ThreadControl,
)
from bot.conversations.intake import (
    begin_new_session_after_silence,
    hold_conversation,
    meaning_of_text,
    new_conversation,
)
from bot.conversations.known_before import EVENT_ID_LENGTH, KnownBefore, citizen_key, event_key, known_before
from bot.conversations.new_rows import NewRows
from bot.conversations.offers import Offer
from bot.conversations.platform_changes import Change, PlatformChanges
from bot.conversations.private_values import PrivateValues
from bot.metrics.declared import IGNORED_EVENTS, INBOUND_EVENTS
from bot.metrics.known_words import KnownWords
from bot.storage.database import SessionFactory, writing
from bot.storage.models import ButtonToken, Conversation, Inbound
from bot.storage.wakeup import announce_inbound

_RACES = 3
_ignored_names = KnownWords()


@dataclass(frozen=True)
class Taken:
    """How many events were new, and how many had come before."""

    stored: int
    duplicates: int


@dataclass(frozen=True)
class PlatformIntake:
    """Takes platforms' events into the ledger. ``hold_back``: how long a message of a channel waits for an earlier one; a channel
    that is not named keeps the order itself."""

    sessions: SessionFactory
    private: PrivateValues
    changes: PlatformChanges
    hold_back: Mapping[str, timedelta] = field(default_factory=dict)
    clock: Clock = utc_now

    def take_in(self, events: Sequence[PlatformEvent]) -> Taken:
        """Stores and applies the events: all or none. Events that came before change nothing.

        Nearly all events are new, so nobody looks first: the ledger refuses one that it has, and then the group is taken in
        anew without it. Raises SQLAlchemy's errors where the ledger is away; then nothing was stored.
        """
        for before in range(_RACES - 1):
            try:
                return self._take_in_once(events, looks=before > 0)
            except IntegrityError:
                # An event had come before; or it, or the first of a new citizen, arrived twice at this very moment, and the
                # other one is committed now.
                continue
        return self._take_in_once(events, looks=True)

    def _take_in_once(self, events: Sequence[PlatformEvent], *, looks: bool) -> Taken:
        with writing(self.sessions) as session:
            # One order of taking conversations, so that two requests never wait for each other.
            ordered = sorted(events, key=lambda event: getattr(event, "external_id", None) or "")
            known, rows = known_before(session, ordered, self.clock(), looks=looks), NewRows()
            stored = [self._take_one(session, known, rows, event) for event in ordered]
            rows.write(session)
            told = {
                event.origin.channel
                for new, event in zip(stored, ordered, strict=True)
                if new and isinstance(event, CitizenMessage)
            }
            for held_back in {self.hold_back.get(channel, timedelta(0)) for channel in told}:
                announce_inbound(session, held_back)
        _count(ordered, stored)
        return Taken(sum(stored), len(stored) - sum(stored))

    def _take_one(self, session: Session, known: KnownBefore, rows: NewRows, event: PlatformEvent) -> bool:
        now = self.clock()
        if not known.is_new(event):
            return False
        if isinstance(event, CitizenMessage):
            _begin_again(session, known, event, now)
            with session.no_autoflush:
                self._take_message(session, known, rows, event, now)
            return True
        if isinstance(event, DeletionRequest):
            # What this group brought of the citizen before goes, too.
            rows.write(session)
        conversation = self._conversation_of(session, known, event, now)
        change = self._apply(session, known, conversation, event, now)
        rows.add_event(
            channel=event.origin.channel,
            account=event.origin.account,
            event_id=event.origin.event_id[:EVENT_ID_LENGTH],
            name=event.origin.name[:60],
            conversation_id=conversation.id if conversation is not None else None,
            outcome=change.outcome,
            detail=change.detail,
            received_at=now,
            platform_at=event.origin.platform_at,
        )
        return True

    def _conversation_of(self, session: Session, known: KnownBefore, event: PlatformEvent, now: datetime) -> Conversation | None:
        """The conversation, held; a new one where an event of this kind begins one."""
        key = citizen_key(event)
        if key is None:
            return None
        held = hold_conversation(session, *key) if key in known.forgotten else known.conversations.get(key)
        if held is None and isinstance(event, PlatformEcho | ContactChange | ThreadControl):
            held = known.conversations[key] = new_conversation(session, *key, now)
        if isinstance(event, DeletionRequest):
            known.forgotten.add(key)
        return held

    def _apply(
        self, session: Session, known: KnownBefore, conversation: Conversation | None, event: PlatformEvent, now: datetime
    ) -> Change:
        if isinstance(event, AccountNotice):
            return self.changes.notice(event)
        if isinstance(event, IgnoredEvent):
            return self.changes.ignored(event)
        if conversation is None:
            return Change("ignored", "no_conversation")
        if isinstance(event, PlatformEcho):
            return self.changes.echo(session, conversation, event, now, known.parts.of(conversation.id))
        if isinstance(event, ThreadControl):
            return self.changes.thread_control(session, conversation, event, now)
        if isinstance(event, ContactChange):
            return self.changes.contact(session, conversation, event, now)
        if isinstance(event, DeliveryReceipt):
            return self.changes.receipt(event, now, known.parts.of(conversation.id))
        assert isinstance(event, DeletionRequest)
        known.parts.forget(conversation.id)
        return self.changes.deletion(session, conversation, event, now)

    def _take_message(self, session: Session, known: KnownBefore, rows: NewRows, message: CitizenMessage, now: datetime) -> None:
        origin, conversation = message.origin, _spoken_in(known, message)
        if rows.has_message_of(conversation.id):
            # A number may come in pieces: the earlier ones are looked up.
            rows.write(session)
        rested = begin_new_session_after_silence(conversation, now)
        order_at = place_in_order(message, now)
        note_the_act(conversation, order_at)
        wording = self._wording(session, known, message, numbers_count=not rested)
        conversation.last_seq += 1
        values: dict[str, Any] = {
            "conversation_id": conversation.id,
            "channel": origin.channel,
            "account": origin.account,
            "event_id": event_key(message)[2],
            "seq": conversation.last_seq,
            "text": wording.text,
            "act": dict(wording.act) if wording.act else None,
            "circumstances": wording.circumstances or None,
            "raw": self.private.encrypt(origin.raw),
            "received_at": now,
            "order_at": order_at,
            "due_at": now + self.hold_back.get(origin.channel, timedelta(0)),
            "outcome": "ignored" if wording.says_nothing else None,
            "outcome_detail": "empty" if wording.says_nothing else None,
            "finished_at": now if wording.says_nothing else None,
        }
        if not message.attachments:
            rows.add_message(**values)
            return
        row = Inbound(**values)
        session.add(row)
        session.flush()
        keep_attachments(session, self.private, row, message.attachments, now)

    def _wording(self, session: Session, known: KnownBefore, message: CitizenMessage, *, numbers_count: bool) -> Wording:
        circumstances, conversation = circumstances_of(message), _spoken_in(known, message)
        if message.starts:
            text = readable_text(message.text)
            if text is None:
                return Wording(None, {"intent": START_CHAT, "entities": {}}, circumstances)
            return Wording(text, None, circumstances | {"starts": True})
        if message.button is not None:
            pressed = session.get(ButtonToken, message.button[:32])
            if pressed is not None and pressed.conversation_id == conversation.id:
                return Wording(pressed.title, dict(pressed.act), circumstances)
            return Wording(readable_text(message.text), None, circumstances | {"stale_button": True})
        if message.own_phone is not None:
            self._note_phone(conversation, message.own_phone)
        text = readable_text(message.text) or readable_text(message.own_phone)
        if text is None:
            return Wording(None, None, circumstances)
        offer = known.offers.get(conversation.id, Offer())
        masked_text, act = meaning_of_text(
            session, self.private, conversation, text, offer, self.clock(), numbers_count=numbers_count
        )
        return Wording(masked_text, act, circumstances)

    def _note_phone(self, conversation: Conversation, phone: str) -> None:
        conversation.verified_phone = self.private.encrypt(phone.encode())
        conversation.verified_phone_at = self.clock()


def _begin_again(session: Session, known: KnownBefore, message: CitizenMessage, now: datetime) -> None:
    """A citizen who was forgotten a moment ago, in the same group, and writes again is a new one."""
    key = citizen_key(message)
    if key is not None and key in known.forgotten:
        known.forgotten.discard(key)
        known.conversations[key] = hold_conversation(session, *key) or new_conversation(session, *key, now)


def _spoken_in(known: KnownBefore, message: CitizenMessage) -> Conversation:
    return known.conversations[message.origin.channel, message.origin.account, message.external_id]


def _count(events: Sequence[PlatformEvent], stored: Sequence[bool]) -> None:
    for event, is_new in zip(events, stored, strict=True):
        INBOUND_EVENTS.labels(event.origin.channel, "new" if is_new else "duplicate").inc()
        if is_new and isinstance(event, IgnoredEvent):
            IGNORED_EVENTS.labels(event.origin.channel, _ignored_names(event.origin.name)).inc()
