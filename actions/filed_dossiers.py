"""What is done with a filed dossier, as the dialogue asks for it: references in, an outcome out; only here are numbers seen."""

import hashlib
import hmac
import logging
import secrets
from typing import Literal

from bot.conversations.private_values import PrivateValues
from bot.dialogue.services import FiledRefusal
from bot.dossiers.lookup import proper_lookup_code
from bot.dossiers.proofs import KeptProofs, Proofs
from bot.eforms.supplements import PaperAsked, SupplementAsked
from bot.eforms.tools import revealed
from bot.language.masking import dossier_code, masked
from bot.portal.errors import Declined, NotFound, NotOffered, PortalError, ProofTooWeak, TooManyAttempts
from bot.portal.gateway import PortalGateway
from bot.portal.records import LookupFactor
from bot.portal.watching import SupplementDetails

logger = logging.getLogger(__name__)

_DONE_ALREADY = "idempotency-key-reused"


class PortalFiledDossiers:
    """Implements ``bot.dialogue.services.FiledDossiers``."""

    def __init__(self, portal: PortalGateway, values: PrivateValues) -> None:
        self._portal, self._values, self._proofs = portal, values, KeptProofs(values)
        self._reference_key = secrets.token_bytes(32)

    def strong_enough(self, proof_ref: str, conversation_id: str) -> bool:
        """See ``FiledDossiers.strong_enough``."""
        found = self._values.reveal_kind(proof_ref, conversation_id)
        return found is not None and found[0] in ("phone_proof", "identity_proof")

    def supplement(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> SupplementAsked | FiledRefusal:
        """See ``FiledDossiers.supplement``."""
        proofs = self._revealed(dossier_ref, proof_ref, conversation_id)
        if proofs is None:
            return "proofs_gone"
        try:
            details = self._portal.supplement_details(proofs.code, proofs.factor, on_behalf_of=self._person(conversation_id))
        except PortalError as error:
            return _refusal("supplement", error)
        return _asked(proofs, details)

    def withdraw(
        self, dossier_ref: str, proof_ref: str, reason: str, key: str, conversation_id: str
    ) -> Literal["asked"] | FiledRefusal:
        """See ``FiledDossiers.withdraw``."""
        proofs = self._revealed(dossier_ref, proof_ref, conversation_id)
        if proofs is None:
            return "proofs_gone"
        told, _ = revealed(reason, lambda _kind, token: self._values.reveal(token, conversation_id))
        try:
            self._portal.withdraw(proofs.code, proofs.factor, told.strip(), key, on_behalf_of=self._person(conversation_id))
        except Declined as error:
            return "asked" if error.reason == _DONE_ALREADY else _refusal("withdraw", error)
        except PortalError as error:
            return _refusal("withdraw", error)
        return "asked"

    def _revealed(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> Proofs | None:
        """Both proofs in their one spelling."""
        proofs = self._proofs.reveal(dossier_ref, proof_ref, conversation_id)
        if proofs is None:
            return None
        code, factor = dossier_code(proofs.code) or proofs.code, proofs.factor
        if factor.type == "lookup_code":
            factor = LookupFactor(proper_lookup_code(factor.value))
        return Proofs(code, factor)

    def _person(self, conversation_id: str) -> str:
        return hmac.new(self._reference_key, conversation_id.encode(), hashlib.sha256).hexdigest()[:32]


def _refusal(act: str, error: PortalError) -> FiledRefusal:
    match error:
        case ProofTooWeak():
            return "too_weak"
        case NotFound():
            return "not_found"
        case NotOffered():
            return "not_offered"
        case TooManyAttempts():
            return "too_many"
        case Declined(reason="not-withdrawable" | "no-open-supplement"):
            return "not_possible"
    logger.warning("filed_dossier.portal_failed", extra={"act": act, "error": type(error).__name__})
    return "away"


def _asked(proofs: Proofs, details: SupplementDetails) -> SupplementAsked:
    return SupplementAsked(
        dossier_code=proofs.code,
        factor=proofs.factor,
        shown=masked("dossier_code", proofs.code),
        request_id=details.request_id,
        papers=tuple(PaperAsked(one.paper_code, one.name, one.note) for one in details.papers),
        request_text=details.request_text,
        deadline=details.deadline.day if details.deadline else None,
        round_number=details.round_number,
        fee=details.fee,
    )
