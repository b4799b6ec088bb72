"""The tasks that read the portal's list of dossiers."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.catalogue.load import load_offices
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.portal.assembly import assemble_portal
from bot.portal.errors import NotOffered
from bot.register.keeping import values_of
from bot.register.reading import RegisterReading
from bot.register.units import ReceivingUnits
from bot.settings import MissingSettingError, Settings
from bot.storage.database import SessionFactory
from bot.sync_monitor.comparing import SimpleRecord
from connectors.gateway.scheduled import ScheduledTask

logger = logging.getLogger(__name__)

_PAGES_AT_ONCE = 100
"""A first reading of years goes on at the next time, so that no worker is busy with it for long."""
_NIGHT = range(1, 5)


@contextmanager
def register_reading(settings: Settings, sessions: SessionFactory, clock: Clock) -> Iterator[RegisterReading | None]:
    """The reading of the portal that the settings name; None where it has no list, or its secret is not set."""
    try:
        portal = assemble_portal(settings)
    except MissingSettingError as error:
        logger.warning("register.not_read", extra={"reason": str(error)})
        yield None
        return
    try:
        offices = load_offices(settings.data_dir / "catalogue")
        units = ReceivingUnits(offices.agencies.values(), offices.places)
        offered = "dossier_records" in portal.gateway.offered
        yield RegisterReading(sessions, portal.gateway, units, clock) if offered else None
    finally:
        portal.close()


def portal_list(settings: Settings, sessions: SessionFactory, clock: Clock) -> Callable[[], Iterator[SimpleRecord]]:
    """Reads the portal's whole list as it is now, for comparing with our copy. Raises ``PortalError`` where there is none."""

    def read() -> Iterator[SimpleRecord]:
        with register_reading(settings, sessions, clock) as reading:
            if reading is None:
                raise NotOffered("dossier_records")
            for record in reading.records():
                values = values_of(record, reading.units)
                yield SimpleRecord(
                    record_id=record.record_id,
                    unit_code=record.unit_code,
                    unit_name=record.unit_name,
                    status_code=record.status_code,
                    received_at=values["received_at"],
                    due_at=values["due_at"],
                    ended_at=values["ended_at"],
                    as_of=record.as_of,
                    agency=values["agency"],
                )

    return read


def register_tasks(settings: Settings, sessions: SessionFactory, clock: Clock) -> Sequence[ScheduledTask]:
    """Changes every few minutes; the whole list each night."""

    def read_changes(_now: datetime) -> None:
        with register_reading(settings, sessions, clock) as reading:
            if reading is not None:
                reading.read_changes(most_pages=_PAGES_AT_ONCE)

    def read_whole(_now: datetime) -> None:
        with register_reading(settings, sessions, clock) as reading:
            if reading is not None:
                reading.read_whole()

    def at_night(now: datetime) -> bool:
        return now.astimezone(VIETNAM_TIME).hour in _NIGHT

    return (
        ScheduledTask("register-changes", timedelta(minutes=settings.portal_register_minutes), read_changes),
        ScheduledTask("register-whole", timedelta(hours=20), read_whole, due=at_night),
    )
