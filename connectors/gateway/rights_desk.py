"""The worker's part in the citizen's rights: wishes while a person has the talk, deletions, overdue requests, retention."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.catalogue.load import load_offices
from bot.catalogue.publishing.content import folder_in_force
from bot.catalogue.schema import WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock, utc_now
from bot.conversations.engine_trackers import EngineTrackers
from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion
from bot.dialogue.data_rights import RIGHTS_INTENT
from bot.dialogue.rights_words import rights_wish
from bot.retention.job import Retention
from bot.retention.policy import read_periods
from bot.rights.beside_officer import open_beside_officer
from bot.rights.deletion_journal import DeletionJournal
from bot.rights.deletions import Deletions
from bot.rights.kinds import RequestKind
from bot.rights.tickets import overdue_requests
from bot.settings import Settings
from bot.storage.database import SessionFactory, writing

logger = logging.getLogger(__name__)

RETENTION_EVERY = timedelta(hours=1)

_BY_WORDS: Mapping[str, RequestKind] = {
    "view": "view",
    "delete": "delete",
    "withdraw": "withdraw",
    "correct": "correct",
    "object": "object",
    "complaint": "complaint",
}
_BY_BUTTON: Mapping[str, RequestKind] = {
    "export": "view",
    "delete": "delete",
    "delete_confirmed": "delete",
    "withdraw": "withdraw",
}


def wish_beside_officer(claim: Claim) -> RequestKind | None:
    """The request that a message (or a button of ours) makes while a person has the conversation."""
    act = claim.act or {}
    if act.get("intent") == RIGHTS_INTENT:
        return _BY_BUTTON.get(str((act.get("entities") or {}).get("do", "")))
    wish = rights_wish(claim.text or "")
    return _BY_WORDS.get(wish.wish) if wish is not None else None


def typed_wish(text: str | None) -> dict[str, Any] | None:
    """A typed wish as the act that the dialogue knows, so that no trained model stands between a citizen and a right. What needs
    the citizen's own words goes on as text."""
    wish = rights_wish(text or "")
    if wish is None or wish.wish not in ("view", "delete", "consents", "give", "withdraw"):
        return None
    if wish.wish in ("give", "withdraw"):
        return {"intent": RIGHTS_INTENT, "entities": {"do": f"say_{wish.wish}", "value": ",".join(wish.purposes)}}
    return {"intent": RIGHTS_INTENT, "entities": {"do": wish.wish}}


class RightsDesk:
    """What a worker does for the citizen's rights beside its turns."""

    def __init__(
        self,
        sessions: SessionFactory,
        deletions: Deletions,
        retention: Retention,
        calendar: Callable[[], WorkingCalendar],
        clock: Clock = utc_now,
    ) -> None:
        self._sessions, self._deletions, self._retention, self._calendar = sessions, deletions, retention, calendar
        self._clock = clock
        self._retained_at: datetime | None = None
        self._retained_all = True

    @classmethod
    def from_settings(cls, settings: Settings, sessions: SessionFactory) -> "RightsDesk":
        """Raises ``RetentionFileError`` or ``CatalogueError`` where a file of ours cannot be used."""
        calendar = load_offices(folder_in_force(settings)).calendar
        trackers = EngineTrackers(settings.tracker_address)
        keys = settings.ledger_key.get_secret_value()
        journal = DeletionJournal(settings.deletion_journal_file, keys)
        deletions = Deletions(sessions, trackers, keys, lambda: calendar, journal=journal)
        return cls(
            sessions, deletions, Retention(sessions, trackers, read_periods(Path(settings.retention_file))), lambda: calendar
        )

    def beside_officer(self, claim: Claim, conclusion: Conclusion) -> Conclusion:
        """The conclusion of a turn that waits for a person, with the request that its message makes."""
        kind = wish_beside_officer(claim)
        if kind is None:
            return conclusion
        with writing(self._sessions) as session:
            told = open_beside_officer(session, claim.conversation_id, kind, claim.text, self._calendar(), self._clock())
        return replace(conclusion, lines=(*conclusion.lines, Line(told, "system")))

    def each_minute(self) -> None:
        """Deletions that are due, and an alarm for requests whose legal clock has run out."""
        self._deletions.carry_out_due()
        today = self._clock().astimezone(VIETNAM_TIME).date()
        with self._sessions() as session:
            overdue = overdue_requests(session, today)
        if overdue:
            logger.error("alarm.rights_request_overdue", extra={"count": len(overdue), "request_ids": list(overdue[:20])})

    def retain(self) -> int:
        """The retention job, once an hour, and at once again where its last run had to leave something; how many rows went."""
        now = self._clock()
        if self._retained_at is not None and self._retained_all and now - self._retained_at < RETENTION_EVERY:
            return 0
        report = self._retention.run()
        self._retained_at, self._retained_all = now, report.complete
        return report.total
