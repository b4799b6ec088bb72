"""Every route says who may open it, and keeps to it for every role."""

import re

import pytest
from fastapi import APIRouter

from bot.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from bot.settings import PROJECT_ROOT, Settings
from console.access import Access, UndeclaredRouteError, allow, check_declarations, declared_routes
from console.app import create_app
from console.navigation import MENU
from console.pages import page_routers
from tests.console.conftest import RunningConsole

PAGE = "\n".join(page.read_text(encoding="utf-8") for page in sorted((PROJECT_ROOT / "docs" / "developers").glob("console*.md")))


def test_every_route_declares_its_access_once(console: RunningConsole) -> None:
    routes = declared_routes(console.app)
    assert len(routes) >= 30
    assert [route for route, requirement in routes.items() if requirement is None] == []


def test_no_route_and_no_entry_of_the_menu_stands_twice() -> None:
    routes = [(route.path, tuple(sorted(route.methods))) for router in page_routers() for route in router.routes]  # type: ignore[attr-defined]
    assert sorted(routes) == sorted(set(routes))
    paths = [item.path for item in MENU]
    assert sorted(paths) == sorted(set(paths))


@pytest.mark.parametrize("declared", [[], [allow(Access.PUBLIC), allow(Permission.AUDIT_READ)]], ids=["none", "two"])
def test_a_route_without_one_declaration_stops_the_start(settings: Settings, declared: list[object]) -> None:
    app = create_app(settings)
    router = APIRouter()
    router.add_api_route("/forgotten", lambda: "open", dependencies=declared)  # type: ignore[arg-type]
    app.include_router(router)
    with pytest.raises(UndeclaredRouteError, match="/forgotten"):
        check_declarations(app)


def test_only_these_routes_are_open_to_strangers(console: RunningConsole) -> None:
    public = {path for (_, path), requirement in declared_routes(console.app).items() if requirement is Access.PUBLIC}
    assert public == {
        "/health",
        "/static/{name}",
        "/sign-in",
        "/setup/{token}",
        "/sign-in/provider",
        "/sign-in/provider/callback",
    }


def test_each_role_opens_what_the_table_gives_it_and_nothing_else(console: RunningConsole) -> None:
    routes = declared_routes(console.app)
    asked = 0
    for role in Role:
        visitor = console.signed_in(f"nguoi-{role}", role)
        for (method, path), requirement in routes.items():
            if not isinstance(requirement, Permission):
                continue
            address = re.sub(r"\{\w+\}", "x", path)
            answer = visitor.get(address) if method == "GET" else visitor.post(address)
            may = requirement in ROLE_PERMISSIONS[role]
            assert (answer.status_code != 403) == may or path.startswith("/conversations/"), (role, method, path)
            if not may:
                assert answer.status_code == 403, (role, method, path)
            asked += 1
    assert asked >= 70


def test_a_stranger_is_led_to_the_sign_in_page_by_every_other_route(console: RunningConsole) -> None:
    visitor = console.visitor()
    visitor.get("/sign-in")
    for (method, path), requirement in declared_routes(console.app).items():
        if requirement is Access.PUBLIC:
            continue
        address = re.sub(r"\{\w+\}", "x", path)
        answer = visitor.get(address) if method == "GET" else visitor.post(address)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/sign-in"), (method, path)


def test_the_password_alone_opens_nothing(console: RunningConsole) -> None:
    console.add("lan", *Role)
    visitor = console.visitor()
    visitor.get("/sign-in")
    visitor.post("/sign-in", {"login": "lan", "password": "một câu dài dễ nhớ"})
    visitor.get("/sign-in/second-factor")
    for (method, path), requirement in declared_routes(console.app).items():
        if requirement in (Access.PUBLIC, Access.SIGNING_IN):
            continue
        address = re.sub(r"\{\w+\}", "x", path)
        answer = visitor.get(address) if method == "GET" else visitor.post(address)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/sign-in/second-factor"), (method, path)


def test_htmx_is_told_to_load_the_sign_in_page(console: RunningConsole) -> None:
    answer = console.visitor().get("/audit/verification", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/sign-in")


def test_a_role_that_is_taken_away_counts_from_the_next_request(console: RunningConsole) -> None:
    from bot.accounts.audit import OPERATOR
    from bot.accounts.directory import AccountDetails

    visitor = console.signed_in("lan", Role.AUDITOR)
    assert visitor.get("/audit").status_code == 200
    account = console.services.accounts.by_login("lan")
    console.services.accounts.change(OPERATOR, account.id, AccountDetails("Lan", None, (Role.OFFICER,), True, ()))
    assert visitor.get("/audit").status_code == 403


def test_every_route_and_permission_is_documented(console: RunningConsole) -> None:
    assert not {path for _, path in declared_routes(console.app) if f"`{path}`" not in PAGE}
    assert not {permission for permission in Permission if f"`{permission}`" not in PAGE}


def test_an_error_page_has_the_safe_headers_too(console: RunningConsole) -> None:
    for path in ("/nowhere", "/sign-in", "/static/nothing.js", "/health"):
        answer = console.visitor().get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
