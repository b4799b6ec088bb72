"""All open handoffs as the lists of every officer need them: read in a fixed number of queries, once for all pages that ask
within a moment. What one officer may see of it is ``bot.officers.inbox``'s to say."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock
from bot.conversations.private_values import show_masked
from bot.language.masking import PLACEHOLDER
from bot.storage.database import SessionFactory
from bot.storage.models import Conversation, Handoff, Inbound, PrivateValue
from bot.storage.officer_models import NoteMention, SeenUpTo, TeamMember
from bot.texts import say

_PREVIEW = 160
# Written out and not as parameters, so that both databases know the index of open handoffs again.
_OPEN = Handoff.state.in_([literal_column("'waiting'"), literal_column("'taken'")])


@dataclass(frozen=True, slots=True)
class OpenTalk:
    """A conversation with an open handoff. ``preview``: the citizen's last message, masked; ``messages``: how many they wrote."""

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
    answered: bool
    preview: str
    messages: int


@dataclass(frozen=True)
class Board:
    """``talks``: the one opened first comes first. ``unread``: by account and conversation, of those that the account has opened.
    ``mentions``: unseen, by account. ``members``: the teams of each account that is in any."""

    talks: tuple[OpenTalk, ...]
    unread: Mapping[tuple[str, str], int]
    mentions: Mapping[str, int]
    members: Mapping[str, frozenset[str]]

    def unread_by(self, account: str, talk: OpenTalk) -> int:
        """How many of the citizen's messages this account has not seen."""
        return self.unread.get((account, talk.conversation_id), talk.messages)


def read_board(session: Session) -> Board:
    """The board as it is now."""
    members: dict[str, set[str]] = {}
    for row in session.execute(select(TeamMember.account, TeamMember.team)):
        members.setdefault(row.account, set()).add(row.team)
    mentions = session.execute(
        select(NoteMention.account, func.count().label("notes"))
        .where(NoteMention.seen_at.is_(None))
        .group_by(NoteMention.account)
    )
    return Board(
        talks=_talks(session),
        unread=MappingProxyType(_unread(session)),
        mentions=MappingProxyType({row.account: int(row.notes) for row in mentions}),
        members=MappingProxyType({account: frozenset(teams) for account, teams in members.items()}),
    )


def _talks(session: Session) -> tuple[OpenTalk, ...]:
    preview = (
        select(Inbound.text)
        .where(Inbound.conversation_id == Conversation.id, Inbound.text.is_not(None))
        .order_by(Inbound.seq.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    messages = select(func.count()).where(Inbound.conversation_id == Conversation.id).correlate(Conversation).scalar_subquery()
    rows = session.execute(
        select(
            Handoff.id.label("handoff_id"),
            Conversation.id.label("conversation_id"),
            Handoff.number,
            Conversation.channel,
            Handoff.reason,
            Handoff.state,
            Handoff.ticket,
            Conversation.speaker,
            Handoff.team,
            Conversation.owner_account,
            Conversation.owner_name,
            Handoff.procedure_code,
            Handoff.summary["procedure_name"].as_string().label("procedure_name"),
            Handoff.place_id,
            Handoff.opened_at,
            Handoff.waiting_since,
            Handoff.answer_due_at,
            Handoff.first_answer_at.is_not(None).label("answered"),
            preview.label("preview"),
            messages.label("messages"),
        )
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(_OPEN)
        .order_by(Handoff.opened_at, Handoff.id)
    ).all()
    forms = _masked_forms(session, [(row.conversation_id, row.preview or "") for row in rows])
    hidden = say("private_hidden")
    return tuple(
        OpenTalk(
            **dict(row._mapping)
            | {"preview": show_masked(row.preview or "", forms.get(row.conversation_id, {}), hidden)[:_PREVIEW]}
        )
        for row in rows
    )


def _unread(session: Session) -> dict[tuple[str, str], int]:
    rows = session.execute(
        select(SeenUpTo.account, SeenUpTo.conversation_id, func.count(Inbound.id))
        .join(Handoff, Handoff.conversation_id == SeenUpTo.conversation_id)
        .outerjoin(Inbound, and_(Inbound.conversation_id == SeenUpTo.conversation_id, Inbound.seq > SeenUpTo.seq))
        .where(_OPEN)
        .group_by(SeenUpTo.account, SeenUpTo.conversation_id)
    )
    return {(account, conversation): count for account, conversation, count in rows}


def _masked_forms(session: Session, texts: Sequence[tuple[str, str]]) -> dict[str, dict[str, str]]:
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
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if (row.conversation_id, row.token) in wanted:
            found.setdefault(row.conversation_id, {})[row.token] = row.masked
    return found


class SharedBoard:
    """One board for all pages of a process, at most ``shared_for`` old. Thread-safe: while one reads it the others wait."""

    def __init__(self, sessions: SessionFactory, clock: Clock, shared_for: timedelta) -> None:
        self._sessions, self._clock, self._shared_for = sessions, clock, shared_for
        self._lock = threading.Lock()
        self._known: tuple[datetime, Board] | None = None
        self._changes = 0

    def read(self, *, fresh: bool = False) -> Board:
        """The board; ``fresh``: as it is now, for a page that somebody has just opened."""
        if fresh or not self._shared_for:
            return self._read()
        if (board := self._young()) is not None:
            return board
        with self._lock:
            return self._young() or self._read()

    def _read(self) -> Board:
        changes, now = self._changes, self._clock()
        with self._sessions() as session:
            board = read_board(session)
        # What was read while somebody changed it is for this page alone.
        if changes == self._changes:
            self._known = (now, board)
        return board

    def forget(self) -> None:
        """Somebody has just changed something that they expect to see."""
        self._changes += 1
        self._known = None

    def _young(self) -> Board | None:
        known = self._known
        return known[1] if known is not None and self._clock() < known[0] + self._shared_for else None
