"""The tasks that watch ourselves: what is up, each minute, and whether the portal's list was read in time."""

from collections.abc import Sequence
from datetime import timedelta

from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.sync_monitor.checks import tell_if_late
from connectors.gateway.scheduled import ScheduledTask
from connectors.gateway.service_probes import probes_of

_MINUTE = timedelta(seconds=55)
"""A little less than a minute, so that rounds of five seconds leave no minute out."""


def watch_tasks(settings: Settings, sessions: SessionFactory) -> Sequence[ScheduledTask]:
    """Probes each minute; an alarm where the list is late."""
    return (
        ScheduledTask("service_probes", _MINUTE, probes_of(settings, sessions).run),
        ScheduledTask("register_late", timedelta(hours=1), lambda now: tell_if_late(sessions, now)),
    )
