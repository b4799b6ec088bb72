"""How often signing in may be tried: per account from one address, per account, and per address, over the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, delete, func, select, update

from bot.accounts.keyed_hash import KeyedHash
from bot.conversations.clock import Clock
from bot.metrics.declared import SIGN_INS
from bot.network_sources import source_of
from bot.storage.account_models import SignInAttempt
from bot.storage.database import SessionFactory, writing

Step = Literal["password", "second_factor"]
WINDOW = timedelta(minutes=15)
_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Allowed:
    """Failures allowed within ``WINDOW``: of one account from one address, of one account from anywhere, from one address."""

    pair: int
    login: int
    address: int


# An office shares one address; so an address may fail more often than an account.
LIMITS: Mapping[Step, Allowed] = {
    "password": Allowed(pair=5, login=20, address=50),
    "second_factor": Allowed(pair=5, login=10, address=50),
}


class TooManyAttemptsError(Exception):
    """No try is left; ``minutes``: how long to wait (at least 1)."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"wait {minutes} minutes")
        self.minutes = minutes


class SignInAttempts:
    """Counts tries. A try is written, and committed, before it is judged: many at the same moment count each other."""

    def __init__(self, sessions: SessionFactory, keyed: KeyedHash, clock: Clock) -> None:
        self._sessions, self._keyed, self._clock = sessions, keyed, clock

    def take(self, step: Step, login: str, address: str) -> int:
        """Takes a try; returns its number for ``succeeded``. Raises ``TooManyAttemptsError``; a refused try does not count."""
        now = self._clock()
        source = source_of((address, 0))
        row = SignInAttempt(at=now, step=step, login_hash=self._keyed(login.lower()), address_hash=self._keyed(source))
        SIGN_INS.labels(step, "tried").inc()
        with writing(self._sessions) as session:
            session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - _KEPT))
            session.add(row)
        until = self._locked_until(row, LIMITS[step])
        if until is not None:
            with writing(self._sessions) as session:
                session.execute(delete(SignInAttempt).where(SignInAttempt.id == row.id))
            SIGN_INS.labels(step, "limited").inc()
            raise TooManyAttemptsError(max(1, -int((now - until).total_seconds() // 60)))
        return row.id

    def succeeded(self, attempt: int) -> None:
        """The try was right: it is no failure, and earlier ones of the same account from the same address are forgiven."""
        with writing(self._sessions) as session:
            session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt).values(succeeded=True))

    def _locked_until(self, row: SignInAttempt, allowed: Allowed) -> datetime | None:
        of_login = SignInAttempt.login_hash == row.login_hash
        of_address = SignInAttempt.address_hash == row.address_hash
        forgiven = select(func.max(SignInAttempt.id)).where(
            SignInAttempt.step == row.step, SignInAttempt.succeeded, of_login, of_address
        )
        after = SignInAttempt.id > func.coalesce(forgiven.scalar_subquery(), 0)
        found = (
            self._over(row, allowed.pair, of_login, of_address, after),
            self._over(row, allowed.login, of_login),
            self._over(row, allowed.address, of_address),
        )
        return max((until for until in found if until is not None), default=None)

    def _over(self, row: SignInAttempt, allowed: int, *conditions: ColumnElement[bool]) -> datetime | None:
        """Until when the limit holds back the try in ``row``, which is counted too; None where it does not."""
        failures: Any = (
            select(SignInAttempt.at)
            .where(SignInAttempt.step == row.step, ~SignInAttempt.succeeded, SignInAttempt.at > row.at - WINDOW, *conditions)
            .order_by(SignInAttempt.at.desc())
        )
        with self._sessions() as session:
            moments = list(session.execute(failures).scalars())
        return moments[allowed] + WINDOW if len(moments) > allowed else None
