"""The access token of the Official Account, kept valid.

A refresh token works **once**: two processes that refresh at the same time, or one that dies between Zalo's answer and the
commit, would lock us out until an administrator consents again. Therefore: one refresher at a time (a lease on the row, longer
than the exchange can take); the intention is committed before the call; the new pair is committed before its first use; and a
token whose use is uncertain is tried again, until Zalo says that it is used up. Then ``consent_needed`` is set and nobody tries.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.concurrency import run_in_threadpool

from bot.conversations.clock import Clock, utc_now
from connectors.channel import ChannelError, Permanent, Temporary
from connectors.zalo.oauth import EXCHANGE_SECONDS, OAuthClient, OAuthError, OAuthRefused, OAuthUnreached, TokenPair
from connectors.zalo.token_store import RESTING, StoredTokens, TokenStore, UnreadableTokensError

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=3 * EXCHANGE_SECONDS)
RENEWED_AT = 0.8
OLD_REFRESH_TOKEN = timedelta(days=60)
"""Zalo's refresh tokens live about 90 days."""

_POLL_SECONDS = 0.2
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=15)
_STORE_AGAIN_AFTER = (0.2, 1.0, 3.0)
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class AccessToken:
    """A token to call with, and the version of the pair that it belongs to."""

    value: str = field(repr=False)
    version: int


