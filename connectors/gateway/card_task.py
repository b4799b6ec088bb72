"""The task that numbers and dates the service cards as they change."""

from datetime import timedelta

from bot.cards.keeping import CardKeeper
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.scheduled import ScheduledTask


def card_task(settings: Settings, sessions: SessionFactory) -> ScheduledTask:
    """A release or an import shows on the cards after some seconds; so does the day on which a fact ends."""
    keeper = CardKeeper(ReviewedNow(ReviewedSource.from_settings(settings), sessions), sessions)
    return ScheduledTask("service_cards", timedelta(seconds=10), keeper.run)
