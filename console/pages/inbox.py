"""``/inbox``: conversations that wait, mine, my teams', all; a live list, and the sign of life of the officers at work."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.catalogue.names_in_force import MOST_FOUND
from bot.messages import HandoffReason
from bot.officers.inbox import InboxList, InboxQuery, InboxRow, inbox_counts, inbox_page
from bot.officers.taking import renew_leases
from bot.officers.visibility import Sight, sight_from
from bot.settings import PLATFORMS
from bot.storage.models import Conversation
from console.access import Session, allow
from console.forms import clean_line
from console.services import Services, With
from console.wording import clock_time, span

PAGE_ROWS = 30
LISTS: tuple[InboxList, ...] = get_args(InboxList)
CHANNELS = ("webchat", *PLATFORMS)
REASONS = (*get_args(HandoffReason), "taken_over")
_FIELDS = ("list", "channel", "procedure", "place", "overdue", "unread", "after")


def show_inbox(request: Request, services: With, session: Session) -> Response:
    """The page with its filters."""
    return services.pages.show(request, "inbox.html", **_values(request, services, session.account, fresh=True))


def show_rows(request: Request, services: With, session: Session) -> Response:
    """The list alone, asked for again and again, out of what all pages share for a moment; 204 where it reads as it did."""
    values = _values(request, services, session.account)
    if request.query_params.get("known") == values["version"]:
        return Response(status_code=204)
    return services.pages.show(request, "parts/inbox_list.html", **values)


def find_procedures(request: Request, services: With) -> Response:
    """The procedures that have the words typed, as the options of a list."""
    found = services.office.names.find(clean_line(request.query_params.get("procedure_words", ""), 80))
    return services.pages.show(request, "parts/procedure_options.html", found=found, more=len(found) >= MOST_FOUND)


def stay_at_work(services: With, session: Session) -> Response:
    """The officer is still there: what they own stays theirs."""
    login, now = session.account.login, services.clock()
    with services.database.sessions() as ledger:
        owns = select(Conversation.id).where(Conversation.owner_account == login, Conversation.owner_until > now)
        if ledger.scalar(owns.limit(1)) is None:
            return Response(status_code=204)
    renew_leases(services.database.sessions, login, now)
    return Response(status_code=204)


def _values(request: Request, services: Services, account: AccountView, *, fresh: bool = False) -> dict[str, Any]:
    asked = {name: clean_line(request.query_params.get(name, ""), 80) for name in _FIELDS}
    typed = asked["procedure"] or clean_line(request.query_params.get("procedure_words", ""), 80)
    procedure = services.office.names.chosen(typed) if typed else None
    asked["procedure"] = procedure.code if procedure is not None else asked["procedure"]
    now = services.clock()
    board, teams = services.board.read(fresh=fresh), services.office.teams
    sight = sight_from(account, board.members.get(account.login, frozenset()), teams)
    query = _query(asked, sight, sight.work_for(teams))
    page, counts = inbox_page(board, query, now), inbox_counts(board, query, now)
    mentions = board.mentions.get(account.login, 0)
    rows = [_row_values(row, services, account, now) for row in page.rows]
    kept = {name: value for name, value in asked.items() if value and name != "after"}
    known = hashlib.sha256(repr((rows, counts, mentions)).encode()).hexdigest()[:16]
    return {
        "asked": asked | {"list": query.which},
        "rows": rows,
        "counts": counts,
        "mentions": mentions,
        "lists": LISTS,
        "channels": CHANNELS,
        "places": services.office.places,
        "procedure": procedure,
        "list_link": lambda which: "/inbox?" + urlencode(kept | {"list": which}),
        "next_link": "/inbox?" + urlencode(kept | {"after": _cursor(page.next)}) if page.next else None,
        "rows_link": "/inbox/rows?" + urlencode({name: value for name, value in asked.items() if value} | {"known": known}),
        "version": known,
    }


def _query(asked: Mapping[str, str], sight: Sight, teams: frozenset[str]) -> InboxQuery:
    which: InboxList = next((one for one in LISTS if one == asked["list"]), "waiting")
    return InboxQuery(
        sight=sight,
        teams=teams,
        which=which,
        channel=asked["channel"] or None,
        procedure_code=asked["procedure"][:12] or None,
        place_id=asked["place"] or None,
        overdue=asked["overdue"] == "1",
        unread=asked["unread"] == "1",
        after=_after(asked["after"]),
        limit=PAGE_ROWS,
    )


def _cursor(place: tuple[datetime, int]) -> str:
    return f"{place[0].astimezone(UTC).isoformat()}_{place[1]}"


def _after(text: str) -> tuple[datetime, int] | None:
    """The place where the page before ended; None for anything that is not one of ours."""
    moment, _, number = text.rpartition("_")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, int(number)) if at.tzinfo is not None else None


def _row_values(row: InboxRow, services: Services, account: AccountView, now: datetime) -> dict[str, Any]:
    office, talk = services.office, row.talk
    since = talk.waiting_since or talk.opened_at
    late = max(timedelta(), now - talk.answer_due_at) if talk.answer_due_at else timedelta()
    return {
        "id": talk.conversation_id,
        "title": talk.procedure_name or (office.names.all().get(talk.procedure_code) if talk.procedure_code else None),
        "reason": talk.reason if talk.reason in REASONS else "asked",
        "number": talk.number,
        "channel": talk.channel,
        "place": office.places.get(talk.place_id or ""),
        "team": office.teams.named(talk.team).name if talk.team else None,
        "preview": talk.preview,
        "ticket": talk.ticket,
        "unread": row.unread,
        "overdue": row.overdue,
        "late": span(late),
        "due": clock_time(talk.answer_due_at, now) if talk.answer_due_at else None,
        "waits": span(now - since) if talk.state == "waiting" else None,
        "owner": talk.owner_name if talk.speaker == "officer" else None,
        "mine": talk.speaker == "officer" and talk.owner_account == account.login,
        "claimable": talk.state == "waiting" and account.may(Permission.CONVERSATIONS_ANSWER),
    }


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    read, answer = Permission.CONVERSATIONS_READ, Permission.CONVERSATIONS_ANSWER
    router.add_api_route("/inbox", show_inbox, methods=["GET"], dependencies=[allow(read)], response_model=None)
    router.add_api_route(
        "/inbox/rows", show_rows, methods=["GET"], dependencies=[allow(read, by_itself=True)], response_model=None
    )
    router.add_api_route("/inbox/procedures", find_procedures, methods=["GET"], dependencies=[allow(read)], response_model=None)
    router.add_api_route(
        "/inbox/presence", stay_at_work, methods=["POST"], dependencies=[allow(answer, by_itself=True)], response_model=None
    )
    return router
