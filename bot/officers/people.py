"""The officers' side of the house, put together from the settings."""

from dataclasses import dataclass
from datetime import timedelta

from bot.officers.desk import HandoffDesk
from bot.officers.rounds import HandoffRounds, Patience
from bot.officers.teams import teams_of
from bot.settings import Settings
from bot.storage.database import SessionFactory


@dataclass(frozen=True)
class People:
    """What a worker needs of it: where handoffs are received, the round that keeps them from silence, and how long after
    an officer's end a citizen comes back to the same team."""

    desk: HandoffDesk
    rounds: HandoffRounds
    reopen_within: timedelta

    @classmethod
    def from_settings(cls, settings: Settings, sessions: SessionFactory) -> "People":
        """With the teams in the data folder. Raises ``CatalogueError``."""
        teams = teams_of(settings)
        minutes = (
            settings.handoff_wait_minutes,
            settings.officer_silence_minutes,
            settings.reply_approval_notice_minutes,
            settings.reply_approval_minutes,
        )
        patience = Patience(*(timedelta(minutes=one) for one in minutes))
        reopen_within = timedelta(hours=settings.handoff_reopen_hours)
        return cls(HandoffDesk(sessions, teams), HandoffRounds(sessions, teams, patience), reopen_within)
