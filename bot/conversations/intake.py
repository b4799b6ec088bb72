"""How a citizen's events enter the ledger: once each, in order, masked, before anyone is told that they were accepted."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversations.arrivals import note_the_act
from bot.conversations.citizen_text import accepted_text
from bot.conversations.clock import Clock, utc_now
from bot.conversations.menu_choice import typed_choice
from bot.conversations.offers import Offer, last_offers
from bot.conversations.pieces import begun, mask_pieces
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line, write_lines
from bot.language.masking import PrivateSpan, exchanged, find_private
from bot.messages import BotMessage
from bot.metrics.declared import INBOUND_EVENTS
from bot.storage.database import SessionFactory, writing
from bot.storage.models import ButtonToken, Conversation, Inbound
from bot.storage.wakeup import announce_inbound

SESSION_SILENCE = timedelta(minutes=240)


class UnknownConversationError(LookupError):
    """The conversation is not in the ledger."""


class UnknownButtonError(LookupError):
    """The button's token is unknown or belongs to another conversation."""


@dataclass(frozen=True)
class CitizenEvent:
    """One event as a channel parsed it: exactly one of ``text`` and ``button`` (a token). ``event_id`` is unique per
    channel and account; ``raw`` is the body as it came; ``address`` a keyed hash of the network address, where there is one."""

    channel: str
    account: str
    external_id: str
    event_id: str
    raw: bytes
    text: str | None = None
    button: str | None = None
    address: str | None = None
    traceparent: str | None = None
    """Its place in our trace, where one is recorded."""

    @property
    def circumstances(self) -> dict[str, Any] | None:
        """What is known of it beside its words."""
        known = {"address": self.address, "traceparent": self.traceparent}
        return {name: value for name, value in known.items() if value} or None


@dataclass(frozen=True)
class Acceptance:
    """What became of an event. A duplicate has the number of the first arrival."""

    conversation_id: str
    inbound_id: int
    seq: int
    duplicate: bool


def new_conversation_id() -> str:
    """An id that says nothing about the citizen and cannot be guessed."""
    return secrets.token_hex(16)


class Intake:
    """Takes events into the ledger."""

    def __init__(self, sessions: SessionFactory, private_values: PrivateValues, clock: Clock = utc_now) -> None:
        self._sessions = sessions
        self._private = private_values
        self._clock = clock

    def open_conversation(
        self, channel: str, account: str, greeting: BotMessage, external_id: str | None = None
    ) -> tuple[str, int]:
        """A new conversation whose first line is the greeting. Returns its id and the greeting's number."""
        now = self._clock()
        with writing(self._sessions) as session:
            conversation = new_conversation(session, channel, account, external_id, now)
            (line,) = write_lines(session, conversation, [Line(greeting)], key=f"greeting:{conversation.id}", now=now)
            return conversation.id, line.seq or 0

    def accept(self, events: Sequence[CitizenEvent], *, open_missing: bool = True) -> list[Acceptance]:
        """Writes all events of one request in one transaction: all are stored or none.

        Raises ``UnknownButtonError``, ``UnknownConversationError`` (where ``open_missing`` is false), ``EmptyTextError`` and
        ``TextTooLongError``; then nothing was stored.
        """
        try:
            return self._accept_once(events, open_missing)
        except IntegrityError:
            # The same event, or the first one of a new citizen, came in twice at the same moment: now the other one is
            # committed and is found.
            return self._accept_once(events, open_missing)

    def _accept_once(self, events: Sequence[CitizenEvent], open_missing: bool) -> list[Acceptance]:
        with writing(self._sessions) as session:
            accepted = [self._accept_one(session, event, open_missing) for event in events]
            if not all(one.duplicate for one in accepted):
                announce_inbound(session)
        for event, one in zip(events, accepted, strict=True):
            INBOUND_EVENTS.labels(event.channel, "duplicate" if one.duplicate else "new").inc()
        return accepted

    def _accept_one(self, session: Session, event: CitizenEvent, open_missing: bool) -> Acceptance:
        now = self._clock()
        conversation = hold_conversation(session, event.channel, event.account, event.external_id)
        if conversation is None:
            if not open_missing:
                raise UnknownConversationError
            conversation = new_conversation(session, event.channel, event.account, event.external_id, now)
        known = find_event(session, event.channel, event.account, event.event_id)
        if known is not None:
            return Acceptance(known.conversation_id, known.id, known.seq, duplicate=True)
        rested = begin_new_session_after_silence(conversation, now)
        note_the_act(conversation, now)
        text, act = self._meaning(session, conversation, event, numbers_count=not rested)
        conversation.last_seq += 1
        row = Inbound(
            conversation_id=conversation.id,
            channel=event.channel,
            account=event.account,
            event_id=event.event_id,
            seq=conversation.last_seq,
            text=text,
            act=act,
            circumstances=event.circumstances,
            raw=self._private.encrypt(event.raw),
            received_at=now,
        )
        session.add(row)
        session.flush()
        return Acceptance(conversation.id, row.id, row.seq, duplicate=False)

    def _meaning(
        self, session: Session, conversation: Conversation, event: CitizenEvent, *, numbers_count: bool
    ) -> tuple[str, dict[str, Any] | None]:
        """The text for the transcript and the act, where a button was pressed or chosen by typing."""
        if event.button is not None:
            pressed = session.get(ButtonToken, event.button)
            if pressed is None or pressed.conversation_id != conversation.id:
                raise UnknownButtonError
            return pressed.title, dict(pressed.act)
        offer = last_offers(session, [conversation.id]).get(conversation.id, Offer())
        text = accepted_text(event.text or "")
        return meaning_of_text(session, self._private, conversation, text, offer, self._clock(), numbers_count=numbers_count)


