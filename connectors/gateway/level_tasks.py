"""The worker's tasks for the level audit: one look at a link now and then, and a call each morning for overdue reviews."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.catalogue.in_force import CatalogueInForce
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.clock import VIETNAM_TIME
from bot.levels.links import LinkChecker
from bot.levels.rounds import LinkRounds, call_for_reviews
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.scheduled import ScheduledTask

BETWEEN_LOOKS = timedelta(seconds=20)
"""Two thousand links take half a day: nobody's server feels it."""

_CALLS_FROM_HOUR = 7


def level_tasks(settings: Settings, sessions: SessionFactory) -> Sequence[ScheduledTask]:
    """The tasks; links are looked at only where the settings say so."""
    reviews = ScheduledTask("filing_reviews", timedelta(hours=20), partial(call_for_reviews, sessions), due=_in_the_day)
    if not settings.link_checks:
        return (reviews,)
    return (ScheduledTask("level_links", BETWEEN_LOOKS, link_rounds(settings, sessions).check_next), reviews)


def link_rounds(settings: Settings, sessions: SessionFactory) -> LinkRounds:
    """The looks at links under these settings."""
    in_force = CatalogueInForce(ReviewedNow(ReviewedSource.from_settings(settings), sessions), sessions)
    checker = partial(LinkChecker, allow_loopback=settings.link_checks_loopback)
    return LinkRounds(sessions, lambda: in_force.catalogue().catalogue, checker)


def _in_the_day(now: datetime) -> bool:
    return now.astimezone(VIETNAM_TIME).hour >= _CALLS_FROM_HOUR
