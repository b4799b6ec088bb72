"""Accounts for a local trial: every role, officers of three agencies and two trainers, with random passwords and second factors,
kept in ``var/console-accounts.json``.

Made only beside the platforms' stand-ins, and only while the ledger has no account at all.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pyotp

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails, Accounts, number_of_accounts
from bot.accounts.permissions import Role
from bot.accounts.scope import agency_names
from bot.accounts.second_factor import new_totp_secret
from bot.conversations.clock import utc_now
from bot.conversations.encryption import ledger_cipher
from bot.officers.members import join_team
from bot.officers.teams import load_teams
from bot.settings import Settings
from bot.storage.account_models import Account
from bot.storage.database import Database, open_database, writing


@dataclass(frozen=True)
class _Person:
    """Who shall have an account. ``team``: where they work and whose agencies' conversations they see; None: all agencies'."""

    login: str
    name: str
    role: Role
    team: str | None = None


_PEOPLE = (
    _Person("demo-officer", "Nguyễn Thị Lan", Role.OFFICER, "tthcc-tinh"),
    _Person("demo-officer-police", "Trần Văn Minh", Role.OFFICER, "cong-an-tinh"),
    _Person("demo-officer-land", "Lê Thu Hà", Role.OFFICER, "dat-dai"),
    _Person("demo-supervisor", "Phạm Quốc Hùng", Role.SUPERVISOR),
    _Person("demo-trainer", "Đỗ Minh Anh", Role.TRAINER),
    _Person("demo-trainer-2", "Vũ Hải Yến", Role.TRAINER),
    _Person("demo-administrator", "Ngô Đức Thắng", Role.ADMINISTRATOR),
    _Person("demo-auditor", "Bùi Thanh Tùng", Role.AUDITOR),
)
"""A second trainer, because nobody approves their own work."""


@dataclass(frozen=True)
class DemoAccount:
    """What a newcomer needs to sign in."""

    login: str
    role: str
    password: str
    totp_secret: str


def demo_file(settings: Settings) -> Path:
    """Where they are written, readable by the owner only."""
    return settings.var_dir / "console-accounts.json"


def read_demo_accounts(settings: Settings) -> list[DemoAccount]:
    """The accounts of the file; none where it is not there or cannot be read as such."""
    try:
        return [DemoAccount(**entry) for entry in json.loads(demo_file(settings).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


DemoAccounts = Literal["none", "made", "there"]


def ensure_demo_accounts(settings: Settings) -> DemoAccounts:
    """Makes them where they may be made. Says whether there are any now, and whether they were made by this very call."""
    if not settings.platform_simulators:
        return "none"
    database = open_database(settings.database_url)
    try:
        with database.sessions() as session:
            if number_of_accounts(session):
                return "there" if read_demo_accounts(settings) else "none"
        _make_people(settings, database)
    finally:
        database.engine.dispose()
    return "made"


def _make_people(settings: Settings, database: Database) -> None:
    accounts = Accounts(database.sessions, agency_names(settings.data_dir), utc_now)
    cipher = ledger_cipher(settings.ledger_key.get_secret_value())
    teams = load_teams(settings.data_dir)
    made = [DemoAccount(one.login, one.role.value, secrets.token_urlsafe(12), new_totp_secret()) for one in _PEOPLE]
    _write(demo_file(settings), made)
    for one, demo in zip(_PEOPLE, made, strict=True):
        agencies = tuple(sorted(teams.by_id[one.team].agencies)) if one.team else ()
        details = AccountDetails(one.name, None, (one.role,), one.team is None, agencies)
        account, _ = accounts.add(OPERATOR, demo.login, details, demo.password, must_change=False)
        with writing(database.sessions) as session:
            row = session.get_one(Account, account.id)
            row.totp_secret, row.totp_confirmed_at = cipher.encrypt(demo.totp_secret.encode()), utc_now()
            if one.team:
                join_team(session, one.team, one.login, utc_now())


def _write(path: Path, accounts: list[DemoAccount]) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(account) for account in accounts], file, ensure_ascii=False, indent=2)


def verification_code(account: DemoAccount) -> str:
    """What an authenticator app would show now."""
    return pyotp.TOTP(account.totp_secret).now()
