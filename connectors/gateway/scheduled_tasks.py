"""All tasks by the clock, in one list. Each room brings its own; this file only names them."""

from collections.abc import Sequence
from datetime import timedelta

from bot.cards.keeping import CardKeeper
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.conversations.clock import Clock, utc_now
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.scheduled import ScheduledTask


def scheduled_tasks(settings: Settings, sessions: SessionFactory, clock: Clock = utc_now) -> Sequence[ScheduledTask]:  # noqa: ARG001
    """The tasks of a worker with these settings."""
    return (_service_cards(settings, sessions),)


def _service_cards(settings: Settings, sessions: SessionFactory) -> ScheduledTask:
    """A release or an import shows on the cards after some seconds; so does the day on which a fact ends."""
    keeper = CardKeeper(ReviewedNow(ReviewedSource.from_settings(settings), sessions), sessions)
    return ScheduledTask("service_cards", timedelta(seconds=10), keeper.run)
