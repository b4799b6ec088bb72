"""All tasks by the clock, in one list. Each room brings its own; this file only names them."""

from collections.abc import Sequence

from bot.conversations.clock import Clock, utc_now
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.scheduled import ScheduledTask
from connectors.gateway.survey_tasks import survey_tasks


def scheduled_tasks(settings: Settings, sessions: SessionFactory, clock: Clock = utc_now) -> Sequence[ScheduledTask]:
    """The tasks of a worker with these settings."""
    return (*survey_tasks(settings, sessions, clock),)
