"""The worker's rounds for the review of transcripts, in a thread of their own: filling the search's index holds no turn up.

One worker at a time goes the round, and reads talks that are over for the moment: read after each of its messages by each of
the workers, a talk cost more than its answers (docs/decisions/0052).
"""

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
from connectors.gateway.scheduled import take_turn

logger = logging.getLogger(__name__)

_TICK_SECONDS = 15.0
_FORGETS_EVERY = timedelta(hours=1)
_TURN = "transcript_index"
_TURN_EVERY = timedelta(seconds=_TICK_SECONDS - 1)
QUIET = timedelta(seconds=30)
"""A talk in which the citizen has been silent for so long is read into the index."""
_A_FULL_ROUND = 200
"""Lines added by a round after which there may be more."""


class ReviewRounds(Rounds):
    """Brings the index up to date; what was taken out of it leaves no trace. Every worker runs one; they take turns."""

    alarm = "alarm.review_rounds_stopped"

    def __init__(self, sessions: SessionFactory, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self._sessions, self._clock = sessions, clock
        self._forgets_at: datetime | None = None
        self._has_backlog = False

    def _round(self) -> float:
        # A backlog, for example after an update, is worked off without waiting, a piece at a time.
        self._has_backlog = self.go_round() >= _A_FULL_ROUND
        return 0.2 if self._has_backlog else _TICK_SECONDS

    def go_round(self) -> int:
        """One round; returns how many lines were added to the index."""
        now = self._clock()
        try:
            if self._forgets_at is None or now >= self._forgets_at:
                self._forgets_at = now + _FORGETS_EVERY
                with writing(self._sessions) as session:
                    drop_traces(session)
            if not self._has_backlog and not take_turn(self._sessions, _TURN, _TURN_EVERY, now):
                return 0
            return index_round(self._sessions, quiet_since=now - QUIET)
        except SQLAlchemyError as error:
            logger.error("transcripts.database_away", extra={"error": type(error).__name__})
            return 0


@contextmanager
def review_rounds(sessions: SessionFactory) -> Iterator[None]:
    """Goes round beside whatever is done within."""
    with going_round(ReviewRounds(sessions), "review"):
        yield
