"""The row of ``channel_token`` that holds the account's pair: read, leased, replaced. Both tokens are encrypted.

Every change is one conditional UPDATE on ``version``, so that it works alike on SQLite and PostgreSQL and for any number of
processes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from cryptography.fernet import InvalidToken
from sqlalchemy import CursorResult, or_, update

from bot.conversations.encryption import ledger_cipher
from bot.storage.channel_models import ChannelToken
from bot.storage.database import SessionFactory, writing
from connectors.zalo.envelope import CHANNEL
from connectors.zalo.oauth import TokenPair

RESTING = "resting"
"""Stands as the lease's owner after a refresh failed: nobody tries before the lease ends."""


class UnreadableTokensError(Exception):
    """The stored pair cannot be decrypted with today's LEDGER_KEY."""


@dataclass(frozen=True)
class StoredTokens:
    """The pair as stored. ``pending``: a refresh with this very refresh token was begun, and its end is not known."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    version: int
    access_expires_at: datetime
    obtained_at: datetime
    refresh_issued_at: datetime
    consent_needed: bool
    failures: int
    pending: bool
    lease_owner: str | None
    lease_until: datetime | None

    def is_leased(self, now: datetime) -> bool:
        """Whether another one refreshes now, or nobody may yet."""
        return self.lease_until is not None and self.lease_until > now


class TokenStore:
    """The stored pair of one Official Account. ``key``: one or more Fernet keys, comma separated. Blocking."""

    def __init__(self, sessions: SessionFactory, key: str, account: str) -> None:
        self._sessions = sessions
        self._cipher = ledger_cipher(key)
        self._account = account

    def read(self) -> StoredTokens | None:
        """The pair, or None where no administrator ever consented. Raises ``UnreadableTokensError``."""
        with self._sessions() as session:
            row = session.get(ChannelToken, (CHANNEL, self._account))
        if row is None:
            return None
        refresh = self._decrypted(row.refresh)
        return StoredTokens(
            access=self._decrypted(row.access),
            refresh=refresh,
            version=row.version,
            access_expires_at=row.access_expires_at,
            obtained_at=row.obtained_at,
            refresh_issued_at=row.refresh_issued_at,
            consent_needed=row.consent_needed,
            failures=row.failures,
            pending=row.pending_hash is not None and row.pending_hash == _hash(refresh),
            lease_owner=row.lease_owner,
            lease_until=row.lease_until,
        )

    def put_first(self, pair: TokenPair, now: datetime) -> None:
        """Stores the pair of a consent, whatever was there before."""
        with writing(self._sessions) as session:
            row = session.get(ChannelToken, (CHANNEL, self._account), with_for_update=True)
            if row is None:
                session.add(ChannelToken(channel=CHANNEL, account=self._account, version=1, **self._fresh(pair, now)))
                return
            for name, value in self._fresh(pair, now).items():
                setattr(row, name, value)
            row.version += 1

    def begin_refresh(self, known: StoredTokens, owner: str, now: datetime, lease: timedelta) -> bool:
        """Takes the lease and marks the refresh token as about to be used, in one commit. False where another was faster."""
        free = or_(ChannelToken.lease_until.is_(None), ChannelToken.lease_until <= now)
        mark = _hash(known.refresh)
        before = mark if known.pending else None
        unmarked = ChannelToken.pending_hash == mark if before else _is_no_mark_of(mark)
        return self._change(
            known.version,
            {"lease_owner": owner, "lease_until": now + lease, "pending_since": now, "pending_hash": mark},
            free,
            unmarked,
            ChannelToken.consent_needed.is_(False),
        )

    def replace(self, known: StoredTokens, pair: TokenPair, now: datetime) -> bool:
        """Stores the next pair. False where a newer one (of a new consent) is there already."""
        return self._change(known.version, self._fresh(pair, now) | {"version": known.version + 1})

    def note_failure(
        self, known: StoredTokens, *, pending: bool, rests_until: datetime | None, consent_needed: bool = False
    ) -> None:
        """Counts a failed refresh. ``pending``: whether the refresh token may have been used up by it."""
        values = {
            "failures": known.failures + 1,
            "consent_needed": consent_needed,
            "lease_owner": RESTING if rests_until else None,
            "lease_until": rests_until,
        }
        self._change(known.version, values if pending else values | {"pending_since": None, "pending_hash": None})

    def _change(self, version: int, values: Mapping[str, Any], *conditions: Any) -> bool:
        ours = (ChannelToken.channel == CHANNEL, ChannelToken.account == self._account, ChannelToken.version == version)
        with writing(self._sessions) as session:
            result = session.execute(update(ChannelToken).where(*ours, *conditions).values(**values))
            return cast(CursorResult[Any], result).rowcount == 1

    def _fresh(self, pair: TokenPair, now: datetime) -> dict[str, Any]:
        return {
            "access": self._cipher.encrypt(pair.access.encode()),
            "refresh": self._cipher.encrypt(pair.refresh.encode()),
            "access_expires_at": now + pair.lives,
            "obtained_at": now,
            "refresh_issued_at": now,
            "consent_needed": False,
            "failures": 0,
            "pending_since": None,
            "pending_hash": None,
            "lease_owner": None,
            "lease_until": None,
        }

    def _decrypted(self, value: bytes) -> str:
        try:
            return self._cipher.decrypt(value).decode()
        except InvalidToken as error:
            raise UnreadableTokensError("LEDGER_KEY does not fit the stored Zalo tokens") from error


def _is_no_mark_of(mark: str) -> Any:
    return or_(ChannelToken.pending_hash.is_(None), ChannelToken.pending_hash != mark)


def _hash(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode()).hexdigest()
