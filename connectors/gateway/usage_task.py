"""The nightly count of usage."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from bot.catalogue.live import live_catalogue
from bot.clock import VIETNAM_TIME
from bot.retention.policy import read_periods
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.usage.agencies import receiving_agencies
from bot.usage.counting import count_months
from connectors.gateway.scheduled import ScheduledTask

logger = logging.getLogger(__name__)

_HOUR = 2
"""After one o'clock, when the messages of the day before are in the daily counts."""


def usage_task(settings: Settings, sessions: SessionFactory) -> ScheduledTask:
    """Counts the last months anew, once a night from two o'clock on, or later in the day where no worker ran then."""
    periods = read_periods(Path(settings.retention_file))

    def count(now: datetime) -> None:
        cells = count_months(sessions, receiving_agencies(live_catalogue(settings).catalogue.procedures), periods, now)
        logger.info("usage.counted", extra={"months": len(cells), "cells": sum(cells.values())})

    # An hour short of a day: a count that was late moves back towards its hour from day to day.
    return ScheduledTask("usage_count", timedelta(hours=23), count, due=lambda now: now.astimezone(VIETNAM_TIME).hour >= _HOUR)
