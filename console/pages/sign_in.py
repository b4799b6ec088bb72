"""Signing in and out: password, second factor (and its set-up), a new password where one is due, one-time set-up links."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.attempts import TooManyAttemptsError
from bot.accounts.directory import AccountError
from bot.accounts.passwords import SHORTEST, WeakPasswordError
from bot.accounts.second_factor import setup_address
from bot.accounts.sign_in import SignInRefusedError
from console.access import Access, From, Session, allow, next_step
from console.address import safe_next
from console.forms import Form
from console.problems import Problem
from console.services import Services, With
from console.texts import label

_LONGEST_LOGIN = 40


def show_sign_in(request: Request, services: With) -> Response:
    """The form for name and password."""
    session = request.state.session
    if session is not None:
        return RedirectResponse(next_step(session), 303)
    return sign_in_page(request, services, next=safe_next(request.query_params.get("next")))


def sign_in(request: Request, services: With, form: Form, browser: From) -> Response:
    """Name and password were sent."""
    login, onward = form.text("login", _LONGEST_LOGIN), safe_next(form.text("next", 500))
    try:
        token = services.sign_in.with_password(login, form.secret("password"), browser)
    except SignInRefusedError:
        return sign_in_page(request, services, status=401, next=onward, login=login, fault=label("sign_in_refused"))
    except TooManyAttemptsError as error:
        return sign_in_page(request, services, status=429, next=onward, login=login, fault=too_many(error))
    answer = RedirectResponse(with_next("/sign-in/code", onward), 303)
    services.cookies.keep_session(answer, token)
    return answer


def show_code(request: Request, services: With, session: Session) -> Response:
    """The form for the second factor; whoever has none yet is led to its set-up."""
    onward = safe_next(request.query_params.get("next"))
    if session.complete:
        return RedirectResponse(onward, 303)
    if next_step(session) != "/sign-in/code":
        return RedirectResponse(with_next(next_step(session), onward), 303)
    return services.pages.show(request, "sign_in_code.html", next=onward, fault=None)


def check_code(request: Request, services: With, form: Form, session: Session, browser: From) -> Response:
    """A code of the app or of the paper was sent."""
    onward = safe_next(form.text("next", 500))
    try:
        token = services.sign_in.with_code(session, form.text("code", 40), browser)
    except SignInRefusedError:
        return services.pages.show(request, "sign_in_code.html", status=401, next=onward, fault=label("code_refused"))
    except TooManyAttemptsError as error:
        fault = too_many(error)
        return services.pages.show(request, "sign_in_code.html", status=429, next=onward, fault=fault)
    answer = RedirectResponse(with_next("/sign-in/password", onward) if session.account.must_change_password else onward, 303)
    services.cookies.keep_session(answer, token)
    return answer


def show_second_factor(request: Request, services: With, session: Session) -> Response:
    """The QR code to set up the second factor with."""
    if session.account.has_second_factor:
        return RedirectResponse(next_step(session), 303)
    return _second_factor_page(request, services, session)


def confirm_second_factor(request: Request, services: With, form: Form, session: Session, browser: From) -> Response:
    """The first code of the app was sent: the recovery codes are shown, once."""
    if session.account.has_second_factor:
        return RedirectResponse(next_step(session), 303)
    try:
        token, codes = services.sign_in.confirm_second_factor(session, form.text("code", 40), browser)
    except SignInRefusedError:
        return _second_factor_page(request, services, session, status=401, fault=label("code_refused"))
    except TooManyAttemptsError as error:
        fault = too_many(error)
        return _second_factor_page(request, services, session, status=429, fault=fault)
    answer = services.pages.show(request, "recovery_codes.html", codes=codes, onward="/")
    services.cookies.keep_session(answer, token)
    return answer


def show_new_password(request: Request, services: With, session: Session) -> Response:
    """The form for the new password that is due."""
    if next_step(session) != "/sign-in/password":
        return RedirectResponse(next_step(session), 303)
    return services.pages.show(request, "new_password.html", fault=None, shortest=SHORTEST)


def set_new_password(request: Request, services: With, form: Form, session: Session, browser: From) -> Response:
    """The present and the new password were sent."""
    if next_step(session) != "/sign-in/password":
        return RedirectResponse(next_step(session), 303)
    fault = changed_password(form, lambda new: services.sign_in.change_password(session, form.secret("present"), new, browser))
    if fault is not None:
        return services.pages.show(request, "new_password.html", status=422, fault=fault, shortest=SHORTEST)
    return RedirectResponse("/", 303)


def show_setup(request: Request, services: With, token: str) -> Response:
    """The page behind a one-time link: choose a password."""
    try:
        account = services.accounts.account_of_setup_link(token)
    except AccountError as error:
        raise Problem(404, error.reason) from error
    return services.pages.show(request, "setup.html", fault=None, login=account.login, shortest=SHORTEST)


def use_setup(request: Request, services: With, form: Form, token: str) -> Response:
    """The password was chosen; the link is used up."""
    try:
        account = services.accounts.account_of_setup_link(token)
        fault = changed_password(form, lambda new: services.accounts.use_setup_link(token, new))
    except AccountError as error:
        raise Problem(404, error.reason) from error
    if fault is not None:
        return services.pages.show(request, "setup.html", status=422, fault=fault, login=account.login, shortest=SHORTEST)
    answer = RedirectResponse("/sign-in", 303)
    services.cookies.forget_session(answer)
    return answer


def sign_out(services: With, session: Session) -> Response:
    """Ends the session."""
    services.sign_in.sign_out(session)
    answer = RedirectResponse("/sign-in", 303)
    services.cookies.forget_session(answer)
    return answer


def changed_password(form: Form, change: Callable[[str], object]) -> str | None:
    """Runs ``change`` with the new password of the form; what to tell where it was not accepted, None where it was."""
    new = form.secret("new")
    if new != form.secret("again"):
        return label("password_not_repeated")
    try:
        change(new)
    except WeakPasswordError as error:
        return label(f"password_{error.reason}", shortest=SHORTEST)
    except SignInRefusedError:
        return label("password_present_wrong")
    except TooManyAttemptsError as error:
        return too_many(error)
    return None


def too_many(error: TooManyAttemptsError) -> str:
    """What to tell who has no try left."""
    return label("too_many", minutes=error.minutes)


def with_next(path: str, onward: str) -> str:
    """The path of a step of signing in that leads on to ``onward``."""
    return path if onward == "/" else f"{path}?{urlencode({'next': onward})}"


def sign_in_page(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    """The form for name and password; ``next``: where to go afterwards."""
    provider = services.single_sign_on is not None
    return services.pages.show(
        request, "sign_in.html", status=status, **({"login": "", "fault": None, "provider": provider} | values)
    )


def _second_factor_page(
    request: Request, services: Services, session: Session, *, status: int = 200, fault: str | None = None
) -> Response:
    secret = services.sign_in.begin_second_factor(session)
    picture = segno.make(setup_address(secret, session.account.login), error="m")
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    values: dict[str, Any] = {"qr": picture.png_data_uri(scale=5, border=4), "secret": groups, "fault": fault}
    return services.pages.show(request, "second_factor.html", status=status, **values)


def page_routes() -> APIRouter:
    """The routes of signing in."""
    router = APIRouter()
    routes: list[tuple[str, str, Callable[..., Response], Access]] = [
        ("GET", "/sign-in", show_sign_in, Access.PUBLIC),
        ("POST", "/sign-in", sign_in, Access.PUBLIC),
        ("GET", "/sign-in/code", show_code, Access.SIGNING_IN),
        ("POST", "/sign-in/code", check_code, Access.SIGNING_IN),
        ("GET", "/sign-in/second-factor", show_second_factor, Access.SIGNING_IN),
        ("POST", "/sign-in/second-factor", confirm_second_factor, Access.SIGNING_IN),
        ("GET", "/sign-in/password", show_new_password, Access.SIGNING_IN),
        ("POST", "/sign-in/password", set_new_password, Access.SIGNING_IN),
        ("GET", "/setup/{token}", show_setup, Access.PUBLIC),
        ("POST", "/setup/{token}", use_setup, Access.PUBLIC),
        ("POST", "/sign-out", sign_out, Access.SIGNING_IN),
    ]
    for method, path, page, access in routes:
        router.add_api_route(path, page, methods=[method], dependencies=[allow(access)], response_model=None)
    return router
