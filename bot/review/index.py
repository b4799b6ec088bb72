"""The index that transcripts are searched by: filled behind the conversations, never in their way.

A conversation's lines get their numbers in the order of the commits, so a conversation is up to date when the index has come to
its last number: nothing can slip past, however many write at once. Each conversation is taken in a transaction of its own that
holds no row which a webhook, a turn or a sender needs.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from bot.conversations.transcript import TranscriptLine, read_transcript
from bot.retention.conditions import EXPIRED
from bot.review.forgetting import forget_index, hold_index
from bot.review.words import words_of
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.review_models import TranscriptIndex, TranscriptIndexed

logger = logging.getLogger(__name__)

_LINES_AT_ONCE = 200
_READ_AGAIN = 10
"""Lines before the new ones that are compared again: a number typed in pieces is masked in the earlier pieces too."""
_WAITS_FOR_QUIET = 40
"""So many new lines of a talk are not left waiting for its end."""


@dataclass(frozen=True)
class _Facts:
    """What a line is filtered by."""

    intent: str | None = None
    confidence: float | None = None
    procedure_code: str | None = None
    outcome: str | None = None
    outbound_id: int | None = None


def index_round(sessions: SessionFactory, most: int = 200, *, quiet_since: datetime | None = None) -> int:
    """Brings up to ``most`` conversations up to date; returns how many lines were added. Any number of processes may do so at
    once. ``quiet_since``: talks in which the citizen wrote later than that wait (unless they are long), so that a talk is read
    once and not after each of its messages."""
    with sessions() as session:
        due = session.scalars(_due(quiet_since).limit(most)).all()
    added = 0
    for conversation_id in due:
        with writing(sessions) as session:
            added += index_conversation(session, conversation_id)
    return added


def index_everything(sessions: SessionFactory) -> int:
    """Rounds until nothing is left to add; returns how many lines were added. May be cut off and begun again."""
    total = 0
    while added := index_round(sessions, 500):
        total += added
    return total


def rebuild_index(sessions: SessionFactory) -> int:
    """Empties the index, conversation by conversation, and fills it anew; returns how many lines it has. The search finds less
    meanwhile."""
    with sessions() as session:
        indexed = session.scalars(select(TranscriptIndexed.conversation_id)).all()
    for conversation_id in indexed:
        with writing(sessions) as session:
            forget_index(session, conversation_id)
    return index_everything(sessions)


def lines_not_indexed(session: Session) -> int:
    """How many lines are not in the index yet, those of turns under way included."""
    behind = Conversation.last_seq - func.coalesce(TranscriptIndexed.seq, 0)
    joined = select(func.coalesce(func.sum(behind), 0)).select_from(Conversation)
    return int(session.scalar(joined.outerjoin(TranscriptIndexed, TranscriptIndexed.conversation_id == Conversation.id)) or 0)


def _due(quiet_since: datetime | None) -> Any:
    so_far = func.coalesce(TranscriptIndexed.seq, 0)
    under_way = exists().where(Inbound.conversation_id == Conversation.id, Inbound.outcome.is_(None), Inbound.seq <= so_far + 1)
    due = (
        select(Conversation.id)
        .outerjoin(TranscriptIndexed, TranscriptIndexed.conversation_id == Conversation.id)
        .where(Conversation.last_seq > so_far, ~under_way, ~Conversation.external_id.startswith(EXPIRED))
        .order_by(Conversation.id)
    )
    if quiet_since is None:
        return due
    quiet = or_(Conversation.last_inbound_at.is_(None), Conversation.last_inbound_at <= quiet_since)
    return due.where(or_(quiet, Conversation.last_seq - so_far >= _WAITS_FOR_QUIET))


def index_conversation(session: Session, conversation_id: str) -> int:
    """Adds the lines of one conversation that are not in the index yet, at most 200, up to the first message whose turn is still
    under way; returns how many. The caller's transaction is made by ``writing`` and ends right after."""
    indexed = hold_index(session, conversation_id)
    until = _settled_until(session, conversation_id)
    if until <= indexed.seq:
        return 0
    since = max(0, indexed.seq - _READ_AGAIN)
    read = read_transcript(session, conversation_id, since, _LINES_AT_ONCE)
    lines = [line for line in read if line.seq <= until]
    known = _known(session, conversation_id, since)
    facts = _facts(session, conversation_id, since, until)
    added = 0
    for line in lines:
        words = " ".join(words_of(_shown(line)))
        row = known.get(line.seq)
        if row is None:
            session.add(_row(conversation_id, line, words, facts.get(line.seq, _Facts())))
            added += 1
        elif row.words != words:
            row.words = words
    indexed.seq = lines[-1].seq if len(read) == _LINES_AT_ONCE and lines else until
    session.flush()
    return added


