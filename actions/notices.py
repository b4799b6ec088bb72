"""Following dossiers as the dialogue asks for it: proofs are revealed here, the portal is asked to watch, the ledger keeps it."""

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from cryptography.fernet import MultiFernet

from bot.catalogue.schema import WorkingCalendar
from bot.clock import vietnam_now
from bot.conversations.encryption import ledger_cipher
from bot.conversations.private_values import PrivateValues
from bot.dialogue.services import WatchedDossier, WatchStep
from bot.dossiers.lookup import Found, PortalAway, StatusOutcome
from bot.dossiers.proofs import KeptProofs, Proofs, RevealsProofs
from bot.dossiers.rendering import render_status
from bot.language.masking import dossier_code, masked
from bot.messages import BotMessage, Button
from bot.outreach.deferred import sealed_proofs
from bot.outreach.rules import NoticeRules, notice_rules
from bot.outreach.watches import DossierKeys, Watches
from bot.portal.errors import NotFound, NotOffered, PortalError, Unavailable
from bot.portal.gateway import PortalGateway
from bot.portal.records import Dossier
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.texts import say

logger = logging.getLogger(__name__)

CONSENT_TEXT, CONSENT_LATER = "watch_consent_1", "watch_consent_later_1"
"""The keys of the consents' texts. A text with another meaning gets another key: what was agreed to stays on record."""

LookUp = Callable[[str, str, str, str | None], StatusOutcome | None]
"""References of code and proof, conversation, address → outcome; None where a reference has expired. Counts wrong proofs."""


