"""``/me``: one's own sessions, password and second factor."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.attempts import TooManyAttemptsError
from bot.accounts.passwords import SHORTEST
from bot.accounts.sign_in import SignInRefusedError
from console.access import Access, From, Session, allow
from console.forms import Form
from console.pages.sign_in import changed_password, too_many
from console.problems import Problem
from console.services import Services, With
from console.texts import label

DONE = {"password": "done_password", "session": "done_session_ended"}


def show_me(request: Request, services: With, session: Session, browser: From) -> Response:
    """The page."""
    return _page(request, services, session, browser, done=DONE.get(request.query_params.get("done", "")))


def set_password(request: Request, services: With, form: Form, session: Session, browser: From) -> Response:
    """The present and a new password were sent."""
    present = form.secret("present")
    fault = changed_password(form, lambda new: services.sign_in.change_password(session, present, new, browser))
    if fault is not None:
        return _page(request, services, session, browser, status=422, password_fault=fault)
    return RedirectResponse("/me?done=password", 303)


def end_session(services: With, session: Session, session_id: str) -> Response:
    """One of one's own sessions is to end."""
    if not services.opened.revoke(session.account.actor, session.account.id, session_id):
        raise Problem(404, "no_session")
    return RedirectResponse("/me?done=session", 303)


def renew_codes(request: Request, services: With, form: Form, session: Session, browser: From) -> Response:
    """New recovery codes, in exchange for a code."""
    try:
        codes = services.sign_in.renew_recovery_codes(session, form.text("code", 40), browser)
    except (SignInRefusedError, TooManyAttemptsError) as error:
        return _page(request, services, session, browser, status=422, code_fault=_refusal(error))
    return services.pages.show(request, "recovery_codes.html", codes=codes, onward="/me")


def give_up_second_factor(request: Request, services: With, form: Form, session: Session, browser: From) -> Response:
    """Another telephone: the second factor is set up anew at the sign-in that follows."""
    try:
        services.sign_in.give_up_second_factor(session, form.text("code", 40), browser)
    except (SignInRefusedError, TooManyAttemptsError) as error:
        return _page(request, services, session, browser, status=422, code_fault=_refusal(error))
    answer = RedirectResponse("/sign-in", 303)
    services.cookies.forget_session(answer)
    return answer


def _refusal(error: SignInRefusedError | TooManyAttemptsError) -> str:
    return too_many(error) if isinstance(error, TooManyAttemptsError) else label("code_refused")


def _page(
    request: Request,
    services: Services,
    session: Session,
    browser: From,
    *,
    status: int = 200,
    done: str | None = None,
    password_fault: str | None = None,
    code_fault: str | None = None,
) -> Response:
    return services.pages.show(
        request,
        "my_account.html",
        status=status,
        sessions=services.opened.of_account(session.account.id, browser.address),
        present=session.id,
        codes_left=services.sign_in.recovery_codes_left(session.account.id),
        shortest=SHORTEST,
        done=done,
        password_fault=password_fault,
        code_fault=code_fault,
    )


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/me", show_me),
        ("POST", "/me/password", set_password),
        ("POST", "/me/sessions/{session_id}/end", end_session),
        ("POST", "/me/recovery-codes", renew_codes),
        ("POST", "/me/second-factor", give_up_second_factor),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=[allow(Access.SIGNED_IN)], response_model=None)
    return router
