"""Signing in: the password, then the second factor; and what a signed-in person changes about both."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.accounts.attempts import SignInAttempts
from bot.accounts.audit import SYSTEM, record_audit
from bot.accounts.passwords import check_strength, hash_password, needs_rehash, password_fits
from bot.accounts.second_factor import accepted_step, new_recovery_codes, new_totp_secret, recovery_code_hash
from bot.accounts.sessions import AccountSessions, Browser, LiveSession, end_sessions
from bot.accounts.view import AccountView
from bot.conversations.clock import Clock
from bot.conversations.encryption import ledger_cipher
from bot.metrics.declared import SIGN_INS
from bot.storage.account_models import Account, AccountSession, RecoveryCode
from bot.storage.database import SessionFactory, writing


class SignInRefusedError(Exception):
    """The name, the password or the code is wrong, or the account is blocked: which one is not said."""


class SignIn:
    """The steps of signing in, over the ledger. ``key``: the ledger's Fernet keys, comma separated."""

    def __init__(
        self, sessions: SessionFactory, key: str, attempts: SignInAttempts, opened: AccountSessions, clock: Clock
    ) -> None:
        self._sessions, self._attempts, self._opened, self._clock = sessions, attempts, opened, clock
        self._cipher = ledger_cipher(key)

    def with_password(self, login: str, password: str, browser: Browser) -> str:
        """The first step: returns the token of a session that is open for the second step only.

        Raises ``SignInRefusedError`` and ``TooManyAttemptsError``; both look the same for a name that nobody has."""
        name = login.strip().lower()
        attempt = self._attempts.take("password", name, browser.address)
        with self._sessions() as session:
            row = session.execute(select(Account).where(Account.login == name)).scalar_one_or_none()
        fits = password_fits(row.password_hash if row is not None else None, password)
        if row is None or not fits or row.state != "active":
            self._record_refusal(row, "password")
            raise SignInRefusedError
        self._attempts.succeeded(attempt)
        with writing(self._sessions) as session:
            if row.password_hash is not None and needs_rehash(row.password_hash):
                kept = Account.password_hash == row.password_hash
                stronger = update(Account).where(Account.id == row.id, kept).values(password_hash=hash_password(password))
                session.execute(stronger)
            return self._opened.open_within(session, row.id, browser, second_factor_given=False)

    def with_code(self, live: LiveSession, code: str, browser: Browser) -> str:
        """The second step with a code of the authenticator app, or with a recovery code: the session is replaced by a complete
        one, whose token is returned. Raises ``SignInRefusedError`` and ``TooManyAttemptsError``."""
        attempt = self._attempts.take("second_factor", live.account.login, browser.address)
        with writing(self._sessions) as session:
            row = self._active(session, live.account.id)
            how = self._accept_code(session, row, code) if row.totp_confirmed_at is not None else None
            token = self._complete(session, live, browser, how) if how is not None else None
        if token is None:
            self._record_refusal(row, "second_factor")
            raise SignInRefusedError
        self._attempts.succeeded(attempt)
        return token

    def begin_second_factor(self, live: LiveSession) -> str:
        """The secret to set up now: the one that waits for its first code, or a fresh one.

        Raises ``SignInRefusedError`` where the account has a second factor already."""
        with writing(self._sessions) as session:
            row = self._active(session, live.account.id)
            if row.totp_confirmed_at is not None:
                raise SignInRefusedError
            if row.totp_secret is None:
                row.totp_secret = self._cipher.encrypt(new_totp_secret().encode())
            return self._cipher.decrypt(row.totp_secret).decode()

    def confirm_second_factor(self, live: LiveSession, code: str, browser: Browser) -> tuple[str, list[str]]:
        """The app shows the right code: the second factor is in force. Returns the token of the complete session and the
        recovery codes, which nobody can read later. Raises ``SignInRefusedError`` and ``TooManyAttemptsError``."""
        attempt = self._attempts.take("second_factor", live.account.login, browser.address)
        now = self._clock()
        with writing(self._sessions) as session:
            row = self._active(session, live.account.id)
            if row.totp_confirmed_at is not None or row.totp_secret is None:
                raise SignInRefusedError
            step = accepted_step(self._cipher.decrypt(row.totp_secret).decode(), code, now, row.totp_last_step)
            if step is None:
                raise SignInRefusedError
            row.totp_confirmed_at, row.totp_last_step = now, step
            codes = self._fresh_recovery_codes(session, row)
            token = self._complete(session, live, browser, "set_up")
        self._attempts.succeeded(attempt)
        return token, codes

    def renew_recovery_codes(self, live: LiveSession, code: str, browser: Browser) -> list[str]:
        """Ten fresh recovery codes in exchange for a code of the app (or an old recovery code); the old ones are void.

        Raises ``SignInRefusedError`` and ``TooManyAttemptsError``."""
        with self._proved(live, code, browser) as (session, row):
            codes = self._fresh_recovery_codes(session, row)
            subject = f"account:{row.id}"
            record_audit(session, live.account.actor, "account.recovery_codes_renewed", subject, now=self._clock())
        return codes

    def confirm_presence(self, live: LiveSession, code: str, browser: Browser) -> None:
        """Whoever signs something is the person at the keyboard: asks for a code once more (each counts once). Raises
        ``SignInRefusedError`` and ``TooManyAttemptsError``."""
        with self._proved(live, code, browser):
            pass

    def give_up_second_factor(self, live: LiveSession, code: str, browser: Browser) -> None:
        """Takes the second factor away in exchange for a code of it, for example to move to another telephone: all sessions end,
        and a new one is set up at the next sign-in. Raises ``SignInRefusedError`` and ``TooManyAttemptsError``."""
        with self._proved(live, code, browser) as (session, row):
            row.totp_secret = row.totp_confirmed_at = row.totp_last_step = None
            row.updated_at = self._clock()
            session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == row.id))
            end_sessions(session, row.id, row.updated_at)
            subject, details = f"account:{row.id}", {"login": row.login}
            record_audit(session, live.account.actor, "account.second_factor_reset", subject, details, now=row.updated_at)

    def recovery_codes_left(self, account_id: str) -> int:
        """How many recovery codes are still unused."""
        unused = select(RecoveryCode.id).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        with self._sessions() as session:
            return len(session.execute(unused).all())

    def change_password(self, live: LiveSession, present: str, new: str, browser: Browser) -> None:
        """Sets a new password and ends the account's other sessions.

        Raises ``SignInRefusedError`` where the present one is wrong, or the account has none; ``TooManyAttemptsError`` and
        ``WeakPasswordError``."""
        attempt = self._attempts.take("password", live.account.login, browser.address)
        check_strength(new, live.account.login)
        with self._sessions() as session:
            stored = self._active(session, live.account.id).password_hash
        if not password_fits(stored, present):
            raise SignInRefusedError
        hashed = hash_password(new)
        with writing(self._sessions) as session:
            row = self._active(session, live.account.id)
            row.password_hash, row.must_change_password, row.updated_at = hashed, False, self._clock()
            end_sessions(session, row.id, row.updated_at, except_id=live.id)
            subject = f"account:{row.id}"
            record_audit(session, live.account.actor, "account.password_set", subject, {"by": "owner"}, now=row.updated_at)
        self._attempts.succeeded(attempt)

    def sign_out(self, live: LiveSession) -> None:
        """Ends the session."""
        self._opened.revoke(live.account.actor, live.account.id, live.id)

    @contextmanager
    def _proved(self, live: LiveSession, code: str, browser: Browser) -> Iterator[tuple[Session, Account]]:
        """A transaction for what asks for the second factor once more."""
        attempt = self._attempts.take("second_factor", live.account.login, browser.address)
        with writing(self._sessions) as session:
            row = self._active(session, live.account.id)
            if row.totp_confirmed_at is None or self._accept_code(session, row, code) is None:
                raise SignInRefusedError
            yield session, row
        self._attempts.succeeded(attempt)

    def _complete(self, session: Session, live: LiveSession, browser: Browser, how: str) -> str:
        """Replaces the unfinished session by a complete one: a token that was known before the second factor is worth nothing."""
        now = self._clock()
        ended = (
            update(AccountSession)
            .where(AccountSession.id == live.id, AccountSession.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(AccountSession.id)
        )
        if not session.execute(ended).all():
            raise SignInRefusedError
        token = self._opened.open_within(session, live.account.id, browser, second_factor_given=True)
        account = live.account
        record_audit(session, account.actor, "session.opened", f"account:{account.id}", {"second_factor": how}, now=now)
        return token

    def _accept_code(self, session: Session, row: Account, code: str) -> str | None:
        now = self._clock()
        if row.totp_secret is not None:
            step = accepted_step(self._cipher.decrypt(row.totp_secret).decode(), code, now, row.totp_last_step)
            if step is not None:
                row.totp_last_step = step
                return "app"
        used = session.execute(
            update(RecoveryCode)
            .where(
                RecoveryCode.account_id == row.id,
                RecoveryCode.code_hash == recovery_code_hash(row.id, code[:40]),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=now)
            .returning(RecoveryCode.id)
        ).all()
        return "recovery_code" if used else None

    def _fresh_recovery_codes(self, session: Session, row: Account) -> list[str]:
        codes = new_recovery_codes()
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == row.id))
        session.add_all(RecoveryCode(account_id=row.id, code_hash=recovery_code_hash(row.id, code)) for code in codes)
        return codes

    def _active(self, session: Session, account_id: str) -> Account:
        row = session.get(Account, account_id, with_for_update=True)
        if row is None or row.state != "active":
            raise SignInRefusedError
        return row

    def _record_refusal(self, row: Account | None, step: str) -> None:
        """Also for names that nobody has, so that they take the same time; the name itself is not kept: it may be a password."""
        SIGN_INS.labels(step, "refused").inc()
        subject = f"account:{row.id}" if row is not None else "account:unknown"
        with writing(self._sessions) as session:
            record_audit(session, SYSTEM, "session.refused", subject, {"step": step}, now=self._clock())


def open_identity_session(
    sessions: SessionFactory, opened: AccountSessions, account: AccountView, browser: Browser, *, trusted: bool, clock: Clock
) -> str:
    """A session for someone whom the provider of single sign-on knows. ``trusted``: the provider asked for a second factor
    itself; else ours is asked for next."""
    with writing(sessions) as session:
        token = opened.open_within(session, account.id, browser, second_factor_given=trusted)
        record_audit(
            session, account.actor, "session.provider_accepted", f"account:{account.id}", {"complete": trusted}, now=clock()
        )
    return token
