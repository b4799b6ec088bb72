"""All tasks by the clock, in one list. Each room brings its own; this file only names them."""

from collections.abc import Sequence

from bot.conversations.clock import Clock, utc_now
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.level_tasks import level_tasks
from connectors.gateway.scheduled import ScheduledTask


def scheduled_tasks(settings: Settings, sessions: SessionFactory, clock: Clock = utc_now) -> Sequence[ScheduledTask]:  # noqa: ARG001
    """The tasks of a worker with these settings."""
    return (*level_tasks(settings, sessions),)
