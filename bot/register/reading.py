"""Reads the portal's list of dossiers: every few minutes what has changed, and once a night the whole.

A cut-off reading of changes goes on at the last page that was kept. A whole reading begins anew: only one that came to its
end says what the portal does not have any more.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.conversations.clock import Clock, utc_now
from bot.portal.dossier_records import DossierRecord, DossierRecordPage
from bot.portal.errors import CursorExpired, PortalError, Unavailable
from bot.portal.gateway import RegisterDesk
from bot.register.keeping import keep_records, mark_missing
from bot.register.units import ReceivingUnits
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import PortalCursor
from bot.storage.evidence_models import RegisterRun

logger = logging.getLogger(__name__)

CURSOR = "dossier_records"
_PAGE = 200
_MOST_PAGES = 50_000
Kind = Literal["changes", "whole"]
Progress = Callable[[int], object]
"""Called with how many records were read so far."""


@dataclass(frozen=True)
class Reading:
    """What a reading found. ``missing``: records that a whole reading did not show any more. ``failure``: why it ended early."""

    kind: Kind
    read: int = 0
    written: int = 0
    refused: int = 0
    missing: int = 0
    complete: bool = False
    failure: str | None = None


class RegisterReading:
    """Reads the list and keeps our copy. ``portal``: any that offers ``dossier_records``."""

    def __init__(self, sessions: SessionFactory, portal: RegisterDesk, units: ReceivingUnits, clock: Clock = utc_now) -> None:
        self._sessions, self._portal, self.units, self._clock = sessions, portal, units, clock

    def read_changes(self, progress: Progress | None = None, *, most_pages: int = _MOST_PAGES) -> Reading:
        """What came after the last place, at most so many pages of it. A place that the portal has forgotten means: from the
        oldest."""
        with self._sessions() as session:
            kept = session.get(PortalCursor, CURSOR)
            cursor = kept.cursor if kept is not None else None
        return self._read("changes", cursor, progress, most_pages)

    def read_whole(self, progress: Progress | None = None) -> Reading:
        """All from the oldest. What it does not show is marked as missing at the portal."""
        return self._read("whole", None, progress)

    def records(self) -> Iterator[DossierRecord]:
        """The portal's whole list as it is now, written nowhere: for comparing. Raises ``PortalError``."""
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = self._portal.dossier_records(cursor, limit=_PAGE)
            yield from page.records
            cursor = page.next_cursor
            if not page.more:
                return

    def _read(self, kind: Kind, cursor: str | None, progress: Progress | None, most_pages: int = _MOST_PAGES) -> Reading:
        began = self._clock()
        number = self._begin(kind, began)
        found = Reading(kind)
        try:
            for page in self._pages(cursor, most_pages):
                found = self._keep(page, found)
                if progress is not None:
                    progress(found.read)
            missing = self._missing(began) if kind == "whole" else 0
            found = replace(found, missing=missing, complete=True)
        except PortalError as error:
            level = logging.WARNING if isinstance(error, Unavailable) else logging.ERROR
            logger.log(level, "register.reading_cut_off", extra={"kind": kind, "error": type(error).__name__})
            found = replace(found, failure=str(error) or type(error).__name__)
        self._end(number, found)
        return found

    def _pages(self, cursor: str | None, most_pages: int) -> Iterator[DossierRecordPage]:
        for _ in range(most_pages):
            try:
                page = self._portal.dossier_records(cursor, limit=_PAGE)
            except CursorExpired:
                if cursor is None:
                    raise
                logger.warning("register.place_forgotten")
                cursor = None
                continue
            yield page
            cursor = page.next_cursor
            if not page.more:
                return

    def _keep(self, page: DossierRecordPage, found: Reading) -> Reading:
        now = self._clock()
        with writing(self._sessions) as session:
            written = keep_records(session, page.records, self.units, now)
            session.merge(PortalCursor(name=CURSOR, cursor=page.next_cursor, polled_at=now))
        if page.refused:
            logger.error("register.records_refused", extra={"count": page.refused, "first": page.first_fault})
        read = found.read + len(page.records)
        return replace(found, read=read, written=found.written + written, refused=found.refused + page.refused)

    def _missing(self, began: datetime) -> int:
        with writing(self._sessions) as session:
            return mark_missing(session, began, self._clock())

    def _begin(self, kind: Kind, now: datetime) -> int:
        with writing(self._sessions) as session:
            row = RegisterRun(kind=kind, started_at=now)
            session.add(row)
            session.flush()
            return row.id

    def _end(self, number: int, found: Reading) -> None:
        with writing(self._sessions) as session:
            row = session.get_one(RegisterRun, number)
            row.finished_at, row.complete = self._clock(), found.complete
            row.read, row.written, row.refused = found.read, found.written, found.refused
            row.detail = (found.failure or "")[:300] or None
