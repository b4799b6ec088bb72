"""What the browser is told with every answer of the gateway, whatever the route and the outcome."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from connectors.gateway.app import create_app
from tests.connectors.harness import settings_for
from tests.connectors.platform_accounts import PLATFORM_ACCOUNTS
from tests.databases import migrated_sqlite, one_ledger
from tests.security_headers import faults_of, routes_of

HOST = "https://portal.example.vn"
FRAMED = ("/", "/widget")
PERSONAL = ("/my-data", "/files", "/webchat/session", "/webchat/messages", "/webchat/events", "/webchat/visit", "/khao-sat")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    url = migrated_sqlite(tmp_path_factory.mktemp("headers") / "ledger.sqlite3")
    settings = settings_for(url, 1, public_url="https://tro-ly.example.vn", allowed_embed_origins=HOST, **PLATFORM_ACCOUNTS)
    return TestClient(create_app(settings), raise_server_exceptions=False, follow_redirects=False)


def test_every_answer_of_every_route_is_guarded(client: TestClient) -> None:
    routes = routes_of(client.app)  # type: ignore[arg-type]
    assert len(routes) > 40
    faults = {}
    for method, path in [*routes, ("GET", "/nowhere"), ("PUT", "/"), ("GET", "/static/app.css"), ("GET", "/public/x")]:
        answer = client.request(method, path)
        found = faults_of(answer, f"'self' {HOST}" if path in FRAMED and method == "GET" else "'none'")
        if path.startswith(PERSONAL) and answer.headers["cache-control"] != "no-store":
            found.append(f"cache-control: {answer.headers['cache-control']}")
        if found:
            faults[f"{method} {path} {answer.status_code}"] = found
    assert faults == {}


def test_without_https_browsers_are_not_told_to_insist_on_it(tmp_path: Path) -> None:
    settings = settings_for(one_ledger(tmp_path / "ledger.sqlite3"), 1)
    assert "strict-transport-security" not in TestClient(create_app(settings)).get("/health").headers


def test_other_sites_may_load_the_widget_s_script_and_nothing_else(client: TestClient) -> None:
    assert client.get("/widget.js").headers["cross-origin-resource-policy"] == "cross-origin"
    assert client.get("/").headers["cross-origin-resource-policy"] == "same-origin"
