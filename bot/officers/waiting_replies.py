"""Replies that wait for a second person, as people see them: the list of those, and those of one conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.conversations.private_values import masked_forms, show_masked
from bot.officers.approvals import Act
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.review_models import ReplyApproval
from bot.texts import say

MOST_ROWS = 100


@dataclass(frozen=True)
class WaitingReply:
    """One reply: what the citizen asked last before it, the officer's words, who wrote them and what became of it, masked.
    ``author_has_it``: it can still be sent, since its author still has the conversation."""

    id: int
    conversation_id: str
    channel: str
    team: str
    author_account: str
    author_name: str
    question: str
    text: str
    files: tuple[str, ...]
    created_at: datetime
    state: str
    decided_name: str | None
    decided_at: datetime | None
    edited: bool
    reason: str | None
    told_at: datetime | None
    author_has_it: bool
    act: Act = "reply"
    file_id: int | None = None


def replies_waiting(session: Session, teams: frozenset[str] | None) -> list[WaitingReply]:
    """Those of these teams (None: of all), the oldest first, at most 100."""
    of_teams = [] if teams is None else [ReplyApproval.team.in_(sorted(teams))]
    return _replies(session, [ReplyApproval.state == "to_approve", *of_teams])


def count_waiting(session: Session, teams: frozenset[str] | None) -> int:
    """How many replies of these teams wait."""
    of_teams = [] if teams is None else [ReplyApproval.team.in_(sorted(teams))]
    counted = select(func.count()).select_from(ReplyApproval).where(ReplyApproval.state == "to_approve", *of_teams)
    return int(session.scalar(counted) or 0)


def replies_to_mind(session: Session, conversation_id: str) -> list[WaitingReply]:
    """Those of one conversation that wait, and those refused after which their author has not written yet; oldest first."""
    later = aliased(ReplyApproval)
    submitted_since = exists().where(
        later.conversation_id == ReplyApproval.conversation_id,
        later.author_account == ReplyApproval.author_account,
        later.id > ReplyApproval.id,
        later.created_at >= ReplyApproval.decided_at,
    )
    said_since = exists().where(
        Outbound.conversation_id == ReplyApproval.conversation_id,
        Outbound.author_account == ReplyApproval.author_account,
        Outbound.created_at >= ReplyApproval.decided_at,
    )
    refused = and_(ReplyApproval.state == "refused", ~submitted_since, ~said_since)
    return _replies(
        session, [ReplyApproval.conversation_id == conversation_id, or_(ReplyApproval.state == "to_approve", refused)]
    )


def reply(session: Session, approval_id: int) -> WaitingReply | None:
    """One reply, whatever became of it."""
    found = _replies(session, [ReplyApproval.id == approval_id])
    return found[0] if found else None


def _replies(session: Session, conditions: list[ColumnElement[bool]]) -> list[WaitingReply]:
    question = (
        select(Inbound.text)
        .where(
            Inbound.conversation_id == ReplyApproval.conversation_id,
            Inbound.text.is_not(None),
            Inbound.received_at <= ReplyApproval.created_at,
        )
        .order_by(Inbound.seq.desc())
        .limit(1)
        .correlate(ReplyApproval)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ReplyApproval, Conversation, question.label("question"))
        .join(Conversation, Conversation.id == ReplyApproval.conversation_id)
        .where(*conditions)
        .order_by(ReplyApproval.created_at, ReplyApproval.id)
        .limit(MOST_ROWS)
    ).all()
    return [_seen(session, row) for row in rows]


def _seen(session: Session, found: Row[Any]) -> WaitingReply:
    row, conversation = found.ReplyApproval, found.Conversation
    said, asked = str(row.message.get("text", "")), found.question or ""
    forms, hidden = masked_forms(session, conversation.id, [said, asked]), say("private_hidden")
    return WaitingReply(
        id=row.id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        team=row.team,
        author_account=row.author_account,
        author_name=row.author_name,
        question=show_masked(asked, forms, hidden),
        text=show_masked(said, forms, hidden),
        files=tuple(str(file.get("title", "")) for file in row.message.get("files", ())),
        created_at=row.created_at,
        state=row.state,
        decided_name=row.decided_name,
        decided_at=row.decided_at,
        edited=row.edited,
        reason=row.reason,
        told_at=row.told_at,
        act=row.act,
        file_id=row.file_id,
        author_has_it=conversation.speaker == "officer" and conversation.owner_account == row.author_account,
    )
