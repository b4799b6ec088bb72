"""Looking a dossier up with two proofs (``docs/decisions/0005-dossier-lookup-needs-two-proofs.md``)."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import vietnam_now
from bot.dossiers.attempts import Attempt, Locked, LookupAttempts
from bot.language.masking import dossier_code
from bot.portal.cache import DossierCache
from bot.portal.errors import NotFound, PortalError, TooManyAttempts, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.records import Dossier, LookupFactor

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(hours=24)
_LONGEST_LOOKUP_CODE = 32


@dataclass(frozen=True)
class Found:
    """Both proofs fit. ``as_of`` is when the source last stated it; ``stale``: that is more than a day ago."""

    dossier: Dossier
    as_of: datetime
    stale: bool


@dataclass(frozen=True)
class NotFoundOrWrongFactor:
    """No dossier fits this pair. Which of the two is wrong is not known, and would not be told."""


@dataclass(frozen=True)
class LockedOut:
    """Too many wrong pairs; the next try is possible at ``until``."""

    until: datetime


@dataclass(frozen=True)
class PortalAway:
    """The portal gave no answer. ``last_known``: what it last told for this very pair, if this process saw it."""

    last_known: Dossier | None


StatusOutcome = Found | NotFoundOrWrongFactor | LockedOut | PortalAway


class DossierStatusService:
    """Checks a pair and tells the dossier's status. May be called from several threads; a call takes at most the portal
    client's time limit."""

    def __init__(
        self,
        portal: PortalGateway,
        attempts: LookupAttempts,
        *,
        cache: DossierCache | None = None,
        clock: Callable[[], datetime] = vietnam_now,
        stale_after: timedelta = STALE_AFTER,
    ) -> None:
        self._portal, self._attempts, self._clock, self._stale_after = portal, attempts, clock, stale_after
        self._cache = cache if cache is not None else DossierCache()
        self._reference_key = secrets.token_bytes(32)

    def check(self, code: str, lookup_code: str, conversation_id: str) -> StatusOutcome:
        """The outcome for this pair, as typed (spelling is normalised). Never raises for a portal that fails.

        Five wrong pairs in 15 minutes lock the conversation; a right pair does not wipe the wrong ones, so that somebody
        with one slip cannot guess on for others."""
        now = self._clock()
        attempt = self._attempts.take(conversation_id, now)
        if isinstance(attempt, Locked):
            return LockedOut(attempt.until)
        proper_code = dossier_code(code)
        factor = LookupFactor(proper_lookup_code(lookup_code))
        if proper_code is None or not factor.value:
            return NotFoundOrWrongFactor()
        known = self._cache.fresh(proper_code, factor)
        if known is not None:
            self._attempts.give_back(attempt)
            return self._found(known, now)
        return self._ask(proper_code, factor, attempt, now)

    def _ask(self, code: str, factor: LookupFactor, attempt: Attempt, now: datetime) -> StatusOutcome:
        person = hmac.new(self._reference_key, attempt.conversation_id.encode(), hashlib.sha256).hexdigest()[:32]
        try:
            dossier = self._portal.lookup_dossier(code, factor, on_behalf_of=person)
        except NotFound:
            self._cache.forget(code, factor)
            return NotFoundOrWrongFactor()
        except TooManyAttempts as error:
            self._attempts.give_back(attempt)
            return LockedOut(now + timedelta(seconds=error.retry_after))
        except Unavailable as error:
            logger.warning("portal.unavailable", extra={"reason": str(error)})
        except PortalError as error:
            logger.error("portal.needs_attention", extra={"reason": str(error), "error": type(error).__name__})
        else:
            self._attempts.give_back(attempt)
            self._cache.remember(code, factor, dossier)
            return self._found(dossier, now)
        self._attempts.give_back(attempt)
        return PortalAway(self._cache.last_known(code, factor))

    def _found(self, dossier: Dossier, now: datetime) -> Found:
        return Found(dossier, dossier.as_of, now - dossier.as_of > self._stale_after)


def proper_lookup_code(typed: str) -> str:
    """A lookup code in its one spelling: letters and digits in capitals; empty where nothing usable was typed."""
    kept = "".join(char for char in typed if char.isascii() and char.isalnum()).upper()
    return kept if len(kept) <= _LONGEST_LOOKUP_CODE else ""
