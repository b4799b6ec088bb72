"""What the simulated portal remembers of invitations to surveys."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SentInvitation:
    """An invitation as a telephone would have received it."""

    wave: str
    record_id: str
    link: str
    at: datetime


class SurveyInvitations:
    """What was sent, by wave and dossier, and whom not to invite."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], SentInvitation] = {}
        self.refusals: dict[str, str] = {}

    def invite(self, wave: str, record: str, link: str, now: datetime) -> dict[str, str | None]:
        """What becomes of one."""
        if (wave, record) in self.sent:
            return {"record_id": record, "outcome": "already_invited", "reason": None}
        if record in self.refusals:
            return {"record_id": record, "outcome": "refused", "reason": self.refusals[record]}
        self.sent[wave, record] = SentInvitation(wave, record, link, now)
        return {"record_id": record, "outcome": "accepted", "reason": None}

    def clear(self) -> None:
        """Forgets everything."""
        self.sent.clear()
        self.refusals.clear()
