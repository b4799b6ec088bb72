"""``/rights``: requests about citizens' data with their legal clock, and proofs of what was deleted."""

from collections.abc import Callable
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.clock import VIETNAM_TIME
from bot.rights.tickets import (
    MOST_WORDS,
    Ending,
    UnknownRequestError,
    acknowledge,
    close,
    listed_requests,
    request_id,
)
from bot.storage.database import writing
from bot.storage.rights_models import DeletionRecord
from console.access import Session, allow
from console.forms import Form, clean_line
from console.pages.switches import channel_name
from console.problems import Problem
from console.services import Services, With
from console.texts import label

DONE = {name: f"rights_done_{name}" for name in ("acknowledged", "closed")}
_ENDINGS = ("done", "refused")
_MOST_RECORDS = 100


def show_requests(request: Request, services: With, session: Session) -> Response:
    """The requests that are open, what is due first; or those that have ended."""
    _refuse_part_of_the_house(session)
    ended = request.query_params.get("ended") == "1"
    return _page(request, services, session, ended=ended, done=DONE.get(request.query_params.get("done", "")))


def take_up(request: Request, services: With, session: Session, number: str) -> Response:
    """People have taken the request up; the citizen is told."""
    _refuse_part_of_the_house(session)
    now = services.clock()
    try:
        with writing(services.database.sessions) as ledger:
            request_number = request_id(number)
            acknowledge(ledger, request_number, now)
            record_audit(ledger, session.account.actor, "rights.acknowledged", f"rights:QDL-{request_number}", now=now)
    except UnknownRequestError:
        return _page(request, services, session, status=422, fault=label("rights_not_open", number=number[:24]))
    return RedirectResponse("/rights?done=acknowledged", 303)


def end(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """The request is settled or refused; the citizen is told why."""
    _refuse_part_of_the_house(session)
    ending, reason, now = form.text("ending", 10), form.lines("reason", MOST_WORDS), services.clock()
    kept: dict[str, Any] = {"failed": number, "given": {"ending": ending, "reason": reason}}
    if ending not in _ENDINGS:
        return _page(request, services, session, status=422, fault=label("rights_choose_ending"), **kept)
    try:
        with writing(services.database.sessions) as ledger:
            request_number = request_id(number)
            close(ledger, request_number, cast(Ending, ending), reason, now)
            # The reason itself stands in the request, masked; the log only says how it ended.
            record_audit(ledger, session.account.actor, f"rights.{ending}", f"rights:QDL-{request_number}", now=now)
    except UnknownRequestError:
        return _page(request, services, session, status=422, fault=label("rights_not_open", number=number[:24]))
    except ValueError:
        return _page(request, services, session, status=422, fault=label("rights_reason_needed", limit=MOST_WORDS), **kept)
    return RedirectResponse("/rights?done=closed", 303)


def show_deletions(request: Request, services: With, session: Session) -> Response:
    """The newest deletions, or the one whose code was looked for."""
    _refuse_part_of_the_house(session)
    typed = clean_line(request.query_params.get("reference", ""), 20).upper()
    wanted = select(DeletionRecord).order_by(DeletionRecord.asked_at.desc()).limit(_MOST_RECORDS)
    if typed:
        wanted = wanted.where(DeletionRecord.reference == typed)
    with services.database.sessions() as ledger:
        records = ledger.scalars(wanted).all()
    return services.pages.show(request, "deletions.html", records=records, typed=typed, channel_name=channel_name)


def show_deletion(request: Request, services: With, session: Session, reference: str) -> Response:
    """The proof of one deletion, and whether its seal holds."""
    _refuse_part_of_the_house(session)
    with services.database.sessions() as ledger:
        record = ledger.get(DeletionRecord, clean_line(reference, 20).upper())
    if record is None:
        raise Problem(404, "no_deletion")
    holds = services.administration.seal_holds(record) if record.state == "done" else None
    counts = {table: count for table, count in sorted((record.counts or {}).items()) if count}
    return services.pages.show(request, "deletion.html", record=record, holds=holds, counts=counts, channel_name=channel_name)


def _refuse_part_of_the_house(session: Session) -> None:
    """A request belongs to no agency: only who works for all of them sees it."""
    if not session.account.scope.allows(None):
        raise Problem(403, "rights_all_agencies")


def _page(request: Request, services: Services, session: Session, *, status: int = 200, **values: Any) -> Response:
    given = {"ended": False, "done": None, "fault": None, "failed": "", "given": {"ending": "", "reason": ""}} | values
    today = services.clock().astimezone(VIETNAM_TIME).date()
    with services.database.sessions() as ledger:
        requests = listed_requests(ledger, today, ended=given["ended"])
    shown = requests[::-1][:_MOST_RECORDS] if given["ended"] else requests
    may_handle = session.account.may(Permission.RIGHTS_HANDLE)
    values = {"requests": shown, "today": today, "may_handle": may_handle, "longest": MOST_WORDS, "channel_name": channel_name}
    return services.pages.show(request, "rights.html", status=status, **values, **given)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    routes: list[tuple[str, str, Permission, Callable[..., Response]]] = [
        ("GET", "/rights", Permission.RIGHTS_READ, show_requests),
        ("POST", "/rights/requests/{number}/acknowledge", Permission.RIGHTS_HANDLE, take_up),
        ("POST", "/rights/requests/{number}/close", Permission.RIGHTS_HANDLE, end),
        ("GET", "/rights/deletions", Permission.RIGHTS_READ, show_deletions),
        ("GET", "/rights/deletions/{reference}", Permission.RIGHTS_READ, show_deletion),
    ]
    for method, path, permission, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=[allow(permission)], response_model=None)
    return router
