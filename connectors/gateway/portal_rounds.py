"""What a worker does with the portal beside the talk: papers are sent, receipts that no webhook brought are asked for."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.private_values import PrivateValues
from bot.dossiers.paper_delivery import PaperDelivery
from bot.dossiers.receipts import ReceiptPolling, Receipts
from bot.portal.assembly import assemble_portal
from bot.settings import MissingSettingError, Settings
from bot.storage.database import SessionFactory
from connectors.gateway.rounds import Rounds, going_round

logger = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 2.0
MOST_AT_ONCE = 20
"""Papers sent before the other rounds have their turn."""


class Round(Protocol):
    """A piece of work that is looked for again and again."""

    def run_once(self) -> int | bool:
        """Does what is due; how much it was."""
        ...


class PortalRounds(Rounds):
    """Runs the rounds in one thread until it is stopped. A file may take 30 seconds, which no turn waits for. A database that is
    away is logged and waited out."""

    alarm = "alarm.portal_rounds_stopped"

    def __init__(self, papers: Round, others: Sequence[Round], looks_every: float = LOOKS_EVERY_SECONDS) -> None:
        super().__init__()
        self._papers, self._others, self._looks_every = papers, others, looks_every

    def _round(self) -> float:
        self.run_once()
        return self._looks_every

    def run_once(self) -> None:
        """Each round once; papers as long as any are due."""
        for _ in range(MOST_AT_ONCE):
            if self._stop.is_set() or not self._safely(self._papers):
                break
        for one in self._others:
            self._safely(one)

    def _safely(self, one: Round) -> int | bool:
        try:
            return one.run_once()
        except SQLAlchemyError as error:
            logger.error("portal_rounds.database_away", extra={"round": type(one).__name__, "error": type(error).__name__})
            return False


@contextmanager
def portal_rounds(settings: Settings, sessions: SessionFactory) -> Iterator[None]:
    """The rounds of the portal that the settings name, in a thread of their own until the end. A portal whose secret is not set
    is not asked, and the log says so."""
    try:
        portal = assemble_portal(settings)
    except MissingSettingError as error:
        logger.warning("portal_rounds.off", extra={"reason": str(error)})
        yield
        return
    values = PrivateValues(sessions, settings.ledger_key.get_secret_value())
    papers = PaperDelivery(sessions, portal.gateway, values)
    rounds = PortalRounds(papers, [ReceiptPolling(sessions, portal.gateway, Receipts(values))])
    try:
        with going_round(rounds, "portal-rounds", patience=5):
            yield
    finally:
        portal.close()
