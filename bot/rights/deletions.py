"""Deletion at a citizen's wish, from the word in the chat to the proof: asked for, carried out a little later, sealed.

It cannot happen within the turn that asks for it: the answer must still be sent, and the engine writes the turn down after it.
"""

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.catalogue.schema import WorkingCalendar
from bot.conversations.clock import Clock, utc_now
from bot.conversations.deletion import forget_citizen
from bot.conversations.engine_trackers import EngineTrackers
from bot.conversations.ownership import who_speaks
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.rights.deletion_journal import DeletionJournal
from bot.rights.tickets import number_of, open_request
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Outbound
from bot.storage.rights_models import DeletionRecord
from bot.texts import say

logger = logging.getLogger(__name__)

SETTLES = timedelta(minutes=2)
"""Time for the answer to be read, and for a turn in hand to be over, before anything is deleted."""

WAITS_FOR_SENDING = timedelta(minutes=15)
"""Longer than this the deletion does not wait for messages that cannot be sent."""

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_reference() -> str:
    """A number that a person can read out: ``XDL-`` and eight characters that cannot be confused."""
    return "XDL-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))


def ask_deletion(session: Session, conversation: Conversation, source: str, now: datetime) -> DeletionRecord:
    """Notes the wish; one that is not carried out yet stands for the same. The caller holds the conversation's row."""
    mine = select(DeletionRecord).where(DeletionRecord.conversation_id == conversation.id, DeletionRecord.state == "asked")
    known = session.scalars(mine).first()
    if known is not None:
        return known
    return _noted(session, conversation, new_reference(), source, now)


def _noted(session: Session, conversation: Conversation, reference: str, source: str, asked_at: datetime) -> DeletionRecord:
    record = DeletionRecord(
        reference=reference,
        source=source,
        channel=conversation.channel,
        conversation_id=conversation.id,
        state="asked",
        asked_at=asked_at,
    )
    session.add(record)
    session.flush()
    return record


def delete_again(
    session: Session, conversation: Conversation, reference: str, source: str, asked_at: datetime, now: datetime
) -> None:
    """Clears what a restored backup brought back, under the number that the citizen was told; the engine's store follows as after
    any deletion. The caller holds the conversation's row."""
    record = session.get(DeletionRecord, reference) or _noted(session, conversation, reference, source, asked_at)
    _clear(session, record, conversation, now)


def delete_now(session: Session, conversation: Conversation, source: str, now: datetime) -> DeletionRecord:
    """Clears the ledger at once, in the caller's transaction, who holds the conversation's row; the engine's store follows."""
    record = ask_deletion(session, conversation, source, now)
    _clear(session, record, conversation, now)
    return record


def _clear(session: Session, record: DeletionRecord, conversation: Conversation, now: datetime) -> None:
    record.rasa_sessions = conversation.rasa_session
    record.counts = dict(forget_citizen(session, conversation, now))
    record.state, record.ledger_cleared_at = "ledger_cleared", now
    # Whoever still holds a turn of this conversation must not write its end.
    conversation.fence += 1
    conversation.lease_owner = conversation.lease_until = None


