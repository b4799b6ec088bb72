"""``/canned-replies``: replies that teams keep ready, with their variables checked and a preview."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.clock import VIETNAM_TIME
from bot.language.formats import spoken_date
from bot.officers.canned_replies import (
    LONGEST_REPLY,
    VARIABLES,
    KeptReply,
    TitleTakenError,
    UnknownVariableError,
    drop_reply,
    fill_in,
    keep_reply,
)
from bot.officers.notes import without_numbers
from bot.storage.officer_models import CannedReply
from console.access import Session, allow
from console.administration import keeps_all
from console.forms import Form
from console.problems import Problem
from console.services import Services, With
from console.texts import label

DONE = {name: f"kept_reply_done_{name}" for name in ("saved", "deleted")}
_TITLE, _TEAM, _DIGITS = 120, 64, 15


def show_replies(request: Request, services: With, session: Session) -> Response:
    """The replies of the account's teams, and those that ship."""
    teams = _teams(services, session.account)
    with services.database.sessions() as ledger:
        own = ledger.scalars(select(CannedReply).order_by(CannedReply.team, CannedReply.title)).all()
    rows: list[dict[str, Any]] = [
        {"reply": row, "team": _team_name(services, row.team), "may_change": row.team in teams} for row in own
    ]
    shown = [row for row in rows if row["may_change"] or row["reply"].team == ""]
    done = DONE.get(request.query_params.get("done", ""))
    return services.pages.show(request, "canned_replies.html", rows=shown, shipped=services.office.replies, done=done)


def show_new(request: Request, services: With, session: Session) -> Response:
    """The form for another reply."""
    return _editor(request, services, session, KeptReply("", ""))


def add(request: Request, services: With, session: Session, form: Form) -> Response:
    """A new reply was sent, to be looked at or kept."""
    return _sent(request, services, session, _reply(form))


def show_reply(request: Request, services: With, session: Session, reply: str) -> Response:
    """The form with a reply."""
    return _editor(request, services, session, _found(services, session, reply))


def change(request: Request, services: With, session: Session, form: Form, reply: str) -> Response:
    """A reply was changed, to be looked at or kept."""
    kept = _found(services, session, reply)
    return _sent(request, services, session, _reply(form, kept.id))


def remove(services: With, session: Session, reply: str) -> Response:
    """A reply is to be no more."""
    kept = _found(services, session, reply)

    def record(ledger: LedgerSession) -> None:
        _record(services, session.account, ledger, "canned_reply.deleted", kept.id, kept)

    drop_reply(services.database.sessions, kept.id or 0, also=record)
    return RedirectResponse("/canned-replies?done=deleted", 303)


def _sent(request: Request, services: Services, session: Session, reply: KeptReply) -> Response:
    """Shows the preview, or keeps the reply; what does not fit is told and nothing is lost."""
    if reply.team not in _teams(services, session.account):
        return _editor(request, services, session, reply, status=422, fault=label("kept_reply_team_needed"))
    if not reply.title or len(reply.title) > _TITLE or not reply.text or len(reply.text) > LONGEST_REPLY:
        fault = label("kept_reply_size", title=_TITLE, text=LONGEST_REPLY)
        return _editor(request, services, session, reply, status=422, fault=fault)
    try:
        preview = fill_in(without_numbers(reply.text), _examples(services, session.account, reply.team))
    except UnknownVariableError as error:
        return _editor(request, services, session, reply, status=422, fault=str(error))
    if request.query_params.get("preview") == "1":
        return _editor(request, services, session, reply, preview=preview)
    act = "canned_reply.added" if reply.id is None else "canned_reply.changed"

    def record(ledger: LedgerSession, number: int) -> None:
        _record(services, session.account, ledger, act, number, reply)

    try:
        keep_reply(services.database.sessions, reply, session.account.login, services.clock(), new=reply.id is None, also=record)
    except TitleTakenError:
        return _editor(request, services, session, reply, status=422, fault=label("kept_reply_title_taken"))
    except LookupError as error:
        raise Problem(404, "no_kept_reply") from error
    return RedirectResponse("/canned-replies?done=saved", 303)


def _reply(form: Form, number: int | None = None) -> KeptReply:
    return KeptReply(form.text("title", _TITLE + 1), form.lines("text", LONGEST_REPLY), form.text("team", _TEAM), number)


def _record(
    services: Services, account: AccountView, ledger: LedgerSession, act: str, number: int | None, reply: KeptReply
) -> None:
    details = {"team": reply.team, "title": without_numbers(reply.title)}
    record_audit(ledger, account.actor, act, f"canned_reply:{number}", details, now=services.clock())


def _teams(services: Services, account: AccountView) -> dict[str, str]:
    """The teams whose replies the account may change, by id; the empty one stands for all."""
    kept = {team.id: team.name for team in services.administration.kept_teams(account)}
    return {"": label("kept_reply_for_all")} | kept if keeps_all(account) else kept


def _team_name(services: Services, team: str) -> str:
    known = services.office.teams.by_id.get(team)
    return known.name if known else team or label("kept_reply_for_all")


def _found(services: Services, session: Session, number: str) -> KeptReply:
    """The reply, where the account may change it. Raises ``Problem`` 404."""
    if number.isascii() and number.isdigit() and len(number) <= _DIGITS:
        with services.database.sessions() as ledger:
            row = ledger.get(CannedReply, int(number))
        if row is not None and row.team in _teams(services, session.account):
            return KeptReply(row.title, row.text, row.team, row.id)
    raise Problem(404, "no_kept_reply")


def _examples(services: Services, account: AccountView, team: str) -> dict[str, str | None]:
    """Values that the preview is filled in with."""
    examples: dict[str, str | None] = {name: label(f"kept_reply_example_{name}") for name in VARIABLES}
    examples["hom_nay"] = spoken_date(services.clock().astimezone(VIETNAM_TIME).date())
    examples["ten_can_bo"] = account.display_name
    return examples | ({"ten_co_quan": _team_name(services, team)} if team else {})


def _editor(
    request: Request, services: Services, session: Session, reply: KeptReply, *, status: int = 200, **values: Any
) -> Response:
    given = {"fault": None, "preview": None, "longest": LONGEST_REPLY, "variables": VARIABLES} | values
    teams = _teams(services, session.account)
    return services.pages.show(request, "canned_reply.html", status=status, reply=reply, teams=teams, **given)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.CANNED_REPLIES_MANAGE)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/canned-replies", show_replies),
        ("GET", "/canned-replies/new", show_new),
        ("POST", "/canned-replies/new", add),
        ("GET", "/canned-replies/{reply}", show_reply),
        ("POST", "/canned-replies/{reply}", change),
        ("POST", "/canned-replies/{reply}/delete", remove),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