def meaning_of_text(
    session: Session,
    private: PrivateValues,
    conversation: Conversation,
    text: str,
    offer: Offer,
    now: datetime,
    *,
    numbers_count: bool,
) -> tuple[str, dict[str, Any] | None]:
    """The text with its private numbers replaced, and the act where it chooses one of the buttons last offered."""
    numbers_count = numbers_count and conversation.speaker == "bot" and not offer.person_spoke
    act: Mapping[str, Any] | None = typed_choice(text, offer.buttons, numbers_count=numbers_count)
    return masked_text_of(session, private, conversation, text, now), dict(act) if act else None


def masked_text_of(session: Session, private: PrivateValues, conversation: Conversation, text: str, now: datetime) -> str:
    """The text as the ledger and everybody after it may read it; a number that came in pieces is taken out of the earlier
    messages too."""

    def keep(span: PrivateSpan) -> str:
        return private.store_within(session, conversation.id, span)

    text = mask_pieces(session, private, conversation, text, now)
    found = find_private(text, conversation.expects)
    if not found and (first := begun(text, conversation.expects)) is not None:
        found = [first]
    return exchanged(text, found, keep)


def new_conversation(session: Session, channel: str, account: str, external_id: str | None, now: datetime) -> Conversation:
    """A conversation that begins now. Without ``external_id`` its own id stands for the citizen."""
    conversation = conversation_begun(channel, account, external_id, now)
    session.add(conversation)
    session.flush()
    return conversation


def conversation_begun(channel: str, account: str, external_id: str | None, now: datetime) -> Conversation:
    """The same, not yet in the ledger."""
    new_id = new_conversation_id()
    return Conversation(
        id=new_id,
        channel=channel,
        account=account,
        external_id=external_id or new_id,
        speaker="bot",
        last_seq=0,
        rasa_session=1,
        fence=0,
        send_fence=0,
        opened_at=now,
    )


def hold_conversation(session: Session, channel: str, account: str, external_id: str) -> Conversation | None:
    """The conversation, held until the end of the transaction, so that numbers are given in the order of the commits."""
    return session.scalars(
        select(Conversation)
        .where(
            Conversation.channel == channel,
            Conversation.account == account,
            Conversation.external_id == external_id,
        )
        .with_for_update(key_share=True)
    ).one_or_none()


def find_event(session: Session, channel: str, account: str, event_id: str) -> Inbound | None:
    """The event as it arrived the first time."""
    return session.scalars(
        select(Inbound).where(Inbound.channel == channel, Inbound.account == account, Inbound.event_id == event_id)
    ).one_or_none()


def begin_new_session_after_silence(conversation: Conversation, now: datetime) -> bool:
    """A citizen who comes back after a long silence starts afresh: the engine's cost grows with the length of a session."""
    last = conversation.last_inbound_at
    conversation.last_inbound_at = now
    if last is None or now - last <= SESSION_SILENCE:
        return False
    conversation.rasa_session += 1
    conversation.expects = None
    return True
