"""The dossier status as the dialogue asks for it: references in, rendered answer out. The numbers are revealed only here."""

from collections.abc import Callable
from datetime import datetime

from bot.catalogue.schema import WorkingCalendar
from bot.clock import vietnam_now
from bot.conversations.private_values import PrivateValues
from bot.dossiers.assembly import DossierLookup, assemble_shared_lookup
from bot.dossiers.lookup import StatusOutcome
from bot.dossiers.proofs import KeptProofs
from bot.dossiers.rendering import render_status
from bot.dossiers.second_factors import SecondFactorDesk
from bot.language.masking import masked
from bot.messages import BotMessage
from bot.settings import Settings
from bot.storage.database import open_database
from bot.texts import say


class DossierStatusAnswers:
    """Implements ``bot.dialogue.services.DossierStatus`` over the portal and the ledger's private values."""

    def __init__(
        self,
        lookup: DossierLookup,
        values: PrivateValues,
        calendar: WorkingCalendar,
        clock: Callable[[], datetime] = vietnam_now,
    ) -> None:
        self._service, self._values, self._calendar, self._clock = lookup.service, values, calendar, clock
        self._proofs, self.factors = KeptProofs(values), lookup.factors
        self._can_tell_later = "watch" in lookup.portal.gateway.offered

    factors: SecondFactorDesk | None
    """The other ways to a second proof, over the same portal and the same lock-out."""

    @classmethod
    def from_settings(cls, settings: Settings, calendar: WorkingCalendar) -> "DossierStatusAnswers":
        """With the portal, the ledger and the key that the settings name."""
        database = open_database(settings.database_url, pool_size=2)
        values = PrivateValues(database.sessions, settings.ledger_key.get_secret_value())
        return cls(assemble_shared_lookup(settings, database.sessions), values, calendar)

    def answer(
        self, dossier_ref: str, proof_ref: str, conversation_id: str, address: str | None = None
    ) -> tuple[BotMessage, ...]:
        """See ``DossierStatus.answer``."""
        outcome = self.outcome(dossier_ref, proof_ref, conversation_id, address)
        if outcome is None:
            return (BotMessage(say("status_code_expired"), kind="question", expects="dossier_code"),)
        ways = self.factors.ways if self.factors else frozenset()
        return tuple(render_status(outcome, self._calendar, self._clock(), ways=ways, can_tell_later=self._can_tell_later))

    def outcome(self, dossier_ref: str, proof_ref: str, conversation_id: str, address: str | None = None) -> StatusOutcome | None:
        """What the look-up gives, for those who do more with a dossier than show it; None where a reference has expired."""
        proofs = self._proofs.reveal(dossier_ref, proof_ref, conversation_id)
        if proofs is None:
            return None
        return self._service.check(proofs.code, proofs.factor, conversation_id, address)

    def masked_code(self, dossier_ref: str, conversation_id: str) -> str | None:
        """See ``DossierStatus.masked_code``."""
        code = self._values.reveal(dossier_ref, conversation_id)
        return masked("dossier_code", code) if code else None
