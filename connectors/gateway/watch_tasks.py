"""The tasks that watch ourselves: what is up, each minute, and whether the portal's list was read in time."""

from collections.abc import Sequence
from datetime import timedelta

from bot.conversations.clock import Clock
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.sync_monitor.checks import SyncCheck, tell_if_late
from connectors.gateway.register_tasks import portal_list
from connectors.gateway.scheduled import ScheduledTask
from connectors.gateway.service_probes import probes_of
from connectors.gateway.sync_rounds import sync_tasks

_MINUTE = timedelta(seconds=55)
"""A little less than a minute, so that rounds of five seconds leave no minute out."""


def watch_tasks(settings: Settings, sessions: SessionFactory, clock: Clock) -> Sequence[ScheduledTask]:
    """Probes each minute; an alarm where the list is late; comparisons with the portal's list."""
    check = SyncCheck(sessions, clock)
    return (
        ScheduledTask("service_probes", _MINUTE, probes_of(settings, sessions).run),
        ScheduledTask("register_late", timedelta(hours=1), lambda now: tell_if_late(sessions, now)),
        *sync_tasks(check, portal_list(settings, sessions, clock)),
    )
