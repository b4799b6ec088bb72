"""The accounts of the console: added, changed, blocked. Every act is in the audit log, in the same transaction."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.accounts.audit import Actor, record_audit
from bot.accounts.keyed_hash import new_token, token_hash
from bot.accounts.passwords import check_strength, hash_password
from bot.accounts.permissions import Role
from bot.accounts.sessions import end_sessions
from bot.accounts.view import AccountView, account_view
from bot.conversations.clock import Clock
from bot.storage.account_models import Account, AuditHead, RecoveryCode
from bot.storage.database import SessionFactory, writing

SETUP_LINK_VALID = timedelta(hours=24)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,185}\.[^@\s.]{2,}")


class AccountError(ValueError):
    """An act on an account that is refused; ``reason`` is the key of the text that says why: ``login_malformed``,
    ``login_taken``, ``email_malformed``, ``email_taken``, ``name_missing``, ``agency_unknown``, ``last_administrator``,
    ``own_account``, ``no_account``, ``setup_link_invalid``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class AccountDetails:
    """What an administrator decides about an account."""

    display_name: str
    email: str | None
    roles: tuple[Role, ...]
    all_agencies: bool
    agencies: tuple[str, ...]


class Accounts:
    """The accounts in the ledger. ``known_agencies``: the ids that a scope may name."""

    def __init__(self, sessions: SessionFactory, known_agencies: Collection[str], clock: Clock) -> None:
        self._sessions, self._agencies, self._clock = sessions, known_agencies, clock

    def all(self) -> list[AccountView]:
        """Every account, by login name."""
        with self._sessions() as session:
            return [account_view(row) for row in session.execute(select(Account).order_by(Account.login)).scalars()]

    def get(self, account_id: str) -> AccountView:
        """One account. Raises ``AccountError`` ``no_account``."""
        with self._sessions() as session:
            return account_view(_row(session, account_id))

    def by_login(self, login: str) -> AccountView:
        """The account of this login name. Raises ``AccountError`` ``no_account``."""
        with self._sessions() as session:
            row = session.execute(select(Account).where(Account.login == login.strip().lower())).scalar_one_or_none()
            if row is None:
                raise AccountError("no_account")
            return account_view(row)

    def add(
        self, actor: Actor, login: str, details: AccountDetails, password: str | None = None, *, must_change: bool = True
    ) -> tuple[AccountView, str | None]:
        """Adds an account; returns it, and the token of its set-up link where no password was given.

        Raises ``AccountError``, and ``bot.accounts.passwords.WeakPasswordError`` for a weak password."""
        now, name = self._clock(), login.strip().lower()
        self._check(details)
        if not _LOGIN.fullmatch(name):
            raise AccountError("login_malformed")
        if password is not None:
            check_strength(password, name)
        token = new_token() if password is None else None
        row = Account(id=secrets.token_hex(16), login=name, created_at=now, updated_at=now, must_change_password=False)
        row.password_hash = hash_password(password) if password is not None else None
        row.must_change_password = password is not None and must_change
        row.setup_token_hash = token_hash(token) if token is not None else None
        row.setup_expires_at = now + SETUP_LINK_VALID if token is not None else None
        _fill(row, details)
        try:
            with writing(self._sessions) as session:
                _refuse_taken(session, row)
                session.add(row)
                session.flush()
                record_audit(session, actor, "account.added", f"account:{row.id}", _described(row), now=now)
        except IntegrityError as error:
            raise AccountError("login_taken") from error
        return account_view(row), token

    def change(self, actor: Actor, account_id: str, details: AccountDetails) -> AccountView:
        """Changes name, e-mail, roles and scope; they count from the next request on. Raises ``AccountError``."""
        self._check(details)
        with writing(self._sessions) as session:
            row = _locked(session, account_id)
            before = _described(row)
            if Role.ADMINISTRATOR not in details.roles:
                _keep_an_administrator(session, row)
            _fill(row, details)
            _refuse_taken(session, row)
            row.updated_at = self._clock()
            changes = {"before": before, "after": _described(row)}
            record_audit(session, actor, "account.changed", f"account:{row.id}", changes, now=row.updated_at)
            return account_view(row)

    def block(self, actor: Actor, account_id: str) -> AccountView:
        """Blocks the account and ends its sessions at once. Raises ``AccountError``; nobody blocks themselves."""
        if actor.account_id == account_id:
            raise AccountError("own_account")
        with writing(self._sessions) as session:
            row = _locked(session, account_id)
            _keep_an_administrator(session, row)
            row.state, row.updated_at = "blocked", self._clock()
            row.setup_token_hash = row.setup_expires_at = None
            end_sessions(session, row.id, row.updated_at)
            record_audit(session, actor, "account.blocked", f"account:{row.id}", {"login": row.login}, now=row.updated_at)
            return account_view(row)

    def unblock(self, actor: Actor, account_id: str) -> AccountView:
        """Lets the account sign in again. Raises ``AccountError``."""
        with writing(self._sessions) as session:
            row = _locked(session, account_id)
            row.state, row.updated_at = "active", self._clock()
            record_audit(session, actor, "account.unblocked", f"account:{row.id}", {"login": row.login}, now=row.updated_at)
            return account_view(row)

    def reset_second_factor(self, actor: Actor, account_id: str) -> AccountView:
        """Takes away the second factor and its recovery codes and ends the sessions: it is set up anew at the next sign-in.

        Raises ``AccountError``."""
        with writing(self._sessions) as session:
            row = _locked(session, account_id)
            row.totp_secret = row.totp_confirmed_at = row.totp_last_step = None
            row.updated_at = self._clock()
            session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == row.id))
            end_sessions(session, row.id, row.updated_at)
            subject = f"account:{row.id}"
            record_audit(session, actor, "account.second_factor_reset", subject, {"login": row.login}, now=row.updated_at)
            return account_view(row)

    def new_setup_link(self, actor: Actor, account_id: str) -> str:
        """Takes away the password, ends the sessions, and returns the token of a one-time link to choose a new password.

        Raises ``AccountError``."""
        token = new_token()
        with writing(self._sessions) as session:
            row = _locked(session, account_id)
            row.updated_at = self._clock()
            row.password_hash, row.must_change_password = None, False
            row.setup_token_hash, row.setup_expires_at = token_hash(token), row.updated_at + SETUP_LINK_VALID
            end_sessions(session, row.id, row.updated_at)
            record_audit(session, actor, "account.setup_link", f"account:{row.id}", {"login": row.login}, now=row.updated_at)
        return token

    def account_of_setup_link(self, token: str) -> AccountView:
        """Whose link this is. Raises ``AccountError`` ``setup_link_invalid`` where it is unknown, used, or too old."""
        with self._sessions() as session:
            return account_view(self._of_setup_link(session, token))

    def use_setup_link(self, token: str, password: str) -> AccountView:
        """Sets the password; the link is used up. Raises ``AccountError`` and ``WeakPasswordError``."""
        check_strength(password, self.account_of_setup_link(token).login)
        hashed = hash_password(password)
        with writing(self._sessions) as session:
            row = self._of_setup_link(session, token)
            row.password_hash, row.must_change_password, row.updated_at = hashed, False, self._clock()
            row.setup_token_hash = row.setup_expires_at = None
            actor = Actor(row.id, row.login)
            record_audit(session, actor, "account.password_set", f"account:{row.id}", {"by": "setup_link"}, now=row.updated_at)
            return account_view(row)

    def _of_setup_link(self, session: Session, token: str) -> Account:
        found = select(Account).where(Account.setup_token_hash == token_hash(token)).with_for_update()
        row = session.execute(found.execution_options(populate_existing=True)).scalar_one_or_none()
        if row is None or row.state != "active" or row.setup_expires_at is None or row.setup_expires_at <= self._clock():
            raise AccountError("setup_link_invalid")
        return row

    def _check(self, details: AccountDetails) -> None:
        if not details.display_name.strip() or len(details.display_name) > 80:
            raise AccountError("name_missing")
        if details.email is not None and not _EMAIL.fullmatch(details.email):
            raise AccountError("email_malformed")
        if not set(details.agencies) <= set(self._agencies):
            raise AccountError("agency_unknown")


