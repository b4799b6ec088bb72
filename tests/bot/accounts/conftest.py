"""The ledger, a clock that is moved, and the accounts' services on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from cryptography.fernet import Fernet

from bot.accounts.attempts import SignInAttempts
from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails, Accounts
from bot.accounts.keyed_hash import KeyedHash
from bot.accounts.permissions import Role
from bot.accounts.sessions import AccountSessions, Browser, Lifetimes, LiveSession
from bot.accounts.sign_in import SignIn
from bot.accounts.view import AccountView
from bot.storage.database import Database, open_database
from tests.databases import database, database_url, one_ledger
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]

PASSWORD = "một câu dài dễ nhớ"
AGENCIES = ("tthcc-xa", "so-tu-phap")
HERE = Browser("192.0.2.7", "Firefox trên Linux")


@dataclass
class Office:
    """Everything around accounts, over one ledger."""

    database: Database
    clock: MovingClock
    key: str
    accounts: Accounts
    opened: AccountSessions
    sign_in: SignIn

    def add(self, login: str, *roles: Role, agencies: tuple[str, ...] | None = None) -> AccountView:
        """An account whose password is its own already."""
        details = AccountDetails(f"Người {login}", None, roles, agencies is None, agencies or ())
        return self.accounts.add(OPERATOR, login, details, PASSWORD, must_change=False)[0]

    def live(self, token: str) -> LiveSession:
        """The session of a token that must be in force."""
        found = self.opened.find(token)
        assert found is not None
        return found

    def set_up(self, login: str, browser: Browser = HERE) -> tuple[LiveSession, pyotp.TOTP, list[str]]:
        """Signs in for the first time: the complete session, the app, the recovery codes."""
        first = self.live(self.sign_in.with_password(login, PASSWORD, browser))
        app = pyotp.TOTP(self.sign_in.begin_second_factor(first))
        token, codes = self.sign_in.confirm_second_factor(first, self.code(app), browser)
        return self.live(token), app, codes

    def code(self, app: pyotp.TOTP) -> str:
        """What the app shows now."""
        return app.at(self.clock.now)


def office_over(database: Database) -> Office:
    """A fresh one over this ledger."""
    clock, key = MovingClock(), Fernet.generate_key().decode()
    keyed = KeyedHash(key)
    opened = AccountSessions(database.sessions, keyed, clock, Lifetimes())
    sign_in = SignIn(database.sessions, key, SignInAttempts(database.sessions, keyed, clock), opened, clock)
    return Office(database, clock, key, Accounts(database.sessions, AGENCIES, clock), opened, sign_in)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """On SQLite: for what does not depend on the database."""
    ledger = open_database(one_ledger(tmp_path / "ledger.sqlite3"), pool_size=8)
    yield office_over(ledger)
    ledger.engine.dispose()


@pytest.fixture
def everywhere(database: Database) -> Office:
    """On each database: for what leans on locks, conditional updates and constraints."""
    return office_over(database)
