"""Looking a dossier up with two proofs (``docs/decisions/0005-dossier-lookup-needs-two-proofs.md``)."""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import vietnam_now
from bot.dossiers.attempts import Attempt, Locked, LookupAttempts
from bot.dossiers.known import LastKnown, LastTold
from bot.dossiers.status_table import status_table
from bot.language.masking import dossier_code
from bot.portal.cache import DossierCache
from bot.portal.errors import NotFound, PortalError, TooManyAttempts, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.records import Dossier, FactorType, LookupFactor
from bot.portal.submission import ProcedureFees
from bot.portal.watching import SupplementDetails

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(hours=24)
REFUSAL_SECONDS = 0.6
"""No refusal is quicker than this: longer than the portal's usual answer, so that its own differences do not show."""
SECONDS_FOR_DETAILS = 2.5
"""What is left of an action's time after a look-up that took longer is too little for a second call (3 s of 6 s)."""
_LONGEST_LOOKUP_CODE = 32
_LONGEST_PROOF = 512
_PAYMENT = 6
"""The national status in which the citizen has to pay."""


@dataclass(frozen=True)
class Details:
    """What only an identified owner or representative is told: the papers asked for, the fees of the procedure. None where it was
    not asked for, or the portal did not tell."""

    supplement: SupplementDetails | None = None
    fees: ProcedureFees | None = None


@dataclass(frozen=True)
class Found:
    """Both proofs fit. ``as_of`` is when the source last stated it; ``stale``: that is more than a day ago. ``details`` is there
    where a login proved who asks (level 2), None for the holder of a slip (level 1)."""

    dossier: Dossier
    as_of: datetime
    stale: bool
    details: Details | None = None


@dataclass(frozen=True)
class NotFoundOrWrongFactor:
    """No dossier fits this pair. Which of the two is wrong is not known, and would not be told. ``factor``: the kind that was
    tried."""

    factor: FactorType = "lookup_code"


@dataclass(frozen=True)
class LockedOut:
    """Too many wrong proofs; the next try is possible at ``until``."""

    until: datetime


@dataclass(frozen=True)
class PortalAway:
    """The portal gave no answer. ``last_known``: what it last told for this very pair, at ``told_at``."""

    last_known: Dossier | None
    told_at: datetime | None = None


StatusOutcome = Found | NotFoundOrWrongFactor | LockedOut | PortalAway


