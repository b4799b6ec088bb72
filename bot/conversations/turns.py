"""A turn in the ledger: claimed by one worker, concluded once.

The claim is one conditional UPDATE: it takes a lease and raises the fencing number. The conclusion is one transaction that
writes only where that number still stands and whoever speaks is still who spoke at the claim.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session, defer

from bot import tracing
from bot.conversations.arrivals import came_late
from bot.conversations.claiming import first_free, may_be_due
from bot.conversations.handoffs import OPEN, Placement, end_handoff, hand_over, open_handoff_of
from bot.conversations.ownership import leave_people, open_again, who_speaks
from bot.conversations.plain_turns import PlainEnd, end_plainly, oldest_event, take_conversation
from bot.conversations.platform_changes import give_back_to_bot
from bot.conversations.reopening import take_up_again
from bot.conversations.speech import Line, record_dropped, write_lines
from bot.messages import HandoffRequest
from bot.storage.channel_models import ChannelAccount
from bot.storage.database import SessionFactory, on_postgres, plainly_writing, writing
from bot.storage.models import Conversation, Handoff, Inbound

Outcome = Literal["answered", "handed_over", "waiting_for_officer", "ignored", "failed_and_told"]
ConclusionResult = Literal["written", "dropped", "lost", "left_for_later"]


@dataclass(frozen=True)
class Claim:
    """The oldest event without an outcome of a conversation that this worker holds. ``attempt`` counts from 1."""

    conversation_id: str
    worker: str
    fence: int
    speaker: str
    rasa_session: int
    channel: str
    inbound_id: int
    seq: int
    text: str | None
    act: Mapping[str, Any] | None
    attempt: int
    told_waiting: bool
    account: str = ""
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    expects: str | None = None
    received_at: datetime | None = None
    officer_name: str | None = None
    taken_up_again: bool = False
    """The citizen came back to an officer's team soon after the end: said once."""
    others_wait: bool = True
    """Whether a message of another conversation may be due that nobody has taken."""

    @property
    def engine_conversation(self) -> str:
        """The engine's sender id: a new one per session."""
        return f"{self.conversation_id}.{self.rasa_session}"

    @property
    def turn_id(self) -> str:
        """The same for every attempt at this event."""
        return f"{self.conversation_id}.{self.seq}"


@dataclass(frozen=True)
class Conclusion:
    """What a turn ends with. ``speaker_then`` must still be the speaker for the lines to be said; ``speaker_now`` and
    ``withdraw`` change who speaks; ``told_waiting`` notes that the citizen was told of the waiting once."""

    outcome: Outcome
    speaker_then: str
    detail: str | None = None
    lines: tuple[Line, ...] = ()
    nlu: Mapping[str, Any] | None = None
    handoff: HandoffRequest | None = None
    withdraw: bool = False
    told_waiting: bool = False
    keeps_expects: bool = False
    expects: str | None = field(default=None)
    placement: Placement | None = None
    also: Callable[[Session, Conversation, datetime], None] | None = None
    """What else is written in the same transaction, where the lines are said."""


def claim_next(
    sessions: SessionFactory, worker: str, now: datetime, lease: timedelta, reopen_within: timedelta = timedelta(0)
) -> Claim | None:
    """Claims the conversation with the oldest waiting event, or None where nothing is due.

    A conversation that was closed is opened again by its citizen's next message: the bot speaks, in a new session. So is one
    whose officer answered in the platform's own inbox and has been silent for long enough. Within ``reopen_within`` after an
    officer ended it, it goes back to the officer's team instead (``bot.conversations.reopening``).
    """
    if on_postgres(sessions):
        return _claim_plainly(sessions, worker, now, lease, reopen_within)
    due = _due_conversations(now)
    if not may_be_due(sessions, due):
        return None
    with writing(sessions) as session:
        conversation = first_free(session, due)
        if conversation is None:
            return None
        conversation.lease_owner, conversation.lease_until, conversation.not_before = worker, now + lease, None
        conversation.fence += 1
        return _claimed(session, conversation, worker, now, reopen_within)


def _claim_plainly(
    sessions: SessionFactory, worker: str, now: datetime, lease: timedelta, reopen_within: timedelta
) -> Claim | None:
    with plainly_writing(sessions) as connection:
        taken = take_conversation(connection, worker, now, now + lease)
        if taken is None:
            return None
        event = oldest_event(connection, taken, now) if taken.speaker == "bot" else None
        if event is None:
            with Session(connection, expire_on_commit=False) as session:
                conversation = session.get_one(Conversation, taken.conversation_id)
                claim = _claimed(session, conversation, worker, now, reopen_within)
                session.flush()
                return claim
    return Claim(
        conversation_id=taken.conversation_id,
        worker=worker,
        fence=taken.fence,
        speaker=taken.speaker,
        rasa_session=taken.rasa_session,
        channel=taken.channel,
        inbound_id=event.id,
        seq=event.seq,
        text=event.text,
        act=event.act,
        attempt=event.attempts,
        told_waiting=event.told_waiting,
        account=taken.account,
        circumstances={**(event.circumstances or {}), **({"late": True} if event.late else {})},
        expects=taken.expects,
        received_at=event.received_at,
        officer_name=taken.owner_name,
        others_wait=event.others_wait,
    )


