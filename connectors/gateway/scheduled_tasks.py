"""All tasks by the clock, in one list. Each room brings its own; this file only names them."""

from collections.abc import Sequence
from datetime import timedelta

from bot.conversations.clock import Clock, utc_now
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.sync_monitor.checks import tell_if_late
from connectors.gateway.scheduled import ScheduledTask
from connectors.gateway.service_probes import probes_of

_MINUTE = timedelta(seconds=55)
"""A little less than a minute, so that rounds of five seconds leave no minute out."""


def scheduled_tasks(settings: Settings, sessions: SessionFactory, clock: Clock = utc_now) -> Sequence[ScheduledTask]:  # noqa: ARG001
    """The tasks of a worker with these settings."""
    return (
        ScheduledTask("service_probes", _MINUTE, probes_of(settings, sessions).run),
        ScheduledTask("register_late", timedelta(hours=1), lambda now: tell_if_late(sessions, now)),
    )
