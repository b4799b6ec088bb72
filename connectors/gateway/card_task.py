"""The task that numbers and dates the service cards as they change."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.cards.keeping import CardKeeper
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.levels.partial_reasons import reasons_in_force
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.texts import say
from connectors.gateway.scheduled import ScheduledTask


def published_reasons(session: Session) -> Mapping[str, str]:
    """By code: why a procedure goes online in part only, and what one must still come for."""
    return {
        code: f"{say(f'partial_reason_{reason.reason_code}')}; {reason.still_in_person_vi}"
        for code, reason in reasons_in_force(session).items()
    }


def card_task(settings: Settings, sessions: SessionFactory) -> ScheduledTask:
    """A release or an import shows on the cards after some seconds; so does the day on which a fact ends."""
    keeper = CardKeeper(ReviewedNow(ReviewedSource.from_settings(settings), sessions), sessions, published_reasons)
    return ScheduledTask("service_cards", timedelta(seconds=10), keeper.run)
