"""The task that makes the yearly reviews of services anew each night."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.catalogue.load import CatalogueError
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.service_reviews.making import YearlyReviews, make_due_years
from bot.service_reviews.rules import BrokenRulesError
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.scheduled import ScheduledTask

logger = logging.getLogger(__name__)

_AFTER_THE_COUNT = range(4, 7)


def service_review_tasks(settings: Settings, sessions: SessionFactory, clock: Clock) -> Sequence[ScheduledTask]:
    """After the night's count of the months."""

    def make(now: datetime) -> None:
        try:
            # Made for the one run: a worker need not keep the catalogue for the other 23 hours.
            make_due_years(YearlyReviews.from_settings(settings, sessions, clock), sessions, now)
        except (BrokenRulesError, CatalogueError) as error:
            logger.error("service_reviews.not_made", extra={"reason": str(error)[:300]})

    def due(now: datetime) -> bool:
        return now.astimezone(VIETNAM_TIME).hour in _AFTER_THE_COUNT

    return (ScheduledTask("service-reviews", timedelta(hours=20), make, due=due),)
