"""Looks at the parts of the service, once a minute, and keeps what was found. Parts of our own that are not up (they may be
starting) are looked at again every few seconds, so that nobody reads of a fault that is over.

Each part is looked at as its users would: over HTTP where it has an address, in the ledger where it is work that must go on.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.catalogue.load import CatalogueError, load_offices
from bot.conversations.outcomes import oldest_unanswered
from bot.officers.hours import OpeningHours, hours_of
from bot.settings import Settings
from bot.storage.channel_models import ChannelAccount
from bot.storage.database import SessionFactory
from bot.sync_monitor.checks import LATE_AFTER, read_age
from bot.sync_monitor.starting import looked_at_since, may_be_starting, some_not_up
from bot.sync_monitor.uptime import Look, State, note_looks

logger = logging.getLogger(__name__)

SECONDS = 3.0
ANSWERED_WITHIN = timedelta(minutes=2)
_SERVER_FAULT = 500
_OWN = ("webchat", "assistant")
"""Parts that start together with whoever looks at them."""

Fetch = Callable[[str], tuple[int, Mapping[str, object]]]
"""The status and the JSON of an address (empty where it is none). Raises ``httpx.HTTPError``."""


@dataclass(frozen=True)
class Addresses:
    """Where the parts answer."""

    gateway: str
    actions: str
    portal: str

    @classmethod
    def of(cls, settings: Settings) -> "Addresses":
        """Those of these settings."""
        portal = settings.portal_lgsp_url if settings.portal_adapter == "lgsp" else f"{settings.portal_url}/health"
        return cls(f"{settings.gateway_address}/health", f"{settings.actions_address}/health", portal)


class ServiceProbes:
    """Rounds of looks; safe to repeat within a minute. ``channels``: the platforms that are on. ``began``: when this process was
    started."""

    def __init__(
        self,
        sessions: SessionFactory,
        addresses: Addresses,
        channels: tuple[str, ...],
        hours: OpeningHours,
        fetch: Fetch,
        *,
        began: datetime,
    ) -> None:
        self._sessions, self._addresses, self._channels, self._hours, self._fetch = sessions, addresses, channels, hours, fetch
        self._began = began

    def due(self, now: datetime) -> bool:
        """Whether this minute has no look yet, or a part of our own was not up at the last one. Raises SQLAlchemy's errors."""
        with self._sessions() as session:
            return not _this_minute_is_known(session, now) or some_not_up(session, _OWN, now)

    def run(self, now: datetime) -> int:
        """Looks and keeps: at everything once a minute, else at the parts of our own. How many looks were their minute's first.
        Raises SQLAlchemy's errors: without the ledger the minute stays empty."""
        with self._sessions() as session:
            known = _this_minute_is_known(session, now)
        looks = [*self._processes(), *(() if known else (self._portal(),))]
        with self._sessions() as session:
            looks = [self._perhaps_starting(session, look, now) for look in looks]
            if not known:
                looks += self._in_ledger(session, now)
        return note_looks(self._sessions, looks, now, office_open=self._hours.is_open(now))

    def _perhaps_starting(self, session: Session, look: Look, now: datetime) -> Look:
        answers = look.part not in _OWN or look.state == "up"
        return look if answers or not may_be_starting(session, look.part, self._began, now) else replace(look, state="starting")

    def _processes(self) -> Iterator[Look]:
        """The web chat is up where the gateway answers at all; the assistant, where engine and actions do."""
        try:
            _, health = self._fetch(self._addresses.gateway)
        except httpx.HTTPError as error:
            yield Look("webchat", "down", type(error).__name__)
            yield Look("assistant", "unknown", "gateway")
            return
        yield Look("webchat", "up" if health.get("database") is True else "down", None)
        if health.get("engine") is not True:
            yield Look("assistant", "down", "engine")
        else:
            yield Look("assistant", "up" if self._answers(self._addresses.actions) else "down", "actions")

    def _portal(self) -> Look:
        """Somebody there speaks HTTP: whether our key is right is not the citizens' question here."""
        return Look("portal", "up" if self._answers(self._addresses.portal) else "down")

    def _answers(self, address: str) -> bool:
        try:
            status, _ = self._fetch(address)
        except httpx.HTTPError:
            return False
        return status < _SERVER_FAULT

    def _in_ledger(self, session: Session, now: datetime) -> Iterator[Look]:
        waits_since = oldest_unanswered(session)
        late = waits_since is not None and now - waits_since > ANSWERED_WITHIN
        yield Look("answers", "down" if late else "up")
        accounts = {row.channel: row for row in session.scalars(select(ChannelAccount))}
        for channel in self._channels:
            yield Look(channel, *_channel_state(accounts.get(channel), now))
        age = read_age(session, now)
        if age is not None:
            yield Look("register", "down" if age > LATE_AFTER else "up")


def _this_minute_is_known(session: Session, now: datetime) -> bool:
    return looked_at_since(session, now.replace(second=0, microsecond=0))


def _channel_state(account: ChannelAccount | None, now: datetime) -> tuple[State, str | None]:
    if account is None:
        return "unknown", "never used"
    if account.state != "ok":
        return "down", account.reason
    paused = account.paused_until is not None and account.paused_until > now
    return ("down", "paused") if paused else ("up", None)


def fetch_json(address: str) -> tuple[int, Mapping[str, object]]:
    """See ``Fetch``."""
    response = httpx.get(address, timeout=SECONDS, trust_env=False)
    try:
        found = response.json()
    except ValueError:
        found = {}
    return response.status_code, found if isinstance(found, dict) else {}


def probes_of(settings: Settings, sessions: SessionFactory, began: datetime) -> ServiceProbes:
    """The looks under these settings of a process that was started then. Without a readable calendar no minute counts as office
    time, and the log says so."""
    try:
        hours = hours_of(load_offices(settings.data_dir / "catalogue").calendar)
    except CatalogueError:
        logger.warning("service_probes.no_calendar")
        hours = OpeningHours(((),) * 7)
    return ServiceProbes(sessions, Addresses.of(settings), settings.enabled_channels, hours, fetch_json, began=began)
