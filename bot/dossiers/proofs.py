"""The two proofs that open a dossier, as the dialogue refers to them: tokens of the ledger's private values, never the values.

A second proof is a look-up code that the citizen typed, or one that the portal gave after a one-time code or a login. The kind of
the stored value says which, so that one reference in the dialogue's state serves for all three.
"""

from dataclasses import dataclass, field
from typing import Protocol

from bot.conversations.private_values import PrivateValues
from bot.language.masking import PrivateSpan
from bot.portal.records import FactorType, LookupFactor

PROOF_KINDS: dict[str, FactorType] = {
    "lookup_code": "lookup_code",
    "phone_proof": "phone_proof",
    "identity_proof": "identity_proof",
}
"""Kinds of private values that are second proofs."""


@dataclass(frozen=True)
class Proofs:
    """Both proofs in clear. ``code`` is as typed; whoever asks the portal brings it into its one spelling."""

    code: str = field(repr=False)
    factor: LookupFactor = field(repr=False)


class RevealsProofs(Protocol):
    """Exchanges references for proofs."""

    def reveal(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> Proofs | None:
        """The proofs, or None where one of the references is unknown here or has expired."""
        ...


class KeptProofs:
    """``RevealsProofs`` over the ledger's private values."""

    def __init__(self, values: PrivateValues) -> None:
        self._values = values

    def reveal(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> Proofs | None:
        """See ``RevealsProofs.reveal``."""
        code = self._values.reveal_kind(dossier_ref, conversation_id)
        proof = self._values.reveal_kind(proof_ref, conversation_id)
        if code is None or proof is None or code[0] != "dossier_code" or proof[0] not in PROOF_KINDS:
            return None
        return Proofs(code[1], LookupFactor(proof[1], PROOF_KINDS[proof[0]]))

    def keep(self, factor: LookupFactor, conversation_id: str) -> str:
        """Stores a proof that the portal gave; returns its reference."""
        [token] = self._values.store(conversation_id, [PrivateSpan(factor.type, 0, 0, factor.value)])
        return token
