"""``/labelling/agreement`` and ``/labelling/lists``: how far two trainers agree, and lists of messages that trainers bring."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.labelling.agreement import measured_agreement, second_share, set_second_share
from bot.labelling.importing import begin_import, note_broken, run_import, was_cut_off
from bot.labelling.listed_messages import MOST_BYTES, MOST_ROWS, UnreadableListError
from bot.labelling.queue import QueueFilter, queue_page
from bot.storage.database import writing
from bot.storage.labelling_models import LabelImport
from console.access import Session, allow
from console.forms import Form, clean_line, whole_number
from console.labelling_desk import for_people, intent_words
from console.office import officer_of
from console.pages.conversation_files import Sent
from console.problems import Problem
from console.services import Services, With
from console.texts import label

logger = logging.getLogger(__name__)

_PERIODS = {"month": timedelta(days=30), "quarter": timedelta(days=90)}
_SHOWN_LISTS = 20


def show_agreement(request: Request, services: With, session: Session) -> Response:
    """How often two trainers say the same, where they differ, and the messages that wait for a third look."""
    period, now = request.query_params.get("period", ""), services.clock()
    since = now - _PERIODS[period] if period in _PERIODS else None
    with services.database.sessions() as ledger:
        measured = measured_agreement(ledger, since)
        share = second_share(ledger)
        disputed = queue_page(ledger, session.account.login, QueueFilter(state="disputed"), now)
    return services.pages.show(
        request,
        "labelling_agreement.html",
        measured=measured,
        share=share,
        period=period if period in _PERIODS else "",
        disputed=disputed,
        intent_words=intent_words,
        for_people=for_people,
        done=request.query_params.get("done") == "share",
    )


def set_share(services: With, session: Session, form: Form) -> Response:
    """Of how many messages in a hundred a second trainer is asked."""
    typed = form.text("share", 3)
    if not (typed.isascii() and typed.isdigit() and int(typed) <= 100):
        raise Problem(422, "labelling_share")
    now = services.clock()
    with writing(services.database.sessions) as ledger:
        set_second_share(ledger, int(typed), session.account.login, now)
        record_audit(ledger, session.account.actor, "labelling.share_set", "labelling", {"share": int(typed)}, now=now)
    return RedirectResponse("/labelling/agreement?done=share", 303)


def show_lists(request: Request, services: With) -> Response:
    """The lists that were brought, and the form for another one."""
    return _lists(request, services)


def _lists(request: Request, services: Services, *, status: int = 200, fault: str | None = None) -> Response:
    with services.database.sessions() as ledger:
        rows = ledger.scalars(select(LabelImport).order_by(LabelImport.id.desc()).limit(_SHOWN_LISTS)).all()
    return services.pages.show(
        request,
        "labelling_lists.html",
        status=status,
        rows=rows,
        fault=fault,
        most_rows=MOST_ROWS,
        megabytes=MOST_BYTES // (1024 * 1024),
    )


def bring_list(request: Request, services: With, session: Session, form: Form, file: Sent) -> Response:
    """A list was sent: it is taken in beside the pages, and its page shows how far that is."""
    _ = form
    content = file.file.read(MOST_BYTES + 1) if file is not None else b""
    name = clean_line((file.filename if file else "") or "", 200)
    now = services.clock()
    try:
        with writing(services.database.sessions) as ledger:
            number = begin_import(ledger, officer_of(session.account), name, content, now)
            details = {"bytes": len(content)}
            record_audit(ledger, session.account.actor, "labelling.list_brought", f"label_import:{number}", details, now=now)
    except UnreadableListError as error:
        return _lists(request, services, status=422, fault=label(f"labelling_list_{error.reason}"))
    threading.Thread(target=_take_in, args=(services, number, content), name="labelling-list", daemon=True).start()
    return RedirectResponse(f"/labelling/lists/{number}", 303)


def _take_in(services: Services, number: int, content: bytes) -> None:
    sessions = services.database.sessions
    try:
        run_import(sessions, number, content, services.clock)
    except SQLAlchemyError as error:
        logger.error("labelling.import_broken", extra={"import": number, "error": type(error).__name__})
        try:
            note_broken(sessions, number, "database", services.clock())
        except SQLAlchemyError:
            logger.error("labelling.import_not_noted", extra={"import": number})


def show_list(request: Request, services: With, number: str) -> Response:
    """One list: how far it is, and which lines were not taken."""
    return _list(request, services, number, "labelling_list.html")


def show_list_progress(request: Request, services: With, number: str) -> Response:
    """The part of it that changes, which asks again by itself until the list is in."""
    return _list(request, services, number, "parts/labelling_list_progress.html")


def _list(request: Request, services: Services, number: str, template: str) -> Response:
    wanted = whole_number(number) or 0
    with services.database.sessions() as ledger:
        row = ledger.get(LabelImport, wanted)
    if row is None:
        raise Problem(404, "no_label_list")
    return services.pages.show(request, template, row=row, cut_off=was_cut_off(row, services.clock()))


def page_routes() -> APIRouter:
    """The routes of these pages. They stand before those of single messages."""
    router = APIRouter()
    declared = [allow(Permission.MESSAGES_LABEL)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/labelling/agreement", show_agreement),
        ("POST", "/labelling/agreement", set_share),
        ("GET", "/labelling/lists", show_lists),
        ("POST", "/labelling/lists", bring_list),
        ("GET", "/labelling/lists/{number}", show_list),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    router.add_api_route(
        "/labelling/lists/{number}/progress",
        show_list_progress,
        methods=["GET"],
        dependencies=[allow(Permission.MESSAGES_LABEL, by_itself=True)],
        response_model=None,
    )
    return router
