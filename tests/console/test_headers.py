"""What the browser is told with every answer of the console, to a stranger and to somebody with every role."""

from fastapi.testclient import TestClient

from bot.accounts.permissions import Role
from bot.settings import Settings
from bot.storage.database import open_database
from console.app import create_app
from tests.console.conftest import RunningConsole
from tests.security_headers import faults_of, routes_of


def test_every_answer_to_a_stranger_is_guarded(settings: Settings) -> None:
    behind_tls = settings.model_copy(update={"console_url": "https://can-bo.example.vn"})
    database = open_database(behind_tls.database_url)
    client = TestClient(
        create_app(behind_tls, database=database), base_url="https://can-bo.example.vn", follow_redirects=False,
        raise_server_exceptions=False,
    )  # fmt: skip
    routes = routes_of(client.app)  # type: ignore[arg-type]
    assert len(routes) > 150
    faults = {f"{method} {path}": faults_of(client.request(method, path)) for method, path in [*routes, ("GET", "/nowhere")]}
    database.engine.dispose()
    assert {where: found for where, found in faults.items() if found} == {}


def test_every_page_of_somebody_with_every_role_is_guarded_and_kept_by_no_cache(console: RunningConsole) -> None:
    person = console.signed_in("moi-vai", *Role)
    faults = {}
    for method, path in routes_of(console.app):
        if method == "GET" and path not in ("/sign-out", "/live", "/inbox/live"):
            answer = person.client.get(path)
            found = faults_of(answer, https=False)
            if not path.startswith("/static") and path != "/health" and answer.headers["cache-control"] != "no-store":
                found.append(answer.headers["cache-control"])
            if found:
                faults[f"{path} {answer.status_code}"] = found
    assert faults == {}
