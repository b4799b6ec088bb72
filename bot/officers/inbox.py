"""The lists that officers work from: waiting, mine, my teams', all; each page in one query, with its masked words in a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from bot.conversations.handoffs import OPEN
from bot.conversations.private_values import show_masked
from bot.language.masking import PLACEHOLDER
from bot.officers.visibility import Sight
from bot.storage.models import Conversation, Handoff, Inbound, PrivateValue
from bot.storage.officer_models import SeenUpTo
from bot.texts import say

InboxList = Literal["waiting", "mine", "team", "all"]
MOST_ROWS = 100
_PREVIEW = 160
_OPEN = Handoff.state.in_(OPEN)


@dataclass(frozen=True)
class InboxQuery:
    """What is looked for. ``sight``: what the account may see at all; ``teams``: those of its own lists. ``after``: the cursor of
    the page before."""

    sight: Sight
    teams: frozenset[str]
    which: InboxList = "waiting"
    team: str | None = None
    channel: str | None = None
    reason: str | None = None
    procedure_code: str | None = None
    place_id: str | None = None
    ticket: bool | None = None
    overdue: bool = False
    unread: bool = False
    after: tuple[datetime, int] | None = None
    limit: int = 50


@dataclass(frozen=True)
class InboxRow:
    """One conversation in a list. ``preview`` is the citizen's last message, masked."""

    handoff_id: int
    conversation_id: str
    number: str | None
    channel: str
    reason: str
    state: str
    ticket: bool
    speaker: str
    team: str | None
    owner_account: str | None
    owner_name: str | None
    procedure_code: str | None
    procedure_name: str | None
    place_id: str | None
    opened_at: datetime
    waiting_since: datetime | None
    answer_due_at: datetime | None
    overdue: bool
    unread: int
    preview: str


@dataclass(frozen=True)
class InboxPage:
    """Rows, the oldest first, and the cursor of the next page, None at the end."""

    rows: tuple[InboxRow, ...]
    next: tuple[datetime, int] | None


def inbox_page(session: Session, query: InboxQuery, now: datetime) -> InboxPage:
    """One page of a list."""
    limit = max(1, min(query.limit, MOST_ROWS))
    found = session.execute(_statement(query, now).limit(limit + 1)).all()
    shown = found[:limit]
    forms = _masked_forms(session, [(row.Conversation.id, row.preview or "") for row in shown])
    last = shown[-1].Handoff if len(found) > limit else None
    return InboxPage(tuple(_row(row, forms, now) for row in shown), (last.opened_at, last.id) if last is not None else None)


def inbox_counts(session: Session, query: InboxQuery, now: datetime) -> dict[str, int]:
    """How many conversations each list holds, and how many of the account's lists are overdue; with the query's filters."""
    row = session.execute(
        select(
            *(func.count().filter(and_(*_of_list(which, query))).label(which) for which in ("waiting", "mine", "team", "all")),
            func.count().filter(_overdue(now)).label("overdue"),
        )
        .select_from(Handoff)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(_OPEN, *_filters(query, now))
    ).one()
    return dict(row._mapping)


def _statement(query: InboxQuery, now: datetime) -> Select[Any]:
    unread = (
        select(func.count())
        .where(Inbound.conversation_id == Conversation.id, Inbound.seq > func.coalesce(SeenUpTo.seq, 0))
        .correlate(Conversation, SeenUpTo)
        .scalar_subquery()
    )
    preview = (
        select(Inbound.text)
        .where(Inbound.conversation_id == Conversation.id, Inbound.text.is_not(None))
        .order_by(Inbound.seq.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    conditions = [*_filters(query, now), *_of_list(query.which, query)]
    if query.unread:
        conditions.append(unread > 0)
    if query.after is not None:
        at, last_id = query.after
        conditions.append(or_(Handoff.opened_at > at, and_(Handoff.opened_at == at, Handoff.id > last_id)))
    return (
        select(
            Handoff,
            Conversation,
            unread.label("unread"),
            preview.label("preview"),
        )
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .outerjoin(SeenUpTo, and_(SeenUpTo.conversation_id == Conversation.id, SeenUpTo.account == query.sight.account))
        .where(*conditions)
        .order_by(Handoff.opened_at, Handoff.id)
    )


def _of_list(which: str, query: InboxQuery) -> list[ColumnElement[bool]]:
    match which:
        case "waiting":
            return [Handoff.state == "waiting", Handoff.team.in_(sorted(query.teams)) if query.teams else false()]
        case "mine":
            return [_OPEN, Conversation.speaker == "officer", Conversation.owner_account == query.sight.account]
        case "team":
            return [_OPEN, Handoff.team.in_(sorted(query.teams)) if query.teams else false()]
        case _:
            return [_OPEN]


def _filters(query: InboxQuery, now: datetime) -> list[ColumnElement[bool]]:
    # Every list is of open handoffs.
    conditions: list[ColumnElement[bool]] = [query.sight.condition_on_open()]
    wanted = (
        (Handoff.team, query.team),
        (Conversation.channel, query.channel),
        (Handoff.reason, query.reason),
        (Handoff.procedure_code, query.procedure_code),
        (Handoff.place_id, query.place_id),
        (Handoff.ticket, query.ticket),
    )
    conditions += [column == value for column, value in wanted if value is not None]
    return [*conditions, _overdue(now)] if query.overdue else conditions


def _overdue(now: datetime) -> ColumnElement[bool]:
    return and_(Handoff.first_answer_at.is_(None), Handoff.answer_due_at.is_not(None), Handoff.answer_due_at <= now)


def _row(row: Row[Any], forms: dict[tuple[str, str], str], now: datetime) -> InboxRow:
    handoff, conversation = row.Handoff, row.Conversation
    due = handoff.answer_due_at
    own = {token: form for (conversation_id, token), form in forms.items() if conversation_id == conversation.id}
    return InboxRow(
        handoff_id=handoff.id,
        conversation_id=conversation.id,
        number=handoff.number,
        channel=conversation.channel,
        reason=handoff.reason,
        state=handoff.state,
        ticket=handoff.ticket,
        speaker=conversation.speaker,
        team=handoff.team,
        owner_account=conversation.owner_account,
        owner_name=conversation.owner_name,
        procedure_code=handoff.procedure_code,
        procedure_name=handoff.summary.get("procedure_name"),
        place_id=handoff.place_id,
        opened_at=handoff.opened_at,
        waiting_since=handoff.waiting_since,
        answer_due_at=due,
        overdue=handoff.first_answer_at is None and due is not None and due <= now,
        unread=row.unread,
        preview=show_masked(row.preview or "", own, say("private_hidden"))[:_PREVIEW],
    )


def _masked_forms(session: Session, texts: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The forms for people of the placeholders in these texts, by conversation and token, in one query."""
    wanted = {(conversation, match.group(2)) for conversation, text in texts for match in PLACEHOLDER.finditer(text)}
    if not wanted:
        return {}
    rows = session.execute(
        select(PrivateValue.conversation_id, PrivateValue.token, PrivateValue.masked).where(
            PrivateValue.conversation_id.in_({conversation for conversation, _ in wanted}),
            PrivateValue.token.in_({token for _, token in wanted}),
        )
    )
    return {(row.conversation_id, row.token): row.masked for row in rows if (row.conversation_id, row.token) in wanted}
