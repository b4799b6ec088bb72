"""The dossier status as the dialogue asks for it: references in, rendered answer out. The numbers are revealed only here."""

from collections.abc import Callable
from datetime import datetime

from bot.catalogue.schema import WorkingCalendar
from bot.clock import vietnam_now
from bot.conversations.private_values import PrivateValues
from bot.dossiers.assembly import assemble_dossier_lookup
from bot.dossiers.lookup import DossierStatusService, StatusOutcome
from bot.dossiers.rendering import render_status
from bot.language.masking import masked
from bot.messages import BotMessage
from bot.settings import Settings
from bot.storage.database import open_database
from bot.texts import say


class DossierStatusAnswers:
    """Implements ``bot.dialogue.services.DossierStatus`` over the portal and the ledger's private values."""

    def __init__(
        self,
        service: DossierStatusService,
        values: PrivateValues,
        calendar: WorkingCalendar,
        clock: Callable[[], datetime] = vietnam_now,
    ) -> None:
        self._service, self._values, self._calendar, self._clock = service, values, calendar, clock

    @classmethod
    def from_settings(cls, settings: Settings, calendar: WorkingCalendar) -> "DossierStatusAnswers":
        """With the portal, the ledger and the key that the settings name."""
        database = open_database(settings.database_url, pool_size=2)
        values = PrivateValues(database.sessions, settings.ledger_key.get_secret_value())
        return cls(assemble_dossier_lookup(settings).service, values, calendar)

    def answer(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> tuple[BotMessage, ...]:
        """See ``DossierStatus.answer``."""
        outcome = self.outcome(dossier_ref, proof_ref, conversation_id)
        if outcome is None:
            return (BotMessage(say("status_code_expired"), kind="question", expects="dossier_code"),)
        return tuple(render_status(outcome, self._calendar, self._clock()))

    def outcome(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> StatusOutcome | None:
        """What the look-up gives, for those who do more with a dossier than show it; None where a reference has expired."""
        code = self._values.reveal(dossier_ref, conversation_id)
        lookup = self._values.reveal(proof_ref, conversation_id)
        return self._service.check(code, lookup, conversation_id) if code is not None and lookup is not None else None

    def masked_code(self, dossier_ref: str, conversation_id: str) -> str | None:
        """See ``DossierStatus.masked_code``."""
        code = self._values.reveal(dossier_ref, conversation_id)
        return masked("dossier_code", code) if code else None