class DossierStatusService:
    """Checks a pair and tells the dossier's status. May be called from several threads; a call takes at most twice the portal
    client's time limit less half a second."""

    def __init__(
        self,
        portal: PortalGateway,
        attempts: LookupAttempts,
        *,
        known: LastKnown | None = None,
        cache: DossierCache | None = None,
        clock: Callable[[], datetime] = vietnam_now,
        stale_after: timedelta = STALE_AFTER,
        reference_key: bytes | None = None,
        refusal_seconds: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """``known`` outlives the process; without it the process's own memory tells the last known state. ``reference_key``: the
        same in all processes, so that the portal sees one citizen as one."""
        self._portal, self._attempts, self._known, self._clock = portal, attempts, known, clock
        self._cache = cache if cache is not None else DossierCache()
        self._stale_after, self._refusal_seconds = stale_after, refusal_seconds
        self._reference_key = reference_key or secrets.token_bytes(32)
        self._monotonic, self._pause = monotonic, pause

    def check(self, code: str, factor: LookupFactor, conversation_id: str, address: str | None = None) -> StatusOutcome:
        """The outcome for this pair, as typed (spelling is normalised). Never raises for a portal that fails.

        Five wrong pairs in 15 minutes lock the conversation; a right pair does not wipe the wrong ones, so that somebody
        with one slip cannot guess on for others. ``address``: a keyed hash of the network address, for its own limit."""
        now, began = self._clock(), self._monotonic()
        attempt = self._attempts.take(conversation_id, now, address)
        if isinstance(attempt, Locked):
            return LockedOut(attempt.until)
        proper_code, proper_factor = dossier_code(code), proper(factor)
        if proper_code is None or not proper_factor.value:
            return self._refused(factor, began)
        outcome = self._cached(proper_code, proper_factor, now)
        if outcome is not None:
            self._attempts.give_back(attempt)
        else:
            outcome = self._ask(proper_code, proper_factor, conversation_id, attempt, now)
        if isinstance(outcome, NotFoundOrWrongFactor):
            return self._refused(factor, began)
        if isinstance(outcome, Found) and factor.type == "identity_proof":
            return replace(outcome, details=self._details(outcome.dossier, proper_factor, conversation_id, began))
        return outcome

    def reference(self, conversation_id: str) -> str:
        """Whom the portal is asked for: opaque, and the same for the same conversation."""
        return hmac.new(self._reference_key, conversation_id.encode(), hashlib.sha256).hexdigest()[:32]

    def _refused(self, factor: LookupFactor, began: float) -> NotFoundOrWrongFactor:
        left = self._refusal_seconds - (self._monotonic() - began)
        if left > 0:
            self._pause(left)
        return NotFoundOrWrongFactor(factor.type)

    def _cached(self, code: str, factor: LookupFactor, now: datetime) -> StatusOutcome | None:
        known = self._cache.fresh(code, factor)
        return None if known is None else self._found(known, now)

    def _ask(self, code: str, factor: LookupFactor, conversation_id: str, attempt: Attempt, now: datetime) -> StatusOutcome:
        try:
            dossier = self._portal.lookup_dossier(code, factor, on_behalf_of=self.reference(conversation_id))
        except NotFound:
            self._cache.forget(code, factor)
            if self._known is not None:
                self._known.forget(conversation_id, code, factor)
            return NotFoundOrWrongFactor(factor.type)
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
            if self._known is not None:
                self._known.remember(conversation_id, code, factor, dossier, now)
            return self._found(dossier, now)
        self._attempts.give_back(attempt)
        return self._away(code, factor, conversation_id, now)

    def _away(self, code: str, factor: LookupFactor, conversation_id: str, now: datetime) -> PortalAway:
        if self._known is None:
            return PortalAway(self._cache.last_known(code, factor))
        told: LastTold | None = self._known.recall(conversation_id, code, factor, now)
        return PortalAway(None) if told is None else PortalAway(told.dossier, told.told_at)

    def _details(self, dossier: Dossier, factor: LookupFactor, conversation_id: str, began: float) -> Details:
        """What else an identified person is told: at most one further call, and none where time is short or nothing is asked of
        them. A portal that fails here has told the status already."""
        if self._monotonic() - began > SECONDS_FOR_DETAILS:
            return Details()
        waiting = bool(dossier.supplement_requests) and dossier.supplement_requests[-1].answered_at is None
        offered = self._portal.offered
        try:
            if waiting and "supplement_details" in offered:
                reference = self.reference(conversation_id)
                return Details(self._portal.supplement_details(dossier.dossier_code, factor, on_behalf_of=reference))
            if _must_pay(dossier) and dossier.procedure_code and "procedure_fees" in offered:
                return Details(fees=self._portal.procedure_fees(dossier.procedure_code))
        except PortalError as error:
            logger.warning("portal.details_missing", extra={"error": type(error).__name__})
        return Details()

    def _found(self, dossier: Dossier, now: datetime) -> Found:
        return Found(dossier, dossier.as_of, now - dossier.as_of > self._stale_after)


def _must_pay(dossier: Dossier) -> bool:
    meaning = status_table().meaning(dossier.source_system, dossier.status_code)
    return meaning is not None and meaning.status.code == _PAYMENT


def proper(factor: LookupFactor) -> LookupFactor:
    """The factor in its one spelling; its value is empty where it is of no use."""
    if factor.type == "lookup_code":
        return LookupFactor(proper_lookup_code(factor.value))
    return factor if len(factor.value) <= _LONGEST_PROOF else replace(factor, value="")


def proper_lookup_code(typed: str) -> str:
    """A lookup code in its one spelling: letters and digits in capitals; empty where nothing usable was typed."""
    kept = "".join(char for char in typed if char.isascii() and char.isalnum()).upper()
    return kept if len(kept) <= _LONGEST_LOOKUP_CODE else ""