def _settled_until(session: Session, conversation_id: str) -> int:
    last = session.scalar(select(Conversation.last_seq).where(Conversation.id == conversation_id)) or 0
    open_turns = select(func.min(Inbound.seq)).where(Inbound.conversation_id == conversation_id, Inbound.outcome.is_(None))
    first_open = session.scalar(open_turns)
    return last if first_open is None else min(last, first_open - 1)


def _known(session: Session, conversation_id: str, since: int) -> Mapping[int, TranscriptIndex]:
    rows = select(TranscriptIndex).where(TranscriptIndex.conversation_id == conversation_id, TranscriptIndex.seq > since)
    return {row.seq: row for row in session.scalars(rows)}


def _facts(session: Session, conversation_id: str, since: int, until: int) -> Mapping[int, _Facts]:
    """What each line is filtered by. A citizen's message is about the procedure of the answer to it."""
    received = session.execute(
        select(Inbound.id, Inbound.seq, Inbound.nlu, Inbound.outcome).where(
            Inbound.conversation_id == conversation_id, Inbound.seq > since, Inbound.seq <= until
        )
    ).all()
    said = session.execute(
        select(Outbound.id, Outbound.seq, Outbound.inbound_id, Outbound.message, Inbound.nlu, Inbound.outcome)
        .outerjoin(Inbound, Inbound.id == Outbound.inbound_id)
        .where(Outbound.conversation_id == conversation_id, Outbound.seq > since)
        .order_by(Outbound.seq.desc())
    ).all()
    about = {row.inbound_id: _code(row.message) for row in said if _code(row.message)}
    found = {row.seq: _understood(row.nlu, about.get(row.id), row.outcome) for row in received}
    for row in said:
        found[row.seq] = _understood(row.nlu, _code(row.message) or about.get(row.inbound_id), row.outcome, row.id)
    return found


def _understood(nlu: Any, procedure: str | None, outcome: str | None, outbound_id: int | None = None) -> _Facts:
    known = nlu if isinstance(nlu, Mapping) else {}
    intent, confidence = known.get("intent"), known.get("confidence")
    return _Facts(
        intent[:80] if isinstance(intent, str) else None,
        float(confidence) if isinstance(confidence, int | float) else None,
        procedure,
        outcome,
        outbound_id,
    )


def _code(message: Mapping[str, Any]) -> str | None:
    code = message.get("procedure_code")
    return code[:12] if isinstance(code, str) and code else None


def _shown(line: TranscriptLine) -> str:
    cards = line.message.cards if line.message else ()
    return "\n".join([line.text, *(f"{card.title}\n{card.subtitle}" for card in cards)])


def _row(conversation_id: str, line: TranscriptLine, words: str, facts: _Facts) -> TranscriptIndex:
    return TranscriptIndex(
        conversation_id=conversation_id,
        seq=line.seq,
        at=line.at,
        speaks=line.speaks,
        words=words,
        intent=facts.intent,
        confidence=facts.confidence,
        procedure_code=facts.procedure_code,
        outcome=facts.outcome,
        outbound_id=facts.outbound_id,
    )