class ChatNotices:
    """Implements ``bot.dialogue.services.Notices``."""

    def __init__(
        self,
        portal: PortalGateway,
        look_up: LookUp,
        proofs: RevealsProofs,
        watches: Watches,
        rules: NoticeRules,
        calendar: WorkingCalendar,
        *,
        cipher: MultiFernet,
        reference_key: str = "",
        clock: Callable[[], datetime] = vietnam_now,
    ) -> None:
        self._portal, self._look_up, self._proofs, self._watches = portal, look_up, proofs, watches
        self._rules, self._calendar, self._clock = rules, calendar, clock
        self._reference_key, self._cipher = reference_key.encode(), cipher

    @classmethod
    def from_settings(
        cls, settings: Settings, calendar: WorkingCalendar, sessions: SessionFactory, portal: PortalGateway, look_up: LookUp
    ) -> "ChatNotices":
        """With the ledger's key."""
        key = settings.ledger_key.get_secret_value()
        rules = notice_rules(settings)
        proofs = KeptProofs(PrivateValues(sessions, key))
        watches = Watches(sessions, DossierKeys(key), rules)
        return cls(portal, look_up, proofs, watches, rules, calendar, cipher=ledger_cipher(key), reference_key=key)

    @property
    def offered(self) -> bool:
        """See ``Notices.offered``."""
        return "watch" in self._portal.offered

    def may_offer(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> bool:
        """See ``Notices.may_offer``. The status was shown a moment ago, so that the look-up asks nobody."""
        if not self.offered:
            return False
        outcome = self._look_up(dossier_ref, proof_ref, conversation_id, None)
        return isinstance(outcome, Found) and self._could_follow(outcome.dossier, conversation_id) is None

    def prepare(self, dossier_ref: str, proof_ref: str, conversation_id: str, address: str | None = None) -> WatchStep:
        """See ``Notices.prepare``."""
        outcome = self._look_up(dossier_ref, proof_ref, conversation_id, address)
        proofs = self._proofs.reveal(dossier_ref, proof_ref, conversation_id)
        if isinstance(outcome, PortalAway) and proofs is not None:
            return self._later(proofs, conversation_id)
        if not isinstance(outcome, Found):
            return self._refused(outcome)
        return self._could_follow(outcome.dossier, conversation_id) or _ask(CONSENT_TEXT, outcome.dossier.dossier_code)

    def begin(
        self,
        dossier_ref: str,
        proof_ref: str,
        conversation_id: str,
        consent: str,
        address: str | None = None,
        how: Literal["button", "words"] = "words",
    ) -> WatchStep:
        """See ``Notices.begin``. Who agreed to be told later agreed to more than being told of changes."""
        outcome = self._look_up(dossier_ref, proof_ref, conversation_id, address)
        proofs = self._proofs.reveal(dossier_ref, proof_ref, conversation_id)
        if isinstance(outcome, PortalAway) and proofs is not None:
            return self._later(proofs, conversation_id, agreed=consent == CONSENT_LATER, how=how)
        if not isinstance(outcome, Found) or proofs is None:
            return self._refused(outcome if proofs is not None else None)
        if (why_not := self._could_follow(outcome.dossier, conversation_id)) is not None:
            return why_not
        return self._begun(outcome.dossier, proofs, conversation_id, consent or CONSENT_TEXT, how)

    def watched(self, conversation_id: str) -> tuple[WatchedDossier, ...]:
        """See ``Notices.watched``."""
        return tuple(WatchedDossier(one.watch_id, one.shown) for one in self._watches.active(conversation_id))

    def stop(self, conversation_id: str, watch_ids: Sequence[str]) -> tuple[WatchedDossier, ...]:
        """See ``Notices.stop``. The portal is told by the worker's rounds."""
        stopped = self._watches.stop(conversation_id, watch_ids, self._clock())
        return tuple(WatchedDossier(one.watch_id, one.shown) for one in stopped)

    def of_last_message(self, conversation_id: str) -> str | None:
        """See ``Notices.of_last_message``."""
        return self._watches.of_last_message(conversation_id)

    def _later(
        self, proofs: Proofs, conversation_id: str, *, agreed: bool = False, how: Literal["button", "words"] = "words"
    ) -> WatchStep:
        """The portal does not answer: with consent the wish and the proofs are kept, for a day at most, until it does."""
        code = dossier_code(proofs.code)
        if code is None:
            return WatchStep("refused", (BotMessage(say("status_code_expired"), kind="question", expects="dossier_code"),))
        if self._watches.waits(conversation_id, code):
            return _done("watch_waits", code=masked("dossier_code", code))
        if not self._watches.may_defer(conversation_id):
            return _done("watch_portal_away")
        if not agreed:
            return _ask(CONSENT_LATER, code)
        sealed = sealed_proofs(code, proofs.factor, self._cipher)
        self._watches.ask(conversation_id, code, CONSENT_LATER, self._clock(), proofs=sealed, how=how)
        return _done("watch_waits", code=masked("dossier_code", code))

    def _begun(
        self, dossier: Dossier, proofs: Proofs, conversation_id: str, consent: str, how: Literal["button", "words"]
    ) -> WatchStep:
        """The consent is noted before the portal is asked, so that no change comes for a reference that nobody knows."""
        code = dossier_code(proofs.code) or proofs.code
        watch_id = self._watches.ask(conversation_id, code, consent, self._clock(), how=how)
        person = hmac.new(self._reference_key, conversation_id.encode(), hashlib.sha256).hexdigest()[:32]
        try:
            self._portal.watch(code, proofs.factor, watch_id, on_behalf_of=person)
        except PortalError as error:
            self._watches.give_up(watch_id, self._clock())
            logger.warning("watch.not_begun", extra={"watch_id": watch_id, "error": type(error).__name__})
            if isinstance(error, Unavailable):
                return self._later(proofs, conversation_id, agreed=consent == CONSENT_LATER, how=how)
            return self._not_begun(error)
        if not self._watches.begin(watch_id, dossier, self._clock()):
            return self._already(dossier)
        return _done("watch_begun", code=masked("dossier_code", code))

    def _not_begun(self, error: PortalError) -> WatchStep:
        if isinstance(error, NotFound):
            message = BotMessage(say("status_code_expired"), kind="question", expects="dossier_code")
            return WatchStep("refused", (message,))
        return _done("watch_not_offered" if isinstance(error, NotOffered) else "watch_portal_away")

    def _could_follow(self, dossier: Dossier, conversation_id: str) -> WatchStep | None:
        """Why this dossier cannot be followed; None where it can."""
        if self._watches.is_watched(conversation_id, dossier.dossier_code):
            return self._already(dossier)
        if self._rules.has_ended(dossier):
            return _done("watch_ended", code=masked("dossier_code", dossier.dossier_code))
        return None

    def _already(self, dossier: Dossier) -> WatchStep:
        return _done("watch_already", code=masked("dossier_code", dossier.dossier_code))

    def _refused(self, outcome: StatusOutcome | None) -> WatchStep:
        """As when the status is asked for: nobody learns here what they would not learn there."""
        if outcome is None:
            return WatchStep("refused", (BotMessage(say("status_code_expired"), kind="question", expects="dossier_code"),))
        return WatchStep("refused", tuple(render_status(outcome, self._calendar, self._clock())))


def _ask(consent: str, code: str) -> WatchStep:
    buttons = (Button(say("watch_button_agree"), "affirm"), Button(say("watch_button_decline"), "deny"))
    text = say(consent, code=masked("dossier_code", code))
    return WatchStep("ask", (BotMessage(text, kind="question", buttons=buttons),), consent)


def _done(key: str, *, code: str = "") -> WatchStep:
    return WatchStep("done", (BotMessage(say(key, code=code), kind="notice"),))
