"""Handoffs: opened by a typed event, listed and ended by people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.clock import utc_now
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage, HandoffRequest
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Handoff
from bot.texts import say

HandoffEnd = Literal["returned_to_bot", "closed"]

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


def open_handoffs(session: Session) -> list[OpenHandoff]:
    """All handoffs that wait, the oldest first."""
    rows = session.execute(
        select(Handoff, Conversation)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(Handoff.state == "waiting")
        .order_by(Handoff.opened_at, Handoff.id)
    )
    return [OpenHandoff(h.id, c.id, c.channel, h.reason, dict(h.summary), h.opened_at, c.speaker) for h, c in rows]


def open_handoff_of(session: Session, conversation_id: str) -> Handoff | None:
    """The handoff of this conversation that waits."""
    return session.scalars(
        select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.state == "waiting")
    ).one_or_none()


def hand_over(
    session: Session, conversation: Conversation, request: HandoffRequest, inbound_id: int | None, now: datetime
) -> None:
    """Gives the conversation to people: from now on the bot is silent. The caller holds the conversation's row.

    A handoff that was still open although the bot spoke is withdrawn first.
    """
    stale = open_handoff_of(session, conversation.id)
    if stale is not None:
        stale.state, stale.ended_at = "withdrawn", now
        session.flush()
    conversation.speaker = "waiting"
    session.add(
        Handoff(
            conversation_id=conversation.id,
            inbound_id=inbound_id,
            reason=request.reason,
            summary=dict(request.summary),
            state="waiting",
            opened_at=now,
        )
    )


def close_handoff(
    sessions: SessionFactory, handoff_id: int, outcome: HandoffEnd = "returned_to_bot", *, now: datetime | None = None
) -> None:
    """Ends a handoff and tells the citizen: the bot speaks again, or the conversation is closed until they write again.

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
        handoff.state, handoff.ended_at = "closed", moment
        conversation.speaker = "bot" if outcome == "returned_to_bot" else "closed"
        message = BotMessage(say(_END_TEXTS[outcome]), kind="notice")
        write_lines(session, conversation, [Line(message, "system")], key=f"handoff-end:{handoff_id}", now=moment)
