"""The lists that officers work from, out of the board of all open handoffs: waiting, mine, my teams', all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.officers.board import Board, OpenTalk
from bot.officers.visibility import Sight

InboxList = Literal["waiting", "mine", "team", "all"]
MOST_ROWS = 100


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
    """One conversation in an account's list."""

    talk: OpenTalk
    overdue: bool
    unread: int


@dataclass(frozen=True)
class InboxPage:
    """Rows, the oldest first, and the cursor of the next page, None at the end."""

    rows: tuple[InboxRow, ...]
    next: tuple[datetime, int] | None


def inbox_page(board: Board, query: InboxQuery, now: datetime) -> InboxPage:
    """One page of a list."""
    limit = max(1, min(query.limit, MOST_ROWS))
    account = query.sight.account
    found: list[OpenTalk] = []
    for talk in board.talks:
        if query.after is not None and (talk.opened_at, talk.handoff_id) <= query.after:
            continue
        if not (_is_in(query.which, query, talk) and _fits(query, talk, now)):
            continue
        if query.unread and not board.unread_by(account, talk):
            continue
        if len(found) == limit:
            last = found[-1]
            return InboxPage(_rows(board, account, found, now), (last.opened_at, last.handoff_id))
        found.append(talk)
    return InboxPage(_rows(board, account, found, now), None)


def inbox_counts(board: Board, query: InboxQuery, now: datetime) -> dict[str, int]:
    """How many conversations each list holds, and how many of all are overdue; with the query's filters."""
    counts = {"waiting": 0, "mine": 0, "team": 0, "all": 0, "overdue": 0}
    lists: tuple[InboxList, ...] = ("waiting", "mine", "team", "all")
    for talk in board.talks:
        if _fits(query, talk, now):
            for which in lists:
                counts[which] += _is_in(which, query, talk)
            counts["overdue"] += _is_overdue(talk, now)
    return counts


def _rows(board: Board, account: str, talks: list[OpenTalk], now: datetime) -> tuple[InboxRow, ...]:
    return tuple(InboxRow(talk, _is_overdue(talk, now), board.unread_by(account, talk)) for talk in talks)


def _is_in(which: InboxList, query: InboxQuery, talk: OpenTalk) -> bool:
    match which:
        case "waiting":
            return talk.state == "waiting" and talk.team in query.teams
        case "mine":
            return talk.speaker == "officer" and talk.owner_account == query.sight.account
        case "team":
            return talk.team in query.teams
        case _:
            return True


def _fits(query: InboxQuery, talk: OpenTalk, now: datetime) -> bool:
    """Whether it may be seen, and the filters let it through."""
    wanted = (
        (talk.team, query.team),
        (talk.channel, query.channel),
        (talk.reason, query.reason),
        (talk.procedure_code, query.procedure_code),
        (talk.place_id, query.place_id),
        (talk.ticket, query.ticket),
    )
    return (
        query.sight.sees_open(talk.team, talk.owner_account)
        and all(value is None or own == value for own, value in wanted)
        and (not query.overdue or _is_overdue(talk, now))
    )


def _is_overdue(talk: OpenTalk, now: datetime) -> bool:
    return not talk.answered and talk.answer_due_at is not None and talk.answer_due_at <= now
