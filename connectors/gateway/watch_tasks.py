"""The tasks that watch ourselves: what is up, each minute (more often while something is not), and whether the portal's list was
read in time."""

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

_SOON = timedelta(seconds=4)
"""Least time between two looks, for several workers together; whether one is due, the looks say themselves."""


def watch_tasks(settings: Settings, sessions: SessionFactory, clock: Clock) -> Sequence[ScheduledTask]:
    """Probes; an alarm where the list is late; comparisons with the portal's list."""
    check, probes = SyncCheck(sessions, clock), probes_of(settings, sessions, clock())
    return (
        ScheduledTask("service_probes", _SOON, probes.run, probes.due),
        ScheduledTask("register_late", timedelta(hours=1), lambda now: tell_if_late(sessions, now)),
        *sync_tasks(check, portal_list(settings, sessions, clock)),
    )
