"""The lock-out over the ledger: one count for all action servers, kept over restarts."""

import secrets
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from bot.dossiers.attempts import ADDRESS_WINDOW, PER_ADDRESS, WINDOW, WRONG_PAIRS, Attempt, Locked, free_again
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import WrongProof

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


class SharedAttempts:
    """``LookupAttempts`` on the table ``wrong_proof``."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    def take(self, conversation_id: str, now: datetime, address: str | None = None) -> Attempt | Locked:
        """See ``LookupAttempts.take``."""
        keys = [("conversation", conversation_id)] + ([("address", address)] if address else [])
        with writing(self._sessions) as session:
            self._hold(session, keys)
            until = [moment for scope, key in keys if (moment := _free_again(session, scope, key, now)) is not None]
            if until:
                return Locked(max(until))
            attempt = Attempt(secrets.token_hex(16))
            session.add_all(WrongProof(attempt_id=attempt.attempt_id, scope=scope, key=key, at=now) for scope, key in keys)
        return attempt

    def give_back(self, attempt: Attempt) -> None:
        """See ``LookupAttempts.give_back``."""
        mine = (WrongProof.attempt_id == attempt.attempt_id, WrongProof.scope == "conversation")
        with writing(self._sessions) as session:
            session.execute(delete(WrongProof).where(*mine))

    @staticmethod
    def _hold(session: Session, keys: list[tuple[str, str]]) -> None:
        """Has tries of the same citizen or address wait for one another, until the end of the transaction: counting and writing
        are then one act. SQLite has one writer anyway."""
        if session.get_bind().dialect.name == "postgresql":
            for scope, key in sorted(keys):  # one order, so that two of them never wait for each other
                session.execute(_ONE_AT_A_TIME, {"key": f"wrong_proof {scope} {key}"})


def _free_again(session: Session, scope: str, key: str, now: datetime) -> datetime | None:
    allowed, window = (WRONG_PAIRS, WINDOW) if scope == "conversation" else (PER_ADDRESS, ADDRESS_WINDOW)
    mine = (WrongProof.scope == scope, WrongProof.key == key, WrongProof.at > now - window)
    return free_again(session.scalars(select(WrongProof.at).where(*mine)), allowed, window, now)


def forget_old_attempts(session: Session, now: datetime) -> int:
    """Deletes tries that count no more; returns how many."""
    old = delete(WrongProof).where(WrongProof.at <= now - WINDOW)
    return len(session.execute(old.returning(WrongProof.id)).all())
