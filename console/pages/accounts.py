"""``/accounts``: administrators add accounts, give roles and agencies, block, and help who lost a password or a telephone."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.directory import AccountDetails, AccountError
from bot.accounts.permissions import Permission, Role, known_roles
from bot.accounts.view import AccountView
from console.access import From, Session, allow
from console.forms import Form
from console.problems import Problem
from console.services import Services, With
from console.texts import label

DONE = {name: f"done_{name}" for name in ("changed", "blocked", "unblocked", "second_factor_reset", "session_ended")}


def show_accounts(request: Request, services: With) -> Response:
    """The list."""
    return services.pages.show(request, "accounts.html", accounts=services.accounts.all(), agencies=services.agencies)


def show_new(request: Request, services: With) -> Response:
    """The form for a new account."""
    return _editor(request, services, "account_new.html", _NOTHING, login="", fault=None)


def add(request: Request, services: With, form: Form, session: Session) -> Response:
    """A new account: its one-time set-up link is shown, once."""
    details, login = _details(form), form.text("login", 40)
    try:
        account, token = services.accounts.add(session.account.actor, login, details)
    except AccountError as error:
        return _editor(
            request, services, "account_new.html", details, status=422, login=login, fault=label(f"problem_{error.reason}")
        )
    return _link_page(request, services, account, token or "")


def show_account(request: Request, services: With, account_id: str, browser: From) -> Response:
    """One account."""
    done = DONE.get(request.query_params.get("done", ""))
    return _account_page(request, services, _found(services, account_id), browser, done=done)


def change(request: Request, services: With, form: Form, session: Session, browser: From, account_id: str) -> Response:
    """Name, e-mail, roles and agencies were sent."""
    account, details = _found(services, account_id), _details(form)
    try:
        services.accounts.change(session.account.actor, account.id, details)
    except AccountError as error:
        fault = label(f"problem_{error.reason}")
        return _account_page(request, services, account, browser, status=422, details=details, fault=fault)
    return _done(account.id, "changed")


def block(request: Request, services: With, session: Session, browser: From, account_id: str) -> Response:
    """The account is blocked; its sessions end."""
    account = _found(services, account_id)
    try:
        services.accounts.block(session.account.actor, account.id)
    except AccountError as error:
        return _account_page(request, services, account, browser, status=422, fault=label(f"problem_{error.reason}"))
    return _done(account.id, "blocked")


def unblock(services: With, session: Session, account_id: str) -> Response:
    """The account may sign in again."""
    services.accounts.unblock(session.account.actor, _found(services, account_id).id)
    return _done(account_id, "unblocked")


def reset_second_factor(services: With, session: Session, account_id: str) -> Response:
    """The telephone is lost: the second factor is set up anew."""
    services.accounts.reset_second_factor(session.account.actor, _found(services, account_id).id)
    return _done(account_id, "second_factor_reset")


def new_link(request: Request, services: With, session: Session, account_id: str) -> Response:
    """The password is lost: a one-time link to choose a new one is shown, once."""
    account = _found(services, account_id)
    return _link_page(request, services, account, services.accounts.new_setup_link(session.account.actor, account.id))


def end_session(services: With, session: Session, account_id: str, session_id: str) -> Response:
    """One session of the account is to end."""
    if not services.opened.revoke(session.account.actor, account_id, session_id):
        raise Problem(404, "no_session")
    return _done(account_id, "session_ended")


_NOTHING = AccountDetails("", None, (), False, ())


def _details(form: Form) -> AccountDetails:
    return AccountDetails(
        display_name=form.text("display_name", 80),
        email=form.text("email", 254) or None,
        roles=known_roles(form.all("role")),
        all_agencies=form.text("scope") == "all",
        agencies=form.all("agency"),
    )


def _found(services: Services, account_id: str) -> AccountView:
    try:
        return services.accounts.get(account_id)
    except AccountError as error:
        raise Problem(404, error.reason) from error


def _done(account_id: str, what: str) -> Response:
    return RedirectResponse(f"/accounts/{account_id}?done={what}", 303)


def _editor(
    request: Request, services: Services, template: str, details: AccountDetails, *, status: int = 200, **values: Any
) -> Response:
    given: dict[str, Any] = {"details": details, "roles": tuple(Role), "agencies": services.agencies}
    return services.pages.show(request, template, status=status, **given, **values)


def _account_page(
    request: Request,
    services: Services,
    account: AccountView,
    browser: From,
    *,
    status: int = 200,
    details: AccountDetails | None = None,
    fault: str | None = None,
    done: str | None = None,
) -> Response:
    kept = AccountDetails(
        account.display_name, account.email, account.roles, account.scope.everything, tuple(sorted(account.scope.agencies))
    )
    sessions = services.opened.of_account(account.id, browser.address)
    values = {"shown": account, "sessions": sessions, "fault": fault, "done": done}
    return _editor(request, services, "account.html", details or kept, status=status, **values)


def _link_page(request: Request, services: Services, account: AccountView, token: str) -> Response:
    link = f"{services.address.base}/setup/{token}"
    return services.pages.show(request, "account_link.html", shown=account, link=link)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/accounts", show_accounts),
        ("GET", "/accounts/new", show_new),
        ("POST", "/accounts/new", add),
        ("GET", "/accounts/{account_id}", show_account),
        ("POST", "/accounts/{account_id}", change),
        ("POST", "/accounts/{account_id}/block", block),
        ("POST", "/accounts/{account_id}/unblock", unblock),
        ("POST", "/accounts/{account_id}/second-factor", reset_second_factor),
        ("POST", "/accounts/{account_id}/setup-link", new_link),
        ("POST", "/accounts/{account_id}/sessions/{session_id}/end", end_session),
    ]
    declared = [allow(Permission.ACCOUNTS_MANAGE)]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
