"""Making reports: the one that somebody asks for, and those that are due by the clock."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from sqlalchemy import exists, func, select

from bot.catalogue.load import Offices, load_offices
from bot.clock import VIETNAM_TIME
from bot.reporting.figures import make_figures
from bot.reporting.indicators import IndicatorFileError, IndicatorSet, load_indicators
from bot.reporting.period import Period, day_of, month_of
from bot.reporting.store import Also, Kept, PeriodNotOverError, days_between, keep, last_reported, no_more, reported_days
from bot.retention.daily_counts import count_days
from bot.storage.database import SessionFactory, writing
from bot.storage.evidence_models import RegisteredDossier, RegisterRun

logger = logging.getLogger(__name__)

MOST_DAYS_BACK = 31
"""Days without a report are made up for so far back."""
WAITS_FOR_THE_LIST = timedelta(hours=12)
"""So long after its end a day or month waits for a reading of the portal's list that began after it; then it is reported as it
is known."""
SYSTEM = "system"


@dataclass
class ReportDesk:
    """``destinations``: where each new report goes. The catalogue's places and the indicators are read once."""

    sessions: SessionFactory
    data_dir: Path
    destinations: Sequence[str]

    @cached_property
    def indicators(self) -> IndicatorSet:
        """The set. Raises ``IndicatorFileError``."""
        return load_indicators(self.data_dir)

    @cached_property
    def offices(self) -> Offices:
        """Places, agencies and the calendar. Raises ``CatalogueError``."""
        return load_offices(self.data_dir / "catalogue")

    def make(self, period: Period, *, by: str, now: datetime, also: Also = no_more) -> Kept:
        """Makes the report of a period that is over; the one that there is where nothing differs.

        Raises ``PeriodNotOverError`` and ``IndicatorFileError``."""
        if period.end > now:
            raise PeriodNotOverError(f"{period.name} is not over")
        with writing(self.sessions) as session:
            # The assistant's own figures stand on the daily counts.
            count_days(session, now)
        with self.sessions() as session:
            made = make_figures(session, period, self.indicators, self.offices)
        kept = keep(self.sessions, period, made, self.destinations, by=by, now=now, also=also)
        if kept.fresh:
            logger.info("report.made", extra={"report": kept.id, "changes": kept.changes})
        return kept

    def make_due(self, now: datetime) -> list[Kept]:
        """Makes what is missing: each day up to yesterday, and the last month. Before the month its days are looked at once more:
        a day whose dossiers came in late gets a new revision. What is there already is not made again."""
        try:
            return [*self._days(now), *self._month(now)]
        except IndicatorFileError as error:
            logger.error("alarm.report_indicators", extra={"detail": str(error)})
            return []

    def _days(self, now: datetime) -> list[Kept]:
        yesterday = _today(now) - timedelta(days=1)
        earliest = yesterday - timedelta(days=MOST_DAYS_BACK - 1)
        with self.sessions() as session:
            newest = last_reported(session, "daily")
            there = reported_days(session, "daily", earliest, yesterday)
        # The first report ever is yesterday's: nobody waits for the days before the hub was there.
        first = max(earliest, min(there)) if there else earliest if newest is not None else yesterday
        missing = [day_of(day) for day in days_between(first, yesterday) if day not in there]
        return [self.make(period, by=SYSTEM, now=now) for period in missing if self._can_be_told(period, now)]

    def _month(self, now: datetime) -> list[Kept]:
        last_month = month_of(_today(now).replace(day=1) - timedelta(days=1))
        with self.sessions() as session:
            if reported_days(session, "monthly", last_month.first, last_month.first):
                return []
            days = sorted(reported_days(session, "daily", last_month.first, last_month.last))
        if not self._can_be_told(last_month, now):
            return []
        again = [self.make(day_of(day), by=SYSTEM, now=now) for day in days]
        return [*(one for one in again if one.fresh), self.make(last_month, by=SYSTEM, now=now)]

    def _can_be_told(self, period: Period, now: datetime) -> bool:
        """Whether the portal's list was read since the period's end, or is waited for no longer. Before it was read whole for the
        first time there is nothing to tell."""
        newest = select(func.max(RegisterRun.started_at)).where(RegisterRun.complete.is_(True))
        with self.sessions() as session:
            read_at = session.scalar(newest)
            ever = session.scalar(select(exists().where(RegisterRun.id.is_not(None))))
            if read_at is None:
                return not ever and bool(session.scalar(select(exists().where(RegisteredDossier.record_id.is_not(None)))))
        if read_at >= period.end:
            return True
        if now < period.end + WAITS_FOR_THE_LIST:
            return False
        logger.warning("report.list_not_read", extra={"period": period.name, "read_at": read_at.isoformat()})
        return True


def _today(now: datetime) -> date:
    return now.astimezone(VIETNAM_TIME).date()
