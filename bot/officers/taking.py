"""An officer takes a conversation, keeps it, passes it on, hands it back or ends it. The citizen is told of each change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.handoffs import end_handoff, note_event, open_handoff_of
from bot.conversations.ownership import Officer
from bot.conversations.part_ends import settle_unsent
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.officers.notes import write_note
from bot.officers.ratings import rating_request
from bot.officers.teams import Team
from bot.rights.consent import has_declined
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Handoff, Outbound
from bot.storage.officer_models import HandoffEvent, OfficerNote
from bot.texts import say

OfficerOutcome = Literal["solved", "guided", "must_come", "other_agency", "no_answer", "abusive", "other"]
OUTCOMES: tuple[OfficerOutcome, ...] = get_args(OfficerOutcome)
Also = Callable[[Session], object]
"""What the caller writes last in the transaction of an act, for example its entry in the audit log."""


def nothing_more(_session: Session) -> None:
    """An act after which nothing else is written."""


LONGEST_REASON = 500
TAKEN_OVER = "taken_over"
"""The event of a takeover: ``owner`` is the account from which, ``note`` the note with the reason."""

LEASE = timedelta(minutes=5)
"""How long an officer owns a conversation without a sign of life; the console renews it while it is open."""


class UnknownConversationError(LookupError):
    """There is no such conversation."""


class NotOwnerError(RuntimeError):
    """This officer does not own the conversation (any more): taken by another, ended, or the lease ran out."""


class TakenError(RuntimeError):
    """Somebody else has it; ``owner`` is their name, where it is known."""

    def __init__(self, owner: str | None) -> None:
        self.owner = owner
        super().__init__(owner or "taken")


@dataclass(frozen=True)
class Taken:
    """What a claim gave: the handoff's number in the ledger, and until when it is the officer's without a sign of life."""

    handoff_id: int
    until: datetime


def claim_conversation(
    sessions: SessionFactory,
    conversation_id: str,
    officer: Officer,
    now: datetime,
    lease: timedelta = LEASE,
    also: Also = nothing_more,
) -> Taken:
    """The officer owns the conversation: from the queue, from the bot, after its end, or where another's lease ran out. Of many
    who try at once one wins. What the bot had not sent yet is dropped. Who owns it already gets the lease renewed.

    Raises ``TakenError`` and ``UnknownConversationError``.
    """
    until = now + lease
    with writing(sessions) as session:
        if ownership.renew(session, conversation_id, officer.account, now, until):
            known = open_handoff_of(session, conversation_id)
            if known is not None:
                return Taken(known.id, until)
        elif not ownership.take(session, conversation_id, officer, now, until):
            owner = session.get(Conversation, conversation_id)
            raise TakenError(owner.owner_name) if owner is not None else UnknownConversationError(conversation_id)
        conversation = session.get_one(Conversation, conversation_id)
        handoff = _taken_handoff(session, conversation_id, officer, now)
        note_event(session, handoff, "taken", now, officer.account)
        drop_unsent(session, conversation_id)
        text = say("officer_took_over", name=officer.name)
        _tell(session, conversation, text, f"taken:{handoff.id}:{conversation.last_seq}", now)
        also(session)
        return Taken(handoff.id, until)


def take_over(
    sessions: SessionFactory,
    conversation_id: str,
    supervisor: Officer,
    owner: str,
    reason: str,
    now: datetime,
    *,
    lease: timedelta = LEASE,
    also: Also = nothing_more,
) -> None:
    """A supervisor owns it instead of ``owner`` (an account), who may be at work; they read the reason in a note that names them.
    Raises ``TakenError`` where it is not that owner's any more, ``ValueError`` without a reason or with one over 500 characters,
    ``UnknownConversationError``."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise ValueError(f"a reason has 1 to {LONGEST_REASON} characters")
    with writing(sessions) as session:
        if not ownership.take_over(session, conversation_id, owner, supervisor, now, now + lease):
            row = session.get(Conversation, conversation_id)
            raise TakenError(row.owner_name) if row is not None else UnknownConversationError(conversation_id)
        conversation = session.get_one(Conversation, conversation_id)
        handoff = _taken_handoff(session, conversation_id, supervisor, now)
        note = write_note(session, conversation_id, supervisor, reason, now, mentions=[owner])
        note_event(session, handoff, TAKEN_OVER, now, supervisor.account, owner=owner, note=note.id)
        text = say("officer_took_over", name=supervisor.name)
        _tell(session, conversation, text, f"taken:{handoff.id}:{conversation.last_seq}", now)
        also(session)


def why_taken_over(session: Session, conversation_id: str, account: str) -> str | None:
    """The reason for which the newest change took the conversation from this account; None where it was no such change."""
    changes = (TAKEN_OVER, "taken", "forwarded", "lease_lapsed", "officer_silent", "ended")
    newest = (
        select(HandoffEvent)
        .where(HandoffEvent.conversation_id == conversation_id, HandoffEvent.kind.in_(changes))
        .order_by(HandoffEvent.id.desc())
        .limit(1)
    )
    event = session.scalars(newest).one_or_none()
    if event is None or event.kind != TAKEN_OVER or event.detail is None or event.detail.get("owner") != account:
        return None
    note = session.get(OfficerNote, event.detail["note"])
    return note.text if note is not None else None


def _taken_handoff(session: Session, conversation_id: str, officer: Officer, now: datetime) -> Handoff:
    handoff = open_handoff_of(session, conversation_id)
    if handoff is None:
        # Nobody asked for a person: the officer stepped in.
        handoff = Handoff(conversation_id=conversation_id, reason="taken_over", summary={}, opened_at=now)
        session.add(handoff)
    handoff.state, handoff.taken_by = "taken", officer.account
    handoff.taken_at = handoff.taken_at or now
    handoff.waiting_since = None
    session.flush()
    return handoff