def _due_conversations(now: datetime) -> Select[Conversation]:
    return (
        select(Conversation)
        .join(Inbound, Conversation.id == Inbound.conversation_id)
        .where(
            Inbound.outcome.is_(None),
            Inbound.due_at <= now,
            or_(Conversation.lease_until.is_(None), Conversation.lease_until <= now),
            or_(Conversation.not_before.is_(None), Conversation.not_before <= now),
        )
        .order_by(Inbound.due_at, Inbound.id)
    )


def _claimed(session: Session, conversation: Conversation, worker: str, now: datetime, reopen_within: timedelta) -> Claim | None:
    conversation_id = conversation.id
    found = session.execute(_oldest_unanswered(conversation_id)).first()
    if found is None:
        _release(conversation)
        return None
    event, late, waiting = found
    if conversation.speaker == "officer" and conversation.officer_until is not None and conversation.officer_until <= now:
        give_back_to_bot(session, conversation, now)
        waiting = open_handoff_of(session, conversation_id)
    taken_up_again = False
    if who_speaks(conversation.speaker) == "nobody_speaks":
        taken_up_again = take_up_again(session, conversation, event, now, reopen_within)
        if not taken_up_again:
            open_again(session, conversation_id)
        waiting = open_handoff_of(session, conversation_id)
    event.attempts += 1
    if late:
        # Seen only now: when it came in, the answer to its successor may have been on its way.
        event.circumstances = {**(event.circumstances or {}), "late": True}
    return Claim(
        conversation_id=conversation_id,
        worker=worker,
        fence=conversation.fence,
        speaker=conversation.speaker,
        rasa_session=conversation.rasa_session,
        channel=conversation.channel,
        inbound_id=event.id,
        seq=event.seq,
        text=event.text,
        act=event.act,
        attempt=event.attempts,
        told_waiting=waiting is not None and waiting.told_waiting_at is not None,
        account=conversation.account,
        circumstances=event.circumstances or {},
        expects=conversation.expects,
        received_at=event.received_at,
        officer_name=conversation.owner_name,
        taken_up_again=taken_up_again,
    )


def _oldest_unanswered(conversation_id: str) -> Any:
    """The event, whether it came late, and the open handoff: asked together, since every turn asks."""
    return (
        select(Inbound, came_late(), Handoff)
        .outerjoin(Handoff, and_(Handoff.conversation_id == Inbound.conversation_id, Handoff.state.in_(OPEN)))
        .options(defer(Inbound.raw))
        .where(Inbound.conversation_id == conversation_id, Inbound.outcome.is_(None))
        .order_by(Inbound.order_at, Inbound.seq)
        .limit(1)
    )


def _release(conversation: Conversation, not_before: datetime | None = None) -> None:
    conversation.lease_owner = conversation.lease_until = None
    conversation.not_before = not_before


def _held(session: Session, claim: Claim) -> Conversation | None:
    """The conversation, held for writing, if the claim still stands."""
    return session.scalars(
        select(Conversation).where(Conversation.id == claim.conversation_id, Conversation.fence == claim.fence).with_for_update()
    ).one_or_none()


def put_off(sessions: SessionFactory, claim: Claim, until: datetime, *, counted: bool = True) -> bool:
    """Gives the event back for another attempt at ``until``; the conversation waits, so that its order stays. Not ``counted``:
    nothing was tried."""
    with writing(sessions) as session:
        conversation = _held(session, claim)
        if conversation is None:
            return False
        if not counted:
            session.get_one(Inbound, claim.inbound_id).attempts -= 1
        _release(conversation, until)
        return True


def conclude(
    sessions: SessionFactory,
    claim: Claim,
    conclusion: Conclusion,
    now: datetime,
    waits: Callable[[datetime], None] = lambda _due: None,
) -> ConclusionResult:
    """Ends the turn. ``waits`` is told when the conversation's next message is due, where there may be one.

    ``lost``: another worker took the conversation over, nothing was written. ``dropped``: a person (or a word that we do
    not know) owns the conversation now, the bot's lines were kept out of the transcript and the event waits for the officer.
    ``left_for_later``: it was closed meanwhile, the event stays and opens it again.
    """
    if _is_plain(claim, conclusion) and on_postgres(sessions):
        try:
            ended = _conclude_plainly(sessions, claim, conclusion, now, waits)
        except DataError:
            # Words that the server's JSON functions refuse (U+0000), though it stores them.
            ended = "not_plain"
        if ended != "not_plain":
            return ended
    result = _conclude_by_mapper(sessions, claim, conclusion, now)
    waits(now)
    return result


