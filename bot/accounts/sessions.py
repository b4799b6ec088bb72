"""Signed-in browsers: opened, found by the cookie's token, ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.accounts.audit import Actor, record_audit
from bot.accounts.keyed_hash import KeyedHash, new_token, token_hash
from bot.accounts.view import AccountView, account_view
from bot.conversations.clock import Clock
from bot.storage.account_models import Account, AccountSession
from bot.storage.database import SessionFactory, writing

UNFINISHED = timedelta(minutes=10)
"""How long someone may take between the password and the second factor."""
_SEEN_EVERY = timedelta(minutes=1)
_KEPT_AFTER_END = timedelta(days=30)


@dataclass(frozen=True)
class Lifetimes:
    """How long a session lives: without a request, and at most."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Browser:
    """Where a session is opened from: the address, and what the browser calls itself."""

    address: str
    user_agent: str


@dataclass(frozen=True)
class LiveSession:
    """A session that is in force now, and whose it is."""

    id: str
    account: AccountView
    second_factor_given: bool

    @property
    def complete(self) -> bool:
        """Whether signing in is finished: the second factor was given (here, or at a provider that is trusted with it) and no new
        password is asked for."""
        return self.second_factor_given and not self.account.must_change_password


@dataclass(frozen=True)
class ListedSession:
    """A session as its owner sees it in a list."""

    id: str
    account_id: str
    created_at: datetime
    seen_at: datetime
    user_agent: str
    same_address: bool


class AccountSessions:
    """The sessions in the ledger."""

    def __init__(self, sessions: SessionFactory, keyed: KeyedHash, clock: Clock, lifetimes: Lifetimes) -> None:
        self._sessions, self._keyed, self._clock, self._lifetimes = sessions, keyed, clock, lifetimes

    def open_within(self, session: Session, account_id: str, browser: Browser, *, second_factor_given: bool) -> str:
        """Opens a session in the caller's transaction; returns the token for the cookie."""
        now, token = self._clock(), new_token()
        lifetime = self._lifetimes.absolute if second_factor_given else min(UNFINISHED, self._lifetimes.absolute)
        session.execute(delete(AccountSession).where(AccountSession.expires_at < now - _KEPT_AFTER_END))
        session.add(
            AccountSession(
                id=secrets.token_hex(8),
                token_hash=token_hash(token),
                account_id=account_id,
                created_at=now,
                seen_at=now,
                expires_at=now + lifetime,
                second_factor_at=now if second_factor_given else None,
                address_hash=self._keyed(browser.address),
                user_agent=browser.user_agent[:80],
            )
        )
        return token

    def find(self, token: str, *, touch: bool = True) -> LiveSession | None:
        """The session of this token where it is in force. ``touch``: a person is at work, the idle time begins anew; a page that
        asks by itself must not do that."""
        now = self._clock()
        with self._sessions() as session:
            found = session.execute(
                select(AccountSession, Account)
                .join(Account, Account.id == AccountSession.account_id)
                .where(AccountSession.token_hash == token_hash(token), Account.state == "active", *self._in_force(now))
            ).one_or_none()
        if found is None:
            return None
        row, account = found
        if touch and now - row.seen_at >= _SEEN_EVERY:
            with writing(self._sessions) as session:
                session.execute(update(AccountSession).where(AccountSession.id == row.id).values(seen_at=now))
        return LiveSession(row.id, account_view(account), row.second_factor_at is not None)

    def of_account(self, account_id: str, address: str) -> list[ListedSession]:
        """The sessions of an account that are in force, last used first."""
        mine = self._keyed(address)
        with self._sessions() as session:
            rows = session.execute(
                select(AccountSession)
                .where(AccountSession.account_id == account_id, *self._in_force(self._clock()))
                .order_by(AccountSession.seen_at.desc(), AccountSession.id)
            ).scalars()
            return [
                ListedSession(row.id, row.account_id, row.created_at, row.seen_at, row.user_agent, row.address_hash == mine)
                for row in rows
            ]

    def revoke(self, actor: Actor, account_id: str, session_id: str) -> bool:
        """Ends one session of this account; False where it has no such session in force."""
        now = self._clock()
        with writing(self._sessions) as session:
            ended = session.execute(
                update(AccountSession)
                .where(
                    AccountSession.id == session_id, AccountSession.account_id == account_id, AccountSession.revoked_at.is_(None)
                )
                .values(revoked_at=now)
                .returning(AccountSession.id)
            ).all()
            if ended:
                record_audit(session, actor, "session.revoked", f"account:{account_id}", {"session": session_id}, now=now)
        return bool(ended)

    def _in_force(self, now: datetime) -> tuple[Any, ...]:
        return (
            AccountSession.revoked_at.is_(None),
            AccountSession.expires_at > now,
            AccountSession.seen_at > now - self._lifetimes.idle,
        )


def end_sessions(session: Session, account_id: str, now: datetime, *, except_id: str | None = None) -> None:
    """Ends every session of the account in the caller's transaction, but the one named."""
    ended = update(AccountSession).where(AccountSession.account_id == account_id, AccountSession.revoked_at.is_(None))
    if except_id is not None:
        ended = ended.where(AccountSession.id != except_id)
    session.execute(ended.values(revoked_at=now))
