"""The worker's rounds for the labelling, in a thread of their own: messages worth a trainer's look are found and grouped.

One worker at a time does so, whoever took the turn first: the encoder is loaded once and not in every worker.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.embedding.encoder import Encoder, EncoderSettings, load_encoder
from bot.conversations.clock import Clock, utc_now
from bot.labelling.groups import Grouping
from bot.labelling.selection import selection_round
from bot.labelling.turns import take_turn
from bot.storage.database import SessionFactory
from connectors.gateway.rounds import Rounds, going_round

logger = logging.getLogger(__name__)

_TICK_SECONDS = 20.0
_TURN = timedelta(minutes=2)


class LabellingRounds(Rounds):
    """Finds and groups messages to label. Every worker may run one; one of them works at a time."""

    alarm = "alarm.labelling_rounds_stopped"

    def __init__(
        self, sessions: SessionFactory, load: Callable[[], Encoder | None] = lambda: None, *, clock: Clock = utc_now
    ) -> None:
        super().__init__()
        self._sessions, self._clock = sessions, clock
        self._grouping = Grouping(sessions, load)
        self._number = secrets.randbelow(2**62)

    def _round(self) -> float:
        # A backlog is worked off a piece at a time, without holding the conversations up.
        return 0.5 if self.go_round() else _TICK_SECONDS

    def go_round(self) -> int:
        """One round; returns how many messages were looked at or grouped. Nothing where it is another worker's turn."""
        now: datetime = self._clock()
        try:
            if not take_turn(self._sessions, self._number, now, _TURN):
                return 0
            return selection_round(self._sessions, now) + self._grouping.go_round(now, 128)
        except SQLAlchemyError as error:
            logger.error("labelling.database_away", extra={"error": type(error).__name__})
            return 0


@contextmanager
def labelling_rounds(settings: EncoderSettings, sessions: SessionFactory) -> Iterator[None]:
    """Goes round beside whatever is done within."""
    with going_round(LabellingRounds(sessions, lambda: load_encoder(settings).encoder), "labelling"):
        yield
