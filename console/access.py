"""Who may open a page: every route declares it with ``allow``, and ``check_declarations`` refuses one that does not.

router.add_api_route("/audit", show, dependencies=[allow(Permission.AUDIT_READ)])
"""

from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from starlette.routing import BaseRoute

from bot.accounts.permissions import Permission
from bot.accounts.sessions import Browser, LiveSession
from console.browser_names import browser_name
from console.problems import Elsewhere, Problem


class Access(Enum):
    """What a route may declare besides a permission."""

    PUBLIC = "public"
    """Anyone, signed in or not."""
    SIGNING_IN = "signing_in"
    """Whoever gave the password, even where the second factor or a new password is still to come."""
    SIGNED_IN = "signed_in"
    """Everyone whose signing in is complete, whatever the role."""


Requirement = Access | Permission


class Declared:
    """The dependency that enforces a declaration. ``by_itself``: the page asks again and again by itself, so that its requests do
    not keep a session alive."""

    def __init__(self, requirement: Requirement, *, by_itself: bool = False) -> None:
        self.requirement = requirement
        self.by_itself = by_itself

    def __call__(self, request: Request) -> None:
        """Puts the session into ``request.state.session``. Raises ``Elsewhere`` towards the next step of signing in, and
        ``Problem`` 403."""
        services = request.app.state.services
        token = services.cookies.session_token(request)
        touch = not self.by_itself and self.requirement is not Access.PUBLIC
        session: LiveSession | None = services.opened.find(token, touch=touch) if token else None
        request.state.session = session
        if self.requirement is Access.PUBLIC:
            return
        if session is None:
            raise Elsewhere(sign_in_path(request))
        if self.requirement is Access.SIGNING_IN:
            return
        if not session.complete:
            raise Elsewhere(next_step(session))
        if isinstance(self.requirement, Permission) and not session.account.may(self.requirement):
            raise Problem(403, "not_allowed")


def allow(requirement: Requirement, *, by_itself: bool = False) -> Any:
    """The declaration of a route, for its ``dependencies``."""
    return Depends(Declared(requirement, by_itself=by_itself))


def sign_in_path(request: Request) -> str:
    """The sign-in page, which leads back to what was asked for where that can be asked for again."""
    if request.method != "GET" or request.headers.get("hx-request") or request.url.path == "/":
        return "/sign-in"
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(asked, safe='')}"


def next_step(session: LiveSession) -> str:
    """The page where this session's signing in goes on; the first page where it is complete."""
    if not session.second_factor_given:
        return "/sign-in/code" if session.account.has_second_factor else "/sign-in/second-factor"
    return "/sign-in/password" if session.account.must_change_password else "/"


def live_session(request: Request) -> LiveSession:
    """The session of the request. Only for routes that are not public."""
    session: LiveSession | None = request.state.session
    if session is None:
        raise Elsewhere(sign_in_path(request))
    return session


def browser_of(request: Request) -> Browser:
    """Where the request comes from."""
    address = request.client.host if request.client else "unknown"
    return Browser(address, browser_name(request.headers.get("user-agent", "")))


Session = Annotated[LiveSession, Depends(live_session)]
From = Annotated[Browser, Depends(browser_of)]


class UndeclaredRouteError(RuntimeError):
    """A route says nothing about who may open it; the message names it."""


def declared_routes(app: FastAPI) -> dict[tuple[str, str], Requirement | None]:
    """For each (method, path) of the app what it declares; None where it declares nothing, or more than once."""
    found: dict[tuple[str, str], Requirement | None] = {}
    for route in _flat(app.routes):
        dependencies = [one.dependency for one in getattr(route, "dependencies", [])]
        declared = [one.requirement for one in dependencies if isinstance(one, Declared)]
        for method in sorted((getattr(route, "methods", None) or {"ANY"}) - {"HEAD"}):
            found[method, getattr(route, "path", repr(route))] = declared[0] if len(declared) == 1 else None
    return found


def check_declarations(app: FastAPI) -> None:
    """Raises ``UndeclaredRouteError`` for a route that anyone could open because nobody thought of it."""
    for (method, path), requirement in declared_routes(app).items():
        if requirement is None:
            raise UndeclaredRouteError(f"{method} {path} declares no access: add dependencies=[allow(…)]")


def _flat(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    """The routes, and those of routers included in them."""
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from _flat(included.routes)
        else:
            yield route
