"""What the clock does for surveys: invitations, the end of waves, the question after a talk."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.conversations.clock import Clock
from bot.outreach.quiet_hours import QuietHours
from bot.portal.assembly import assemble_portal
from bot.settings import MissingSettingError, Settings
from bot.storage.database import SessionFactory
from bot.surveys.inviting import Invitations, anybody_to_invite, close_what_is_over
from bot.switches.watch import SwitchWatch
from connectors.gateway.scheduled import ScheduledTask
from connectors.gateway.talk_ratings import IdleRatings, talk_rating_rules

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)


def survey_tasks(settings: Settings, sessions: SessionFactory, clock: Clock) -> Sequence[ScheduledTask]:
    """The tasks. Raises ``ValueError`` for quiet hours that cannot be read."""
    quiet = QuietHours.parse(settings.notice_quiet_hours)
    ratings = IdleRatings(sessions, talk_rating_rules(settings), quiet, SwitchWatch(sessions, clock))
    return (
        ScheduledTask("survey-invitations", EVERY, SurveyRounds(settings, sessions, quiet).go_round),
        ScheduledTask("talk-ratings", EVERY, ratings.go_round),
    )


class SurveyRounds:
    """Invites outside of the quiet hours. A portal whose secret is not set is not asked; waves end all the same."""

    def __init__(self, settings: Settings, sessions: SessionFactory, quiet: QuietHours) -> None:
        self._settings, self._sessions, self._quiet = settings, sessions, quiet
        self._inviting: Invitations | None = None

    def go_round(self, now: datetime) -> int:
        """One round; how many records the portal was told."""
        close_what_is_over(self._sessions, now)
        with self._sessions() as session:
            if self._quiet.over_at(now) > now or not anybody_to_invite(session):
                return 0
        if self._inviting is None:
            base = (self._settings.public_url or f"http://127.0.0.1:{self._settings.gateway_port}").rstrip("/")
            try:
                # Kept while the process lives: a call whose outcome is not known is repeated word for word.
                self._inviting = Invitations(self._sessions, assemble_portal(self._settings).gateway, base)
            except MissingSettingError as error:
                logger.warning("survey.not_invited", extra={"error": str(error)})
                return 0
        return self._inviting.go_on(now)
