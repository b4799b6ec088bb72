"""Handoffs: opened by a typed event, placed in a team's queue, listed and ended by people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.clock import utc_now
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage, HandoffRequest
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Handoff
from bot.storage.officer_models import HandoffEvent
from bot.texts import say

HandoffEnd = Literal["returned_to_bot", "closed"]
OPEN = ("waiting", "taken")

_END_TEXTS: dict[HandoffEnd, str] = {"returned_to_bot": "officer_returned", "closed": "officer_closed"}


class UnknownHandoffError(LookupError):
    """There is no such handoff, or it has ended already."""


@dataclass(frozen=True)
class OpenHandoff:
    """A conversation that waits for a person. ``summary`` holds masked text only."""

    id: int
    conversation_id: str
    channel: str
    reason: str
    summary: dict[str, Any]
    opened_at: datetime
    speaker: str
    team: str | None = None
    number: str | None = None
    ticket: bool = False


@dataclass(frozen=True)
class Placement:
    """Where a handoff goes: the team and why, its number, whether it waits as a ticket while the bot goes on speaking, when its
    first answer is due, and what else the officer should read first."""

    team: str
    routed_by: str
    number: str
    ticket: bool = False
    answer_due_at: datetime | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)


def open_handoffs(session: Session) -> list[OpenHandoff]:
    """All handoffs that wait, the oldest first."""
    rows = session.execute(
        select(Handoff, Conversation)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(Handoff.state == "waiting")
        .order_by(Handoff.opened_at, Handoff.id)
    )
    return [
        OpenHandoff(h.id, c.id, c.channel, h.reason, dict(h.summary), h.opened_at, c.speaker, h.team, h.number, h.ticket)
        for h, c in rows
    ]


def open_handoff_of(session: Session, conversation_id: str) -> Handoff | None:
    """The handoff of this conversation that waits or is in an officer's hands."""
    return session.scalars(
        select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.state.in_(OPEN))
    ).one_or_none()


def note_event(session: Session, handoff: Handoff, kind: str, now: datetime, account: str | None = None, **detail: Any) -> None:
    """Writes down what happened to a handoff."""
    session.flush()
    session.add(
        HandoffEvent(
            handoff_id=handoff.id,
            conversation_id=handoff.conversation_id,
            kind=kind,
            at=now,
            account=account,
            detail=detail or None,
        )
    )


def hand_over(
    session: Session,
    conversation: Conversation,
    request: HandoffRequest,
    inbound_id: int | None,
    now: datetime,
    placement: Placement | None = None,
) -> Handoff:
    """Gives the conversation to people. The caller holds the conversation's row. From now on the bot is silent, unless it is a
    ticket: that one waits in the queue while the bot goes on.

    A ticket that waits already is taken up again under its number; any other handoff that was still open is withdrawn first.
    """
    known = open_handoff_of(session, conversation.id)
    if known is not None and not (known.ticket and known.state == "waiting"):
        known.state, known.ended_at = "withdrawn", now
        session.flush()
        known = None
    handoff = known or Handoff(conversation_id=conversation.id, state="waiting", opened_at=now)
    if known is None or request.reason != "asked":
        # Who complained and then asks for a person again still complains.
        handoff.reason = request.reason
    handoff.inbound_id = inbound_id
    handoff.summary = {**request.summary, **(placement.summary if placement else {})}
    handoff.procedure_code = _short(request.summary.get("procedure_code"), 12)
    handoff.place_id = _short(request.summary.get("place"), 80)
    handoff.waiting_since, handoff.told_waiting_at = now, None
    handoff.ticket = placement.ticket if placement else False
    if placement is not None:
        handoff.team, handoff.routed_by = placement.team, placement.routed_by[:200]
        handoff.number = handoff.number or placement.number
        handoff.answer_due_at = handoff.answer_due_at or placement.answer_due_at
    session.add(handoff)
    if not handoff.ticket:
        ownership.begin_waiting(session, conversation.id)
    note_event(session, handoff, "opened", now, reason=request.reason, team=handoff.team, ticket=handoff.ticket)
    return handoff


def _short(value: object, length: int) -> str | None:
    return value[:length] if isinstance(value, str) and value else None


def end_handoff(
    session: Session, handoff: Handoff, now: datetime, outcome: str, *, withdrawn: bool = False, account: str | None = None
) -> None:
    """Ends the handoff's row; who speaks then is the caller's to change."""
    handoff.state, handoff.ended_at, handoff.outcome = ("withdrawn" if withdrawn else "closed"), now, outcome
    note_event(session, handoff, "ended", now, account, outcome=outcome)


def close_handoff(
    sessions: SessionFactory, handoff_id: int, outcome: HandoffEnd = "returned_to_bot", *, now: datetime | None = None
) -> None:
    """Ends a handoff from the command line and tells the citizen: the bot speaks again, or the conversation is closed until they
    write again.

    Raises ``UnknownHandoffError`` where it does not exist or has ended already.
    """
    moment = now or utc_now()
    with writing(sessions) as session:
        known = session.get(Handoff, handoff_id)
        if known is None:
            raise UnknownHandoffError(handoff_id)
        conversation = session.get_one(Conversation, known.conversation_id, with_for_update=True)
        handoff = open_handoff_of(session, conversation.id)
        if handoff is None or handoff.id != handoff_id:
            raise UnknownHandoffError(handoff_id)
        end_handoff(session, handoff, moment, outcome)
        ownership.end_by_operator(session, conversation.id, "bot" if outcome == "returned_to_bot" else "closed")
        message = BotMessage(say(_END_TEXTS[outcome]), kind="notice")
        write_lines(session, conversation, [Line(message, "system")], key=f"handoff-end:{handoff_id}", now=moment)