def _conclude_by_mapper(sessions: SessionFactory, claim: Claim, conclusion: Conclusion, now: datetime) -> ConclusionResult:
    with writing(sessions) as session:
        conversation = _held(session, claim)
        found = session.execute(_event_of(conversation, claim)).one_or_none() if conversation is not None else None
        if conversation is None or found is None or found[0].outcome is not None:
            return "lost"
        event, waiting, _account = found
        _release(conversation)
        if conversation.speaker == conclusion.speaker_then:
            _write(session, conversation, event, waiting, conclusion, now)
            return "written"
        if who_speaks(conversation.speaker) == "nobody_speaks":
            return "left_for_later"
        record_dropped(session, conversation, conclusion.lines, key=str(event.id), now=now, inbound_id=event.id)
        _end(event, "waiting_for_officer", "speaker_changed", conclusion.nlu, now)
        return "dropped"


def _is_plain(claim: Claim, conclusion: Conclusion) -> bool:
    """Whether nothing but the answer is written: no person comes into it, before or after."""
    asks_people = conclusion.handoff is not None or conclusion.withdraw or conclusion.told_waiting
    bot_speaks = claim.speaker == conclusion.speaker_then == "bot" and conclusion.outcome != "waiting_for_officer"
    return bot_speaks and not asks_people and conclusion.also is None


def _conclude_plainly(
    sessions: SessionFactory, claim: Claim, conclusion: Conclusion, now: datetime, waits: Callable[[datetime], None]
) -> Literal["written", "lost", "not_plain"]:
    end = PlainEnd(
        conversation_id=claim.conversation_id,
        fence=claim.fence,
        speaker=conclusion.speaker_then,
        channel=claim.channel,
        inbound_id=claim.inbound_id,
        outcome=conclusion.outcome,
        detail=conclusion.detail,
        lines=conclusion.lines,
        nlu=conclusion.nlu,
        circumstances=claim.circumstances,
        keeps_expects=conclusion.keeps_expects,
        expects=conclusion.expects,
    )
    with plainly_writing(sessions) as connection:
        ended = end_plainly(connection, end, now)
        if ended.result == "lost":
            connection.rollback()
    if ended.next_due is not None:
        waits(ended.next_due)
    return ended.result


def _event_of(conversation: Conversation, claim: Claim) -> Any:
    """The event and the open handoff; with them, for whoever asks for it within the transaction, the account."""
    account = and_(ChannelAccount.channel == conversation.channel, ChannelAccount.account == conversation.account)
    return (
        select(Inbound, Handoff, ChannelAccount)
        .outerjoin(Handoff, and_(Handoff.conversation_id == Inbound.conversation_id, Handoff.state.in_(OPEN)))
        .outerjoin(ChannelAccount, account)
        .options(defer(Inbound.raw))
        .where(Inbound.id == claim.inbound_id)
    )


def _end(event: Inbound, outcome: Outcome, detail: str | None, nlu: Mapping[str, Any] | None, now: datetime) -> None:
    event.outcome, event.outcome_detail, event.finished_at = outcome, detail, now
    event.nlu = dict(nlu) if nlu is not None else None
    if (place := tracing.traceparent()) is not None:
        # What is sent of it hangs under its conclusion.
        event.circumstances = {**(event.circumstances or {}), "traceparent": place}
    if (event.circumstances or {}).get("late") and detail is None:
        event.outcome_detail = "late"


def _write(
    session: Session,
    conversation: Conversation,
    event: Inbound,
    waiting: Handoff | None,
    conclusion: Conclusion,
    now: datetime,
) -> None:
    _end(event, conclusion.outcome, conclusion.detail, conclusion.nlu, now)
    if not conclusion.keeps_expects:
        conversation.expects = conclusion.expects
    if waiting is not None and conclusion.told_waiting:
        waiting.told_waiting_at = now
    if waiting is not None and conclusion.outcome == "waiting_for_officer" and waiting.waiting_since is None:
        waiting.waiting_since = now
    if conclusion.withdraw:
        if waiting is not None:
            end_handoff(session, waiting, now, "citizen_returned", withdrawn=waiting.state == "waiting")
        leave_people(session, conversation.id)
    if conclusion.handoff is not None:
        hand_over(session, conversation, conclusion.handoff, event.id, now, conclusion.placement)
    if conclusion.also is not None:
        conclusion.also(session, conversation, now)
    write_lines(session, conversation, conclusion.lines, key=str(event.id), now=now, inbound_id=event.id)
