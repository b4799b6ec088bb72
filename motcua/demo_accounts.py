"""Accounts for a local trial: one per role, with random passwords and second factors, kept in ``var/console-accounts.json``.

Made only beside the platforms' stand-ins, and only while the ledger has no account at all.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import pyotp

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails, Accounts, number_of_accounts
from bot.accounts.permissions import Role
from bot.accounts.scope import agency_names
from bot.accounts.second_factor import new_totp_secret
from bot.conversations.clock import utc_now
from bot.conversations.encryption import ledger_cipher
from bot.settings import Settings
from bot.storage.account_models import Account
from bot.storage.database import open_database, writing

_NAMES = {
    Role.OFFICER: "Cán bộ dùng thử",
    Role.SUPERVISOR: "Phụ trách dùng thử",
    Role.TRAINER: "Người huấn luyện dùng thử",
    Role.ADMINISTRATOR: "Quản trị viên dùng thử",
    Role.AUDITOR: "Kiểm toán dùng thử",
}


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


def ensure_demo_accounts(settings: Settings) -> bool:
    """Makes them where they may be made; whether there are any now."""
    if not settings.platform_simulators:
        return False
    database = open_database(settings.database_url)
    try:
        with database.sessions() as session:
            if number_of_accounts(session):
                return bool(read_demo_accounts(settings))
        accounts = Accounts(database.sessions, agency_names(settings.data_dir), utc_now)
        cipher = ledger_cipher(settings.ledger_key.get_secret_value())
        made = [DemoAccount(f"demo-{role}", role.value, secrets.token_urlsafe(12), new_totp_secret()) for role in Role]
        _write(demo_file(settings), made)
        for demo in made:
            role = Role(demo.role)
            details = AccountDetails(_NAMES[role], None, (role,), True, ())
            account, _ = accounts.add(OPERATOR, demo.login, details, demo.password, must_change=False)
            with writing(database.sessions) as session:
                row = session.get_one(Account, account.id)
                row.totp_secret, row.totp_confirmed_at = cipher.encrypt(demo.totp_secret.encode()), utc_now()
    finally:
        database.engine.dispose()
    return True


def _write(path: Path, accounts: list[DemoAccount]) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(account) for account in accounts], file, ensure_ascii=False, indent=2)


def verification_code(account: DemoAccount) -> str:
    """What an authenticator app would show now."""
    return pyotp.TOTP(account.totp_secret).now()
