"""The worker's rounds for the review of transcripts, in a thread of their own: filling the search's index holds no turn up."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.clock import Clock, utc_now
from bot.review.forgetting import drop_traces
from bot.review.index import index_round
from bot.storage.database import SessionFactory, writing
from connectors.gateway.rounds import Rounds, going_round

logger = logging.getLogger(__name__)

_TICK_SECONDS = 15.0
_FORGETS_EVERY = timedelta(hours=1)


class ReviewRounds(Rounds):
    """Brings the index up to date; what was taken out of it leaves no trace. Every worker may run one."""

    alarm = "alarm.review_rounds_stopped"

    def __init__(self, sessions: SessionFactory, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self._sessions, self._clock = sessions, clock
        self._forgets_at: datetime | None = None

    def _round(self) -> float:
        # A backlog, for example after an update, is worked off without waiting, a piece at a time.
        return 0.2 if self.go_round() else _TICK_SECONDS

    def go_round(self) -> int:
        """One round; returns how many lines were added to the index."""
        now = self._clock()
        try:
            if self._forgets_at is None or now >= self._forgets_at:
                self._forgets_at = now + _FORGETS_EVERY
                with writing(self._sessions) as session:
                    drop_traces(session)
            return index_round(self._sessions)
        except SQLAlchemyError as error:
            logger.error("transcripts.database_away", extra={"error": type(error).__name__})
            return 0


@contextmanager
def review_rounds(sessions: SessionFactory) -> Iterator[None]:
    """Goes round beside whatever is done within."""
    with going_round(ReviewRounds(sessions), "review"):
        yield
