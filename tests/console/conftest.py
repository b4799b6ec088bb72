"""The console in process over a fresh ledger of either kind, browsers that keep cookies, and people who sign in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from cryptography.fernet import Fernet
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.accounts.audit import OPERATOR, AuditFilter, audit_entries
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.officers.visibility import owning_officer
from bot.settings import Settings
from bot.storage.database import Database, open_database
from console.app import create_app
from console.services import Services, make_services
from console.static_files import static_files
from tests.databases import either_ledger
from tests.moving_clock import MovingClock

PASSWORD = "một câu dài dễ nhớ"


@dataclass
class Visitor:
    """A browser: keeps cookies, follows nothing by itself, sends the form's token of the last page."""

    client: TestClient
    token: str = ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Opens a page."""
        return self._seen(self.client.get(path, headers=headers))

    def post(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Sends a form of the last page."""
        return self._seen(self.client.post(path, data={"csrf_token": self.token} | (form or {}), headers=headers))

    def _seen(self, answer: Any) -> httpx.Response:
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', answer.text) or re.search(
            r'"X-CSRF-Token": "(.+?)"', answer.text
        )
        self.token = found.group(1) if found else self.token
        seen: httpx.Response = answer
        return seen


FEE = {"subject": "1.001193", "scope": "answer", "facet": "fee", "reason": "sai mức phí"}
"""What turns the answer on a fee off."""

HOSTILE = ["x", "QDL-0", "QDL-" + "9" * 40, "-1", "%00", "٣", "9" * 15]
"""What people put in the place of a number in an address."""


@dataclass
class RunningConsole:
    """The app and what its tests look into."""

    app: FastAPI
    clock: MovingClock
    database: Database
    loop: BlockingPortal
    apps: dict[str, pyotp.TOTP] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        """The app's services."""
        found: Services = self.app.state.services
        return found

    def visitor(self, address: str = "192.0.2.7") -> Visitor:
        """A fresh browser at this address."""
        client = TestClient(
            self.app, base_url="http://127.0.0.1:8081", follow_redirects=False, raise_server_exceptions=False, client=(address, 5)
        )
        # Else the client starts a thread with an event loop for each request.
        client.portal = self.loop
        return Visitor(client)

    def add(self, login: str, *roles: Role, must_change: bool = False, email: str | None = None) -> str:
        """An account; returns its id."""
        details = AccountDetails(f"Người {login}", email, roles, True, ())
        return self.services.accounts.add(OPERATOR, login, details, PASSWORD, must_change=must_change)[0].id

    def code(self, login: str) -> str:
        """What the person's authenticator app shows now."""
        return self.apps[login].at(self.clock.now)

    def signed_in(self, login: str, *roles: Role, visitor: Visitor | None = None) -> Visitor:
        """A browser whose person has signed in; the account is made where roles are given."""
        if roles:
            self.add(login, *roles)
        visitor = visitor or self.visitor()
        visitor.get("/sign-in")
        assert visitor.post("/sign-in", {"login": login, "password": PASSWORD}).status_code == 303
        if login in self.apps:
            self.clock.move(seconds=31)
            visitor.get("/sign-in/code")
            assert visitor.post("/sign-in/code", {"code": self.code(login)}).status_code == 303
        else:
            page = visitor.get("/sign-in/second-factor")
            found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
            assert found is not None
            self.apps[login] = pyotp.TOTP(found.group(1).replace(" ", ""))
            assert visitor.post("/sign-in/second-factor", {"code": self.code(login)}).status_code == 200
        visitor.get("/me")
        return visitor

    def acts(self) -> list[str]:
        """The acts in the audit log, oldest first."""
        with self.database.sessions() as session:
            return [entry.act for entry in reversed(audit_entries(session, AuditFilter()))]


def words(answer: httpx.Response) -> str:
    """The page's text without markup, as read."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


@pytest.fixture
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger, of either kind."""
    return either_ledger(tmp_path / "ledger.sqlite3", request.node.nodeid)


@pytest.fixture
def settings(tmp_path: Path, ledger_url: str) -> Settings:
    """Settings over an empty ledger."""
    return Settings(
        database_url=ledger_url,
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
        training_dir=tmp_path / "training",
    )


def running(settings: Settings) -> Iterator[RunningConsole]:
    """The console with these settings."""
    database, clock = open_database(settings.database_url), MovingClock()
    with start_blocking_portal() as loop:
        yield RunningConsole(create_app(settings, clock=clock, database=database), clock, database, loop)
    database.engine.dispose()


@cache
def _shared_app() -> FastAPI:
    """One app for all tests of the fixture ``console``: its seventy routes take FastAPI longer than most tests."""
    secrets = {"ledger_key": Fernet.generate_key().decode(), "web_session_secret": "x" * 40}
    return create_app(Settings(database_url="sqlite://", engine_secret="x", **secrets))


@pytest.fixture
def console(settings: Settings) -> Iterator[RunningConsole]:
    """The console, with services of its own."""
    database, clock, app = open_database(settings.database_url), MovingClock(), _shared_app()
    app.state.services = make_services(settings, database, clock, owning_officer(clock), static_files())
    with start_blocking_portal() as loop:
        yield RunningConsole(app, clock, database, loop)
    database.engine.dispose()
