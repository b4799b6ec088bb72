"""The search over transcripts: words and filters on lines, conversations as results."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CTE, ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.conversations.private_values import masked_forms, show_masked
from bot.officers.visibility import Sight
from bot.review.matching import matching_lines
from bot.review.words import Piece, Terms, snippet
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.review_models import AnswerJudgement, TranscriptIndex
from bot.texts import say

Order = Literal["newest", "relevance"]
PAGE_ROWS = 20
MOST_COUNTED = 10_000
MOST_PAGES = 100
_LINES_SHOWN = 3
_VALUES_SHOWN = 30


@dataclass(frozen=True)
class TranscriptFilter:
    """What is looked for; None means any. Of one line: ``terms``, ``intent``, ``procedure_code``, ``outcome`` (what became of the
    citizen's message), confidence (both ends included), ``since`` ≤ its time < ``before``, ``verdict`` (``unjudged``: an answer
    of the bot that nobody judged). Of the conversation: the others; ``ended``: the outcome of a handoff."""

    terms: Terms = field(default_factory=Terms)
    procedure_code: str | None = None
    intent: str | None = None
    outcome: str | None = None
    channel: str | None = None
    team: str | None = None
    rating: str | None = None
    reason: str | None = None
    ended: str | None = None
    verdict: str | None = None
    officer: str | None = None
    confidence_from: float | None = None
    confidence_to: float | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class FoundLine:
    """A line that fits, as people may see it, with the words found marked."""

    seq: int
    speaks: str
    at: datetime
    pieces: tuple[Piece, ...]
    confidence: float | None
    intent: str | None


@dataclass(frozen=True)
class FoundConversation:
    """A conversation in which something fits: how many lines, and the first of them."""

    conversation_id: str
    channel: str
    last_at: datetime
    lines_found: int
    lines: tuple[FoundLine, ...]
    teams: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class FoundPage:
    """One page of results. ``total`` is at most ``MOST_COUNTED`` and then means "or more"."""

    rows: tuple[FoundConversation, ...]
    total: int
    page: int
    has_next: bool


def search_transcripts(
    session: Session, sight: Sight, wanted: TranscriptFilter, *, order: Order = "newest", page: int = 1
) -> FoundPage:
    """One page of the conversations that fit, newest first or those that fit best first."""
    page = max(1, min(page, MOST_PAGES))
    fitting = _fitting(session, sight, wanted)
    grouped = _grouped(fitting)
    ordering = [grouped.c.last_at.desc(), grouped.c.conversation_id]
    if order == "relevance" and wanted.terms:
        ordering.insert(0, grouped.c.score.desc())
    found = session.execute(
        select(grouped, Conversation.channel)
        .join(Conversation, Conversation.id == grouped.c.conversation_id)
        .order_by(*ordering)
        .limit(PAGE_ROWS + 1)
        .offset((page - 1) * PAGE_ROWS)
    ).all()
    shown = found[:PAGE_ROWS]
    ids = [row.conversation_id for row in shown]
    lines = _lines(session, fitting, ids, wanted.terms)
    handoffs = _handoffs(session, ids)
    rows = tuple(
        FoundConversation(
            row.conversation_id,
            row.channel,
            row.last_at,
            row.lines_found,
            tuple(lines.get(row.conversation_id, ())),
            *handoffs.get(row.conversation_id, ((), ())),
        )
        for row in shown
    )
    return FoundPage(rows, _total(session, grouped), page, len(found) > PAGE_ROWS and page < MOST_PAGES)


def found_conversations(session: Session, sight: Sight, wanted: TranscriptFilter, most: int) -> list[str]:
    """The ids of the conversations that fit, newest first, at most ``most``."""
    grouped = _grouped(_fitting(session, sight, wanted))
    newest = select(grouped.c.conversation_id).order_by(grouped.c.last_at.desc(), grouped.c.conversation_id)
    return list(session.scalars(newest.limit(most)))


def count_by_value(session: Session, sight: Sight, wanted: TranscriptFilter) -> dict[str, list[tuple[str, int]]]:
    """For each filter that is a choice: in how many of the conversations that fit each value occurs, the most frequent first."""
    fitting = _fitting(session, sight, wanted)
    of_line = {"intent": fitting.c.intent, "procedure_code": fitting.c.procedure_code, "outcome": fitting.c.outcome}
    of_handoff = {"team": Handoff.team, "reason": Handoff.reason, "ended": Handoff.outcome}
    conversations = fitting.c.conversation_id
    counts = {name: _counted(session, select(fitting), column, conversations) for name, column in of_line.items()}
    talks = select(fitting).join(Conversation, Conversation.id == conversations)
    counts["channel"] = _counted(session, talks, Conversation.channel, conversations)
    handed = select(fitting).join(Handoff, Handoff.conversation_id == conversations)
    counts |= {name: _counted(session, handed, column, conversations) for name, column in of_handoff.items()}
    rated = select(fitting).join(Rating, Rating.conversation_id == conversations)
    counts["rating"] = _counted(session, rated, Rating.score, conversations)
    judged = select(fitting).join(
        AnswerJudgement, and_(AnswerJudgement.outbound_id == fitting.c.outbound_id, AnswerJudgement.replaced_at.is_(None))
    )
    counts["verdict"] = _counted(session, judged, AnswerJudgement.verdict, conversations)
    return counts


def officers_seen(session: Session, sight: Sight) -> list[str]:
    """The accounts of officers who took conversations that may be seen."""
    taken = select(Handoff.taken_by).distinct().join(Conversation, Conversation.id == Handoff.conversation_id)
    named = taken.where(Handoff.taken_by.is_not(None), sight.condition()).order_by(Handoff.taken_by).limit(500)
    return [str(account) for account in session.scalars(named)]


def _counted(session: Session, rows: Select[Any], column: Any, conversations: Any) -> list[tuple[str, int]]:
    number = func.count(distinct(conversations))
    counted = rows.with_only_columns(column, number).where(column.is_not(None)).group_by(column)
    return [(str(value), count) for value, count in session.execute(counted.order_by(number.desc(), column).limit(_VALUES_SHOWN))]


def _total(session: Session, grouped: CTE) -> int:
    bounded = select(grouped.c.conversation_id).limit(MOST_COUNTED).subquery()
    return int(session.scalar(select(func.count()).select_from(bounded)) or 0)


def _grouped(fitting: CTE) -> CTE:
    return (
        select(
            fitting.c.conversation_id,
            func.max(fitting.c.at).label("last_at"),
            func.count().label("lines_found"),
            func.max(fitting.c.score).label("score"),
        )
        .group_by(fitting.c.conversation_id)
        .cte("found")
    )


def _fitting(session: Session, sight: Sight, wanted: TranscriptFilter) -> CTE:
    """The lines that fit, each with its score."""
    matches = matching_lines(session, wanted.terms)
    return (
        select(
            TranscriptIndex.conversation_id,
            TranscriptIndex.seq,
            TranscriptIndex.at,
            TranscriptIndex.speaks,
            TranscriptIndex.intent,
            TranscriptIndex.confidence,
            TranscriptIndex.procedure_code,
            TranscriptIndex.outcome,
            TranscriptIndex.outbound_id,
            matches.score.label("score"),
        )
        .select_from(matches.lines)
        .join(Conversation, Conversation.id == TranscriptIndex.conversation_id)
        .where(*matches.conditions, sight.condition(), *_of_line(wanted), *_of_conversation(wanted))
        .cte("fitting")
    )


def _of_line(wanted: TranscriptFilter) -> list[ColumnElement[bool]]:
    line = TranscriptIndex
    equal = ((line.procedure_code, wanted.procedure_code), (line.intent, wanted.intent), (line.outcome, wanted.outcome))
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if wanted.confidence_from is not None:
        conditions.append(line.confidence >= wanted.confidence_from)
    if wanted.confidence_to is not None:
        conditions.append(line.confidence <= wanted.confidence_to)
    if wanted.since is not None:
        conditions.append(line.at >= wanted.since)
    if wanted.before is not None:
        conditions.append(line.at < wanted.before)
    return [*conditions, _judged(wanted.verdict)] if wanted.verdict is not None else conditions


def _judged(verdict: str) -> ColumnElement[bool]:
    current = exists().where(AnswerJudgement.outbound_id == TranscriptIndex.outbound_id, AnswerJudgement.replaced_at.is_(None))
    if verdict == "unjudged":
        return and_(TranscriptIndex.speaks == "bot", ~current)
    return current.where(AnswerJudgement.verdict == verdict)


def _of_conversation(wanted: TranscriptFilter) -> list[ColumnElement[bool]]:
    conditions = [Conversation.channel == wanted.channel] if wanted.channel is not None else []
    # One handoff must fit in all of these at once.
    columns = ((Handoff.team, wanted.team), (Handoff.reason, wanted.reason), (Handoff.outcome, wanted.ended))
    handoff = [column == value for column, value in columns if value is not None]
    if handoff:
        conditions.append(exists().where(Handoff.conversation_id == Conversation.id, *handoff))
    if wanted.rating is not None:
        conditions.append(exists().where(Rating.conversation_id == Conversation.id, Rating.score == wanted.rating))
    if wanted.officer is not None:
        took = exists().where(Handoff.conversation_id == Conversation.id, Handoff.taken_by == wanted.officer)
        spoke = exists().where(Outbound.conversation_id == Conversation.id, Outbound.author_account == wanted.officer)
        conditions.append(or_(took, spoke))
    return conditions


def _lines(session: Session, fitting: CTE, ids: Sequence[str], terms: Terms) -> dict[str, list[FoundLine]]:
    """The first lines that fit of each conversation: the best ones where words are looked for, else the newest."""
    if not ids:
        return {}
    best = [fitting.c.score.desc(), fitting.c.seq] if terms else [fitting.c.seq.desc()]
    place = func.row_number().over(partition_by=fitting.c.conversation_id, order_by=best).label("place")
    numbered = select(fitting, place).where(fitting.c.conversation_id.in_(ids)).subquery()
    rows = session.execute(select(numbered).where(numbered.c.place <= _LINES_SHOWN).order_by(numbered.c.seq)).all()
    texts = _texts(session, [(row.conversation_id, row.seq) for row in rows])
    found: dict[str, list[FoundLine]] = {}
    for row in rows:
        pieces = snippet(texts.get((row.conversation_id, row.seq), ""), terms)
        line = FoundLine(row.seq, row.speaks, row.at, pieces, row.confidence, row.intent)
        found.setdefault(row.conversation_id, []).append(line)
    return found


def _texts(session: Session, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The lines at these places as people may see them."""
    by_conversation: dict[str, list[int]] = {}
    for conversation_id, seq in places:
        by_conversation.setdefault(conversation_id, []).append(seq)

    def wanted(table: type[Inbound] | type[Outbound]) -> ColumnElement[bool]:
        return or_(*(and_(table.conversation_id == one, table.seq.in_(seqs)) for one, seqs in by_conversation.items()))

    kept: dict[tuple[str, int], str] = {}
    if places:
        for received in session.execute(select(Inbound.conversation_id, Inbound.seq, Inbound.text).where(wanted(Inbound))):
            kept[received.conversation_id, received.seq] = received.text or ""
        for said in session.execute(select(Outbound.conversation_id, Outbound.seq, Outbound.message).where(wanted(Outbound))):
            kept[said.conversation_id, said.seq or 0] = str(said.message.get("text", ""))
    hidden = say("private_hidden")
    shown: dict[tuple[str, int], str] = {}
    for conversation_id in by_conversation:
        own = {place: text for place, text in kept.items() if place[0] == conversation_id}
        forms = masked_forms(session, conversation_id, list(own.values()))
        shown |= {place: show_masked(text, forms, hidden) for place, text in own.items()}
    return shown


def _handoffs(session: Session, ids: Sequence[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    teams: dict[str, dict[str, None]] = {one: {} for one in ids}
    reasons: dict[str, dict[str, None]] = {one: {} for one in ids}
    rows = select(Handoff.conversation_id, Handoff.team, Handoff.reason).where(Handoff.conversation_id.in_(ids))
    for row in session.execute(rows.order_by(Handoff.id)) if ids else ():
        reasons[row.conversation_id][row.reason] = None
        if row.team:
            teams[row.conversation_id][row.team] = None
    return {one: (tuple(teams[one]), tuple(reasons[one])) for one in ids}