class ZaloTokens:
    """Gives out access tokens to any number of tasks; any number of processes may hold one of these for the same account."""

    def __init__(self, store: TokenStore, oauth: OAuthClient, *, clock: Clock = utc_now, sleep: Sleep = anyio.sleep) -> None:
        self._store = store
        self._oauth = oauth
        self._clock = clock
        self._sleep = sleep
        self._owner = f"refresher-{secrets.token_hex(6)}"
        self._one_at_a_time = anyio.Lock()

    async def access(self) -> AccessToken:
        """A token that should be valid; renewed first where 80 % of its life are over.

        Raises ``Permanent`` (``account_needs_attention``) where an administrator has to consent, ``Temporary`` where Zalo's
        OAuth cannot be asked now and the old token is over.
        """
        stored = await self._read()
        now = self._clock()
        if now < _renewal_at(stored):
            return _token(stored)
        if now < stored.access_expires_at and (stored.consent_needed or stored.is_leased(now)):
            return _token(stored)
        try:
            return await self._renewed(stored.version)
        except ChannelError:
            if self._clock() < stored.access_expires_at:
                return _token(stored)
            raise

    async def after_rejection(self, rejected: AccessToken) -> AccessToken:
        """The token to try instead of one that Zalo refused. Raises like ``access``."""
        return await self._renewed(rejected.version)

    async def keep_fresh(self) -> None:
        """Renews where it is time to, so that a quiet week does not end the account's tokens, and warns of an old refresh
        token. To be called every hour or so. Raises like ``access``."""
        try:
            await self.access()
        finally:
            stored = await self.stored()
            if stored is not None and self._clock() - stored.refresh_issued_at > OLD_REFRESH_TOKEN:
                _alarm("refresh_token_old")

    async def take_consent(self, code: str) -> TokenPair:
        """Exchanges an administrator's code and stores the first pair. Raises ``OAuthError``."""
        pair = await self._oauth.exchange_code(code)
        await run_in_threadpool(self._store.put_first, pair, self._clock())
        return pair

    async def stored(self) -> StoredTokens | None:
        """The pair as it is, without asking Zalo. Raises ``Permanent`` where it cannot be decrypted."""
        try:
            return await run_in_threadpool(self._store.read)
        except UnreadableTokensError as error:
            _alarm("tokens_unreadable")
            raise Permanent("tokens_unreadable", "account_needs_attention") from error

    async def _read(self) -> StoredTokens:
        stored = await self.stored()
        if stored is None:
            raise Permanent("no_token", "account_needs_attention")
        return stored

    async def _renewed(self, known_version: int) -> AccessToken:
        """A token of a newer pair than the known one: another's, or our own doing."""
        await self._one_at_a_time.acquire()
        try:
            return await self._renewed_in_turn(known_version)
        finally:
            self._one_at_a_time.release()

    async def _renewed_in_turn(self, known_version: int) -> AccessToken:
        waited = 0.0
        while True:
            stored = await self._read()
            if stored.version != known_version:
                return _token(stored)
            if stored.consent_needed:
                raise Permanent("consent_needed", "account_needs_attention")
            now = self._clock()
            if not stored.is_leased(now):
                if await run_in_threadpool(self._store.begin_refresh, stored, self._owner, now, LEASE):
                    # Whoever is cancelled after the call and before the commit loses the pair.
                    with anyio.CancelScope(shield=True):
                        await self._refresh(stored)
                    continue
            elif stored.lease_owner == RESTING or waited > EXCHANGE_SECONDS:
                raise Temporary("token_refresh_waits", _seconds_until(stored.lease_until, now), whole_account=True)
            await self._sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS

    async def _refresh(self, stored: StoredTokens) -> None:
        """The exchange, and the commit of what it brought. The caller holds the lease, and the intention is committed."""
        try:
            pair = await self._oauth.refresh(stored.refresh)
        except OAuthRefused as refusal:
            # A refusal of any kind after an uncertain exchange means that the token was used up then.
            ended = refusal.needs_consent or stored.pending
            await self._note_failure(stored, refusal, pending=False, consent_needed=ended)
            if ended:
                raise Permanent("consent_needed", "account_needs_attention") from refusal
            raise Temporary("token_refresh_refused", _rest(stored).total_seconds(), whole_account=True) from refusal
        except OAuthError as error:
            pending = stored.pending or not isinstance(error, OAuthUnreached)
            await self._note_failure(stored, error, pending=pending)
            raise Temporary("token_refresh_failed", _rest(stored).total_seconds(), whole_account=True) from error
        if await self._keep(stored, pair):
            logger.info("zalo.tokens_refreshed", extra={"version": stored.version + 1})

    async def _keep(self, stored: StoredTokens, pair: TokenPair) -> bool:
        """Commits the pair; a ledger that is away for a moment must not cost us the account."""
        for seconds in _STORE_AGAIN_AFTER:
            try:
                return await run_in_threadpool(self._store.replace, stored, pair, self._clock())
            except (OperationalError, InterfaceError):
                await self._sleep(seconds)
        return await run_in_threadpool(self._store.replace, stored, pair, self._clock())

    async def _note_failure(
        self, stored: StoredTokens, error: OAuthError, *, pending: bool, consent_needed: bool = False
    ) -> None:
        rests_until = None if consent_needed else self._clock() + _rest(stored)
        await run_in_threadpool(
            lambda: self._store.note_failure(stored, pending=pending, rests_until=rests_until, consent_needed=consent_needed)
        )
        logger.warning("zalo.refresh_failed", extra={"reason": error.reason, "failures": stored.failures + 1})
        if consent_needed:
            _alarm("consent_needed")
        elif stored.failures >= 1:
            _alarm("refresh_failed_twice")


def _alarm(reason: str) -> None:
    logger.error("zalo.token_alarm", extra={"reason": reason})


def _token(stored: StoredTokens) -> AccessToken:
    return AccessToken(stored.access, stored.version)


def _renewal_at(stored: StoredTokens) -> datetime:
    return stored.obtained_at + (stored.access_expires_at - stored.obtained_at) * RENEWED_AT


def _rest(stored: StoredTokens) -> timedelta:
    """How long nobody tries after this failure."""
    doubled: int = 1 << min(stored.failures, 10)
    return min(_FIRST_REST * doubled, _LONGEST_REST)


def _seconds_until(moment: datetime | None, now: datetime) -> float:
    return max(1.0, (moment - now).total_seconds()) if moment is not None else 1.0