def drop_unsent(session: Session, conversation_id: str) -> int:
    """What the bot said and is not sent yet is not sent any more; returns how many messages. A call under way is not touched."""
    unsent = session.scalars(
        select(Outbound).where(Outbound.conversation_id == conversation_id, Outbound.state == "pending", Outbound.author == "bot")
    ).all()
    for outbound in unsent:
        settle_unsent(session, outbound, "speaker_changed")
    return len(unsent)


def renew_leases(sessions: SessionFactory, account: str, now: datetime, lease: timedelta = LEASE) -> int:
    """The officer is still there: all that they own stays theirs; returns how many."""
    with writing(sessions) as session:
        return ownership.renew_all(session, account, now, now + lease)


def hand_back(sessions: SessionFactory, conversation_id: str, officer: Officer, now: datetime, also: Also = nothing_more) -> None:
    """The bot speaks again, and says so. Raises ``NotOwnerError``."""
    with writing(sessions) as session:
        hand_back_within(session, conversation_id, officer, now)
        also(session)


def hand_back_within(session: Session, conversation_id: str, officer: Officer, now: datetime) -> None:
    """The same in the caller's transaction, made by ``writing``."""
    handoff = _give_away(session, conversation_id, officer, now, "bot")
    end_handoff(session, handoff, now, "handed_back", account=officer.account)
    conversation = session.get_one(Conversation, conversation_id)
    _tell(session, conversation, say("bot_is_back", name=officer.name), f"handed-back:{handoff.id}", now)


def close_conversation(
    sessions: SessionFactory,
    conversation_id: str,
    officer: Officer,
    outcome: OfficerOutcome,
    now: datetime,
    *,
    asks_rating: bool = True,
    also: Also = nothing_more,
) -> None:
    """Ends the conversation until the citizen writes again, and asks how it was. Raises ``NotOwnerError``; ``ValueError`` for an
    outcome that is none."""
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is no outcome")
    with writing(sessions) as session:
        handoff = _give_away(session, conversation_id, officer, now, "closed")
        end_handoff(session, handoff, now, outcome, account=officer.account)
        conversation = session.get_one(Conversation, conversation_id)
        _tell(session, conversation, say("officer_closed"), f"closed:{handoff.id}", now)
        # Who declined surveys is not asked; who said nothing is asked once about the help they just got, and nothing later.
        if asks_rating and outcome != "abusive" and not has_declined(session, conversation_id, "survey", now):
            request = rating_request(session, handoff, now)
            write_lines(session, conversation, [Line(request, "system")], key=f"rate:{handoff.id}", now=now)
        also(session)


def forward_to_colleague(
    sessions: SessionFactory,
    conversation_id: str,
    officer: Officer,
    colleague: Officer,
    now: datetime,
    *,
    note: str = "",
    lease: timedelta = LEASE,
    also: Also = nothing_more,
) -> None:
    """A colleague owns it at once, with a note that only officers read. Raises ``NotOwnerError``."""
    with writing(sessions) as session:
        if not ownership.pass_on(session, conversation_id, officer.account, now, colleague, now + lease):
            raise NotOwnerError(conversation_id)
        handoff = _taken_handoff(session, conversation_id, colleague, now)
        note_event(session, handoff, "forwarded", now, officer.account, to=colleague.account)
        if note.strip():
            write_note(session, conversation_id, officer, note, now, mentions=[colleague.account])
        conversation = session.get_one(Conversation, conversation_id)
        text = say("officer_took_over", name=colleague.name)
        _tell(session, conversation, text, f"passed:{handoff.id}:{conversation.last_seq}", now)
        also(session)


def forward_to_team(
    sessions: SessionFactory,
    conversation_id: str,
    officer: Officer,
    team: Team,
    now: datetime,
    *,
    note: str = "",
    also: Also = nothing_more,
) -> None:
    """It waits in another team's queue; as a ticket, with the bot speaking, where that team is not open now. For an agency, the
    caller names the team that answers for it (``Teams.for_agency``). Raises ``NotOwnerError``."""
    is_open = team.hours.is_open(now)
    with writing(sessions) as session:
        handoff = _give_away(session, conversation_id, officer, now, "waiting" if is_open else "bot")
        handoff.state, handoff.team, handoff.routed_by = "waiting", team.id, f"forwarded:{officer.account}"[:200]
        handoff.ticket, handoff.waiting_since, handoff.told_waiting_at = not is_open, now, now
        handoff.answer_due_at = team.hours.after(now, team.first_answer)
        note_event(session, handoff, "forwarded", now, officer.account, to=team.id)
        if note.strip():
            write_note(session, conversation_id, officer, note, now)
        conversation = session.get_one(Conversation, conversation_id)
        key = "forwarded_to_team" if is_open else "forwarded_to_closed_team"
        _tell(
            session, conversation, say(key, name=officer.name, team=team.name), f"fwd:{handoff.id}:{conversation.last_seq}", now
        )
        also(session)


def _give_away(
    session: Session, conversation_id: str, officer: Officer, now: datetime, to: Literal["bot", "waiting", "closed"]
) -> Handoff:
    if not ownership.give_away(session, conversation_id, officer.account, now, to):
        raise NotOwnerError(conversation_id)
    handoff = open_handoff_of(session, conversation_id)
    return handoff if handoff is not None else _taken_handoff(session, conversation_id, officer, now)


def _tell(session: Session, conversation: Conversation, text: str, key: str, now: datetime) -> None:
    write_lines(session, conversation, [Line(BotMessage(text, kind="notice"), "system")], key=key[:78], now=now)
