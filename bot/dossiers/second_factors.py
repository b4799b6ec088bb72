"""The second proof where it is not the slip's look-up code: a one-time code to the telephone on file, or a login on the portal's
own page.

References in, references out: digits, codes, challenges and proofs are private values of the conversation, revealed only here.
A one-time code is unreadable as soon as it was tried.
"""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.conversations.clock import Clock, utc_now
from bot.conversations.identity_links import PersonHashes, link_person
from bot.conversations.private_values import PrivateValues
from bot.dossiers.asking import FactorStep, FactorWay
from bot.dossiers.attempts import Locked, LookupAttempts
from bot.dossiers.lookup import REFUSAL_SECONDS
from bot.dossiers.proofs import KeptProofs
from bot.language.masking import PrivateSpan, dossier_code
from bot.portal.errors import CodeRefused, PortalError, TooManyAttempts, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.watching import IdentityProof
from bot.storage.database import SessionFactory, writing

logger = logging.getLogger(__name__)

CHALLENGE, CHECK = "one_time_challenge", "identity_check"
"""Kinds of private values: what a one-time code is confirmed against, and a login that is waited for."""
_DIGITS = 4
_SPLIT = "\n"


class SecondFactorDesk:
    """Implements ``bot.dialogue.services.SecondFactors`` over the portal and the ledger. May be called from several threads."""

    def __init__(
        self,
        portal: PortalGateway,
        attempts: LookupAttempts,
        kept: KeptProofs,
        values: PrivateValues,
        sessions: SessionFactory,
        keys: str,
        reference: Callable[[str], str],
        *,
        clock: Clock = utc_now,
        refusal_seconds: float = REFUSAL_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """``keys``: the ledger's. ``reference``: whom the portal is asked for, from the conversation's id."""
        self._portal, self._attempts, self._kept, self._values = portal, attempts, kept, values
        self._sessions, self._hashes, self._reference, self._clock = sessions, PersonHashes(keys), reference, clock
        self._refusal_seconds, self._monotonic, self._pause = refusal_seconds, monotonic, pause

    @property
    def ways(self) -> frozenset[FactorWay]:
        """The ways that this portal has, beside the look-up code of the slip."""
        offered, found = self._portal.offered, set[FactorWay]()
        if {"request_one_time_code", "confirm_one_time_code"} <= offered:
            found.add("phone")
        if {"identity_link", "identity_proof"} <= offered:
            found.add("login")
        return frozenset(found)

    def send_code(self, dossier_ref: str, digits_ref: str, conversation_id: str) -> FactorStep:
        """Has a one-time code sent where code and last digits fit. The outcome is the same where they do not."""
        code = self._values.reveal(dossier_ref, conversation_id)
        digits = self._values.reveal(digits_ref, conversation_id)
        return self._send(dossier_code(code or ""), (digits or "")[-_DIGITS:], conversation_id)

    def send_again(self, challenge_ref: str, conversation_id: str) -> FactorStep:
        """Another code for the same dossier and telephone; the one before opens nothing any more for us."""
        held = self._held(challenge_ref, CHALLENGE, conversation_id)
        if len(held) != 3:
            return FactorStep("gone")
        step = self._send(held[1], held[2], conversation_id)
        if step.outcome == "asked":
            self._values.purge(challenge_ref, conversation_id)
        return step

    def _send(self, code: str | None, digits: str, conversation_id: str) -> FactorStep:
        if code is None or len(digits) != _DIGITS:
            return FactorStep("gone")
        began = self._monotonic()
        try:
            sent = self._portal.request_one_time_code(code, digits, on_behalf_of=self._reference(conversation_id))
        except PortalError as error:
            return self._failed(error)
        self._rest(began)
        return FactorStep("asked", self._keep(CHALLENGE, conversation_id, sent.challenge, code, digits))

    def confirm_code(self, challenge_ref: str, code_ref: str, conversation_id: str, address: str | None = None) -> FactorStep:
        """Exchanges the code for a proof. A wrong one counts as a wrong proof of the conversation."""
        began, now = self._monotonic(), self._clock()
        held = self._held(challenge_ref, CHALLENGE, conversation_id)
        typed = self._values.reveal(code_ref, conversation_id)
        self._values.purge(code_ref, conversation_id)
        if not held or typed is None:
            return FactorStep("gone")
        attempt = self._attempts.take(conversation_id, now, address)
        if isinstance(attempt, Locked):
            return FactorStep("locked", until=attempt.until)
        try:
            factor = self._portal.confirm_one_time_code(held[0], typed, on_behalf_of=self._reference(conversation_id))
        except CodeRefused:
            self._rest(began)
            return FactorStep("refused", challenge_ref)
        except PortalError as error:
            self._attempts.give_back(attempt)
            return self._failed(error)
        self._attempts.give_back(attempt)
        self._values.purge(challenge_ref, conversation_id)
        return FactorStep("proved", self._kept.keep(factor, conversation_id))

    def begin_login(self, conversation_id: str) -> FactorStep:
        """A link to the portal's own login page."""
        try:
            check = self._portal.identity_link(secrets.token_hex(16))
        except PortalError as error:
            return self._failed(error)
        ref = self._keep(CHECK, conversation_id, check.check_id, check.expires_at.isoformat())
        return FactorStep("asked", ref, check.url, check.expires_at)

    def finish_login(self, check_ref: str, conversation_id: str) -> FactorStep:
        """How the login went. Once confirmed, whose conversation this is is kept too (a keyed hash)."""
        held = self._held(check_ref, CHECK, conversation_id)
        if len(held) != 2 or datetime.fromisoformat(held[1]) <= self._clock():
            return FactorStep("gone")
        try:
            proof = self._portal.identity_proof(held[0])
        except PortalError as error:
            return self._failed(error)
        if proof is None:
            return FactorStep("waiting", check_ref)
        self._link(proof, conversation_id)
        self._values.purge(check_ref, conversation_id)
        return FactorStep("proved", self._kept.keep(proof.factor, conversation_id))

    def opens_others(self, proof_ref: str, conversation_id: str) -> bool:
        """Whether a proof may open further dossiers: that of a login does, the others belong to one dossier."""
        found = self._values.reveal_kind(proof_ref, conversation_id)
        return found is not None and found[0] == "identity_proof"

    def _link(self, proof: IdentityProof, conversation_id: str) -> None:
        if proof.person is not None:
            with writing(self._sessions) as session:
                link_person(session, conversation_id, self._hashes.of(proof.person), self._clock())

    def _failed(self, error: PortalError) -> FactorStep:
        if isinstance(error, TooManyAttempts):
            return FactorStep("locked", until=self._clock() + timedelta(seconds=error.retry_after))
        if isinstance(error, Unavailable):
            logger.warning("portal.unavailable", extra={"reason": str(error)})
        else:
            logger.error("portal.needs_attention", extra={"reason": str(error), "error": type(error).__name__})
        return FactorStep("away")

    def _rest(self, began: float) -> None:
        """No answer about a code is quicker than another."""
        left = self._refusal_seconds - (self._monotonic() - began)
        if left > 0:
            self._pause(left)

    def _keep(self, kind: str, conversation_id: str, *parts: str) -> str:
        [token] = self._values.store(conversation_id, [PrivateSpan(kind, 0, 0, _SPLIT.join(parts))])
        return token

    def _held(self, ref: str, kind: str, conversation_id: str) -> list[str]:
        found = self._values.reveal_kind(ref, conversation_id)
        return found[1].split(_SPLIT) if found is not None and found[0] == kind else []
