"""A circuit breaker: after several failures in a row the portal is left alone for a while."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from bot.metrics.declared import PORTAL_CALLS, PORTAL_SECONDS
from bot.portal.dossier_records import DossierRecordPage
from bot.portal.errors import CircuitOpen, NotOffered, PortalError, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.invitations import InvitationOrder, InvitationResult, SurveyInvitation
from bot.portal.records import Dossier, LookupFactor
from bot.portal.submission import AttachedFile, Draft, DraftPaper, PaperFile, PaymentLink, PortalLink, ProcedureFees
from bot.portal.watching import (
    ChangePage,
    IdentityCheck,
    IdentityProof,
    OneTimeChallenge,
    SupplementDetails,
    Watch,
    WithdrawalRequest,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

BreakerState = Literal["closed", "open", "half_open"]


class CircuitBreaker:
    """Closed until ``failures`` failures in a row; then open for ``open_seconds``; then half-open: one trial call decides.

    A trial that never reports back is given up after ``open_seconds``, so that the breaker cannot stay shut for ever. Safe
    for several threads; one process only.
    """

    def __init__(self, failures: int = 5, open_seconds: float = 20.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._open_seconds, self._clock = failures, open_seconds, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_again_at: float | None = None
        self._trial = False

    @property
    def state(self) -> BreakerState:
        """The state now."""
        with self._lock:
            if self._closed_again_at is None:
                return "closed"
            return "half_open" if self._trial or self._clock() >= self._closed_again_at else "open"

    def enter(self) -> None:
        """Asks to make a call; raises ``CircuitOpen`` where it must not be made. Whoever enters reports the outcome."""
        with self._lock:
            if self._closed_again_at is None:
                return
            left = self._closed_again_at - self._clock()
            if left > 0:
                raise CircuitOpen(left)
            self._trial = True
            self._closed_again_at = self._clock() + self._open_seconds

    def succeeded(self) -> None:
        """The portal answered: closed."""
        with self._lock:
            if self._closed_again_at is not None:
                logger.warning("portal.breaker_closed")
            self._failures, self._closed_again_at, self._trial = 0, None, False

    def abandoned(self) -> None:
        """The portal was not asked after all: a trial may be made by the next call."""
        with self._lock:
            if self._trial:
                self._trial, self._closed_again_at = False, self._clock()

    def failed(self) -> None:
        """The portal did not answer: opens after the last allowed failure, or at once after a failed trial."""
        with self._lock:
            self._failures += 1
            if self._trial or (self._closed_again_at is None and self._failures >= self._limit):
                logger.warning("portal.breaker_opened", extra={"failures": self._failures})
                self._closed_again_at = self._clock() + self._open_seconds
                self._trial = False


class GuardedPortal:
    """A portal behind a breaker: every method is documented at ``PortalGateway``, and raises ``CircuitOpen`` without asking while
    the breaker is open. Only ``Unavailable`` counts as a failure: any other error is an answer, and ``NotOffered`` says
    nothing of the portal's health."""

    def __init__(self, portal: PortalGateway, breaker: CircuitBreaker) -> None:
        self._portal, self._breaker = portal, breaker

    @property
    def offered(self) -> frozenset[str]:
        """See ``PortalGateway.offered``."""
        return self._portal.offered

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:
        """See ``PortalGateway.lookup_dossier``."""
        return self._guarded("lookup_dossier", lambda: self._portal.lookup_dossier(code, factor, on_behalf_of=on_behalf_of))

    def request_one_time_code(self, code: str, last_digits: str, *, on_behalf_of: str | None = None) -> OneTimeChallenge:
        """See ``PortalGateway.request_one_time_code``."""
        return self._guarded(
            "request_one_time_code", lambda: self._portal.request_one_time_code(code, last_digits, on_behalf_of=on_behalf_of)
        )

    def confirm_one_time_code(self, challenge: str, one_time_code: str, *, on_behalf_of: str | None = None) -> LookupFactor:
        """See ``PortalGateway.confirm_one_time_code``."""
        return self._guarded(
            "confirm_one_time_code",
            lambda: self._portal.confirm_one_time_code(challenge, one_time_code, on_behalf_of=on_behalf_of),
        )

    def identity_link(self, idempotency_key: str) -> IdentityCheck:
        """See ``PortalGateway.identity_link``."""
        return self._guarded("identity_link", lambda: self._portal.identity_link(idempotency_key))

    def identity_proof(self, check_id: str) -> IdentityProof | None:
        """See ``PortalGateway.identity_proof``."""
        return self._guarded("identity_proof", lambda: self._portal.identity_proof(check_id))

    def procedure_fees(self, procedure_code: str) -> ProcedureFees:
        """See ``PortalGateway.procedure_fees``."""
        return self._guarded("procedure_fees", lambda: self._portal.procedure_fees(procedure_code))

    def create_draft(
        self,
        idempotency_key: str,
        procedure_code: str,
        case: str | None,
        values: Mapping[str, Any],
        papers: Sequence[DraftPaper],
    ) -> Draft:
        """See ``PortalGateway.create_draft``."""
        return self._guarded(
            "create_draft", lambda: self._portal.create_draft(idempotency_key, procedure_code, case, values, papers)
        )

    def attach_file(self, draft_id: str, idempotency_key: str, file: PaperFile) -> AttachedFile:
        """See ``PortalGateway.attach_file``."""
        return self._guarded("attach_file", lambda: self._portal.attach_file(draft_id, idempotency_key, file))

    def payment_link(self, draft_id: str) -> PaymentLink:
        """See ``PortalGateway.payment_link``."""
        return self._guarded("payment_link", lambda: self._portal.payment_link(draft_id))

    def hand_over_link(self, draft_id: str) -> PortalLink:
        """See ``PortalGateway.hand_over_link``."""
        return self._guarded("hand_over_link", lambda: self._portal.hand_over_link(draft_id))

    def draft_state(self, draft_id: str) -> Draft:
        """See ``PortalGateway.draft_state``."""
        return self._guarded("draft_state", lambda: self._portal.draft_state(draft_id))

    def withdraw(
        self, code: str, factor: LookupFactor, reason: str, idempotency_key: str, *, on_behalf_of: str | None = None
    ) -> WithdrawalRequest:
        """See ``PortalGateway.withdraw``."""
        return self._guarded(
            "withdraw", lambda: self._portal.withdraw(code, factor, reason, idempotency_key, on_behalf_of=on_behalf_of)
        )

    def supplement_details(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> SupplementDetails:
        """See ``PortalGateway.supplement_details``."""
        return self._guarded(
            "supplement_details", lambda: self._portal.supplement_details(code, factor, on_behalf_of=on_behalf_of)
        )

    def answer_supplement(
        self,
        code: str,
        factor: LookupFactor,
        request_id: str,
        idempotency_key: str,
        papers: Sequence[DraftPaper],
        *,
        note: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Draft:
        """See ``PortalGateway.answer_supplement``."""
        return self._guarded(
            "answer_supplement",
            lambda: self._portal.answer_supplement(
                code, factor, request_id, idempotency_key, papers, note=note, on_behalf_of=on_behalf_of
            ),
        )

    def watch(self, code: str, factor: LookupFactor, our_reference: str, *, on_behalf_of: str | None = None) -> Watch:
        """See ``PortalGateway.watch``."""
        return self._guarded("watch", lambda: self._portal.watch(code, factor, our_reference, on_behalf_of=on_behalf_of))

    def unwatch(self, our_reference: str) -> None:
        """See ``PortalGateway.unwatch``."""
        self._guarded("unwatch", lambda: self._portal.unwatch(our_reference))

    def changes_since(self, cursor: str | None, *, limit: int = 100) -> ChangePage:
        """See ``PortalGateway.changes_since``."""
        return self._guarded("changes_since", lambda: self._portal.changes_since(cursor, limit=limit))

    def dossier_records(self, cursor: str | None, *, limit: int = 200) -> DossierRecordPage:
        """See ``PortalGateway.dossier_records``."""
        return self._guarded("dossier_records", lambda: self._portal.dossier_records(cursor, limit=limit))

    def invite_to_survey(
        self, order: InvitationOrder, invitations: Sequence[SurveyInvitation], idempotency_key: str
    ) -> tuple[InvitationResult, ...]:
        """See ``PortalGateway.invite_to_survey``."""
        return self._guarded("invite_to_survey", lambda: self._portal.invite_to_survey(order, invitations, idempotency_key))

    def _guarded(self, operation: str, ask: Callable[[], T]) -> T:
        try:
            self._breaker.enter()
        except CircuitOpen:
            PORTAL_CALLS.labels(operation, "breaker_open").inc()
            raise
        result, began = "fault", time.perf_counter()
        try:
            answer = ask()
            result = "ok"
        except Unavailable:
            result = "unavailable"
            self._breaker.failed()
            raise
        except (NotOffered, ValueError):  # ValueError: a caller's mistake, found before anything was sent
            result = "not_asked"
            self._breaker.abandoned()
            raise
        except PortalError:
            result = "refused"
            self._breaker.succeeded()
            raise
        finally:
            PORTAL_CALLS.labels(operation, result).inc()
            PORTAL_SECONDS.labels(operation).observe(time.perf_counter() - began)
        self._breaker.succeeded()
        return answer