def seal(record: DeletionRecord, key: str) -> str:
    """A keyed hash over what the record says: whoever has no key cannot make another record of it. ``key``: one Fernet key."""
    said = {
        "reference": record.reference,
        "source": record.source,
        "channel": record.channel,
        "asked_at": record.asked_at.isoformat(),
        "ledger_cleared_at": record.ledger_cleared_at.isoformat() if record.ledger_cleared_at else None,
        "done_at": record.done_at.isoformat() if record.done_at else None,
        "counts": record.counts,
    }
    own_key = hmac.new(key.strip().encode(), b"motcua deletion record", hashlib.sha256).digest()
    return hmac.new(own_key, json.dumps(said, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def seal_holds(record: DeletionRecord, keys: str) -> bool:
    """Whether the finished record is as it was sealed with one of our keys."""
    sealed = record.seal or ""
    return any(hmac.compare_digest(sealed, seal(record, key)) for key in keys.split(",") if key.strip())


class Deletions:
    """Carries out what is due. ``keys``: the ledger's Fernet keys, comma separated; the first seals."""

    def __init__(
        self,
        sessions: SessionFactory,
        trackers: EngineTrackers,
        keys: str,
        calendar: Callable[[], WorkingCalendar],
        clock: Clock = utc_now,
        journal: DeletionJournal | None = None,
    ) -> None:
        self._sessions, self._trackers, self._calendar, self._clock = sessions, trackers, calendar, clock
        self._key, self._journal = keys.split(",")[0], journal

    def carry_out_due(self) -> int:
        """One step of every deletion that is due for one; returns how many were finished. Running it twice, or in several
        processes at once, does no harm."""
        unfinished = select(DeletionRecord.reference, DeletionRecord.state).where(
            DeletionRecord.state.in_(("asked", "ledger_cleared"))
        )
        with self._sessions() as session:
            found = session.execute(unfinished.order_by(DeletionRecord.asked_at).limit(50)).all()
        for reference, state in found:
            if state == "asked":
                self._clear_ledger(reference)
        return sum(self._clear_engine(reference) for reference, _ in found)

    def _clear_ledger(self, reference: str) -> None:
        now = self._clock()
        with writing(self._sessions) as session:
            record = session.get(DeletionRecord, reference)
            if record is None or record.conversation_id is None or now - record.asked_at < SETTLES:
                return
            conversation = session.get_one(Conversation, record.conversation_id, with_for_update=True)
            session.refresh(record)
            if record.state != "asked" or _busy(session, conversation, record, now):
                return
            if who_speaks(conversation.speaker) == "person_speaks":
                self._to_officer(session, record, conversation, now)
            else:
                self._note(record)
                _clear(session, record, conversation, now)
            logger.info("deletion.step", extra={"reference": reference, "state": record.state})

    def _to_officer(self, session: Session, record: DeletionRecord, conversation: Conversation, now: datetime) -> None:
        """An officer is at work there: people decide what must stay."""
        request = open_request(session, conversation.id, "delete", record.reference, self._calendar(), now)
        record.state, record.conversation_id = "to_officer", None
        text = say("delete_to_officer", number=number_of(request), day=f"{request.acknowledge_by:%d/%m/%Y}")
        line = Line(BotMessage(text, kind="notice"), "system")
        write_lines(session, conversation, [line], key=f"deletion:{record.reference}", now=now)

    def _clear_engine(self, reference: str) -> bool:
        with self._sessions() as session:
            record = session.get(DeletionRecord, reference)
        if record is None or record.state != "ledger_cleared" or record.conversation_id is None:
            return False
        if record.ledger_cleared_at is None or self._clock() - record.ledger_cleared_at < SETTLES:
            return False
        # Deletions that another process began (at a platform's wish) are noted here; nothing is finished that was not.
        self._note(record)
        try:
            events = self._trackers.forget(record.conversation_id, record.rasa_sessions or 0)
        except SQLAlchemyError as error:
            logger.error("alarm.tracker_away", extra={"reference": reference, "error": type(error).__name__})
            return False
        self._finish(reference, {"engine_events": events})
        return True

    def _note(self, record: DeletionRecord) -> None:
        """Notes outside the ledger that this is deleted: a restored backup must not bring it back."""
        if self._journal is not None and record.conversation_id is not None:
            self._journal.note(record.reference, record.conversation_id, record.source, record.asked_at)

    def _finish(self, reference: str, more: Mapping[str, int]) -> None:
        with writing(self._sessions) as session:
            record = session.get_one(DeletionRecord, reference, with_for_update=True)
            if record.state != "ledger_cleared":
                return
            record.counts = {**(record.counts or {}), **more}
            record.state, record.done_at = "done", self._clock()
            record.conversation_id = record.rasa_sessions = None
            record.seal = seal(record, self._key)
        logger.info("deletion.done", extra={"reference": reference})


def _busy(session: Session, conversation: Conversation, record: DeletionRecord, now: datetime) -> bool:
    """Whether a turn is in hand, or the answer still has to be sent."""
    if conversation.lease_until is not None and conversation.lease_until > now:
        return True
    if conversation.send_lease_until is not None and conversation.send_lease_until > now:
        return True
    waiting = select(Outbound.id).where(Outbound.conversation_id == conversation.id, Outbound.state == "pending").limit(1)
    return now - record.asked_at < WAITS_FOR_SENDING and session.scalar(waiting) is not None
