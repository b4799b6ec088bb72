"""The rights over one's own data as the dialogue asks for them, in the ledger."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot.catalogue.schema import WorkingCalendar
from bot.conversations.clock import Clock, utc_now
from bot.dialogue.services import HeldLine, RightsTicket
from bot.retention.policy import Periods, read_periods
from bot.rights.consent import consents_of, record_consent
from bot.rights.deletions import ask_deletion
from bot.rights.export_links import PATH, make_link
from bot.rights.held import held_of
from bot.rights.kinds import HeldKind, Purpose, RequestKind
from bot.rights.tickets import number_of, open_request
from bot.settings import Settings
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation

_PERIOD_OF: Mapping[HeldKind, str] = {
    "messages": "transcript",
    "answers": "transcript",
    "numbers": "private_value",
    "files": "attachment",
    "officer_files": "officer_file",
    "drafts": "draft",
    "submissions": "submission",
    "watches": "dossier_watch",
    "lookups": "known_dossier",
    "identity": "identity_link",
    "handoffs": "record",
    "consents": "consent",
    "outreach": "outreach",
    "campaigns": "outreach",
    "requests": "rights_request",
}
_END_BY_THEMSELVES = frozenset({"files", "officer_files"})


class LedgerRights:
    """Implements ``bot.dialogue.services.DataRights``. ``address``: where the gateway is reached, without a path."""

    def __init__(
        self,
        sessions: SessionFactory,
        calendar: WorkingCalendar,
        periods: Periods,
        address: str,
        clock: Clock = utc_now,
        new_link: Callable[..., str] = make_link,
    ) -> None:
        self._sessions, self._calendar, self._periods, self._clock = sessions, calendar, periods, clock
        self._address, self._new_link = address.rstrip("/"), new_link

    @classmethod
    def from_settings(cls, settings: Settings, calendar: WorkingCalendar, sessions: SessionFactory) -> "LedgerRights":
        """With the periods in force. Raises ``RetentionFileError``."""
        local = f"http://127.0.0.1:{settings.gateway_port}"
        return cls(sessions, calendar, read_periods(Path(settings.retention_file)), settings.public_url or local)

    def held(self, conversation_id: str) -> Sequence[HeldLine]:
        """See ``DataRights.held``."""
        with self._sessions() as session:
            found = held_of(session, conversation_id)
        return [
            HeldLine(
                one.kind, one.count, one.first, one.last, self._periods[_PERIOD_OF[one.kind]].days, one.kind in _END_BY_THEMSELVES
            )
            for one in found
        ]

    def export_link(self, conversation_id: str) -> str:
        """See ``DataRights.export_link``."""
        with writing(self._sessions) as session:
            token = self._new_link(session, conversation_id, self._clock())
        return f"{self._address}{PATH}/{token}"

    def ask_deletion(self, conversation_id: str) -> str:
        """See ``DataRights.ask_deletion``."""
        with writing(self._sessions) as session:
            conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
            return ask_deletion(session, conversation, "chat", self._clock()).reference

    def consents(self, conversation_id: str) -> Mapping[Purpose, bool]:
        """See ``DataRights.consents``."""
        with self._sessions() as session:
            return consents_of(session, conversation_id, self._clock())

    def set_consents(
        self, conversation_id: str, purposes: Sequence[Purpose], *, given: bool, how: Literal["button", "words"]
    ) -> None:
        """See ``DataRights.set_consents``."""
        now: datetime = self._clock()
        with writing(self._sessions) as session:
            for purpose in purposes:
                record_consent(session, conversation_id, purpose, given, how, now)

    def open_request(self, conversation_id: str, kind: RequestKind, words: str) -> RightsTicket:
        """See ``DataRights.open_request``."""
        with writing(self._sessions) as session:
            request = open_request(session, conversation_id, kind, words, self._calendar, self._clock())
            return RightsTicket(number_of(request), request.acknowledge_by)
