"""The worker's rounds of notices, in a thread of their own: a portal that is slow holds no citizen's turn up."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import MultiFernet
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.clock import Clock, utc_now
from bot.conversations.encryption import ledger_cipher
from bot.outreach.deferred import begin_deferred
from bot.outreach.polling import poll_changes
from bot.outreach.rules import NoticeRules, notice_rules
from bot.outreach.taking_in import forget_old_events
from bot.outreach.telling import Told, forget_missed, tell_due
from bot.outreach.watches import tell_portal_of_ends
from bot.portal.assembly import assemble_portal
from bot.portal.errors import PortalError, Unavailable
from bot.portal.gateway import PortalGateway
from bot.settings import MissingSettingError, Settings
from bot.storage.database import SessionFactory, writing
from connectors.gateway.rounds import Rounds, going_round

logger = logging.getLogger(__name__)

EVENTS_KEPT = timedelta(days=30)
"""The portal repeats an event for some hours; its signature is good for five minutes."""


@dataclass(frozen=True)
class RoundsPace:
    """``tick``: how often due notices are looked for, in seconds."""

    tick: float = 2.0
    poll_every: timedelta = timedelta(minutes=5)
    ends_every: timedelta = timedelta(minutes=1)
    forget_every: timedelta = timedelta(hours=1)


class NoticeRounds(Rounds):
    """Tells due notices, reads the portal's changes, tells it of ended watches, begins those that waited for it. Every worker may
    run one. ``portal``: None where none can be asked; then only what the webhook brings is told."""

    alarm = "alarm.notices_stopped"

    def __init__(
        self,
        sessions: SessionFactory,
        portal: PortalGateway | None,
        rules: NoticeRules,
        cipher: MultiFernet,
        *,
        clock: Clock = utc_now,
        pace: RoundsPace | None = None,
    ) -> None:
        super().__init__()
        self._sessions, self._portal, self._rules, self._clock = sessions, portal, rules, clock
        self._pace, self._cipher = pace or RoundsPace(), cipher
        self._polls_at: datetime | None = None
        self._ends_at: datetime | None = None
        self._forgets_at: datetime | None = None

    def _round(self) -> float:
        self.go_round()
        return self._pace.tick

    def go_round(self) -> Told:
        """One round: first the portal, then the telling."""
        told = Told()
        try:
            self._ask_portal()
        except SQLAlchemyError as error:
            logger.error("notices.database_away", extra={"error": type(error).__name__})
        try:
            told = tell_due(self._sessions, self._rules, self._clock())
            self._forget()
        except SQLAlchemyError as error:
            logger.error("notices.database_away", extra={"error": type(error).__name__})
        return told

    def _ask_portal(self) -> None:
        if self._portal is None:
            return
        now = self._clock()
        try:
            if self._polls_at is None or now >= self._polls_at:
                self._polls_at = now + self._pace.poll_every
                poll_changes(self._sessions, self._portal, self._rules, self._pace.poll_every, now)
            if self._ends_at is None or now >= self._ends_at:
                self._ends_at = now + self._pace.ends_every
                tell_portal_of_ends(self._sessions, self._portal, now)
                begin_deferred(self._sessions, self._portal, self._cipher, self._rules, now)
        except Unavailable as error:
            logger.warning("portal.unavailable", extra={"reason": str(error)})
        except PortalError as error:
            logger.error("portal.needs_attention", extra={"reason": str(error), "error": type(error).__name__})

    def _forget(self) -> None:
        now = self._clock()
        if self._forgets_at is not None and now < self._forgets_at:
            return
        self._forgets_at = now + self._pace.forget_every
        with writing(self._sessions) as session:
            forget_old_events(session, now - EVENTS_KEPT)
            forget_missed(session, now)


@contextmanager
def notice_rounds(settings: Settings, sessions: SessionFactory) -> Iterator[None]:
    """Goes round beside whatever is done within. A portal whose secret is not set is not asked, and the log says so."""
    rules = notice_rules(settings)
    try:
        portal = assemble_portal(settings)
    except MissingSettingError as error:
        logger.warning("portal.not_polled", extra={"reason": str(error)})
        portal = None
    pace = RoundsPace(poll_every=timedelta(minutes=settings.portal_poll_minutes))
    cipher = ledger_cipher(settings.ledger_key.get_secret_value())
    rounds = NoticeRounds(sessions, portal.gateway if portal is not None else None, rules, cipher, pace=pace)
    try:
        with going_round(rounds, "notices"):
            yield
    finally:
        if portal is not None:
            portal.close()
