"""Openings of menus and guides in the talk, counted in the ledger."""

import logging
from collections.abc import Callable
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import vietnam_today
from bot.guides.counts import count_opening
from bot.guides.kinds import PressKind
from bot.storage.database import SessionFactory, writing

logger = logging.getLogger(__name__)


class LedgerCounts:
    """Implements ``bot.dialogue.services.CountPress``. A ledger that is away costs a count, never an answer."""

    def __init__(self, sessions: SessionFactory, today: Callable[[], date] = vietnam_today) -> None:
        self._sessions, self._today = sessions, today

    def __call__(self, what: PressKind, item: str, channel: str, /) -> None:
        """Counts one opening."""
        try:
            with writing(self._sessions) as session:
                count_opening(session, what, item, channel, self._today())
        except SQLAlchemyError as error:
            logger.warning("guides.not_counted", extra={"reason": type(error).__name__})
