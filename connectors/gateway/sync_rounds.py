"""Comparisons with the portal's list by the clock, and those that somebody asked for in the console."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import VIETNAM_TIME
from bot.sync_monitor.checks import ReadPortal, SyncCheck
from connectors.gateway.scheduled import ScheduledTask

_NIGHT = 3
"""The hour of Vietnam's night in which the whole list is compared: the portal has the least to do."""


def sync_tasks(check: SyncCheck, read_portal: ReadPortal) -> Sequence[ScheduledTask]:
    """Once a night, and within a minute for whoever asked."""
    return (
        ScheduledTask("sync_check", timedelta(hours=20), lambda _now: check.run(read_portal), due=_is_night),
        ScheduledTask("sync_check_asked", timedelta(seconds=30), lambda _now: check.run_asked(read_portal)),
    )


def _is_night(now: datetime) -> bool:
    return now.astimezone(VIETNAM_TIME).hour == _NIGHT