def _fill(row: Account, details: AccountDetails) -> None:
    row.display_name = details.display_name.strip()
    row.email = details.email.lower() if details.email is not None else None
    row.roles = [role.value for role in details.roles]
    row.all_agencies = details.all_agencies
    row.agencies = [] if details.all_agencies else list(details.agencies)
    row.state = row.state or "active"


def _described(row: Account) -> dict[str, object]:
    return {
        "login": row.login,
        "display_name": row.display_name,
        "email": row.email,
        "roles": row.roles,
        "agencies": "all" if row.all_agencies else row.agencies,
    }


def _row(session: Session, account_id: str) -> Account:
    row = session.get(Account, account_id)
    if row is None:
        raise AccountError("no_account")
    return row


def _locked(session: Session, account_id: str) -> Account:
    row = session.get(Account, account_id, with_for_update=True)
    if row is None:
        raise AccountError("no_account")
    return row


def _refuse_taken(session: Session, row: Account) -> None:
    with session.no_autoflush:
        others = select(Account.login, Account.email).where(Account.id != row.id)
        if session.execute(others.where(Account.login == row.login)).first():
            raise AccountError("login_taken")
        if row.email is not None and session.execute(others.where(Account.email == row.email)).first():
            raise AccountError("email_taken")


def _keep_an_administrator(session: Session, row: Account) -> None:
    """Raises ``last_administrator`` where nobody else could give rights. Such acts wait for each other at the audit log's head,
    so that two administrators cannot take the right from each other at the same moment."""
    if Role.ADMINISTRATOR.value not in row.roles or row.state != "active":
        return
    session.execute(select(AuditHead.name).with_for_update())  # made with the first account
    roles = session.execute(select(Account.roles).where(Account.state == "active", Account.id != row.id)).scalars()
    if not any(Role.ADMINISTRATOR.value in named for named in roles):
        raise AccountError("last_administrator")


def number_of_accounts(session: Session) -> int:
    """How many accounts there are."""
    return session.execute(select(func.count()).select_from(Account)).scalar_one()
