"""All tasks by the clock, in one list. Each room brings its own; this file only names them."""

from collections.abc import Sequence

from bot.conversations.clock import Clock, utc_now
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.campaign_tasks import campaign_tasks
from connectors.gateway.card_task import card_task
from connectors.gateway.level_tasks import level_tasks
from connectors.gateway.register_tasks import register_tasks
from connectors.gateway.scheduled import ScheduledTask
from connectors.gateway.service_review_tasks import service_review_tasks
from connectors.gateway.survey_tasks import survey_tasks
from connectors.gateway.usage_task import usage_task
from connectors.gateway.watch_tasks import watch_tasks
from connectors.reporting.tasks import report_tasks


def scheduled_tasks(settings: Settings, sessions: SessionFactory, clock: Clock = utc_now) -> Sequence[ScheduledTask]:
    """The tasks of a worker with these settings."""
    return (
        *watch_tasks(settings, sessions, clock),
        *register_tasks(settings, sessions, clock),
        usage_task(settings, sessions),
        card_task(settings, sessions),
        *level_tasks(settings, sessions),
        *campaign_tasks(settings, sessions),
        *survey_tasks(settings, sessions, clock),
        *report_tasks(settings, sessions, clock),
        *service_review_tasks(settings, sessions, clock),
    )
