"""What the pages of reports share: making one, what an account may see of one, and the alerts of this moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.accounts.scope import AgencyScope
from bot.clock import VIETNAM_TIME
from bot.reporting.alerts import KINDS
from bot.reporting.desk import ReportDesk
from bot.reporting.destinations import destinations
from bot.reporting.figures import alerts_at, alerts_seen_by
from bot.reporting.pdf import Letterhead
from bot.reporting.view import ReportView
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.storage.report_models import Report

ALERTS_LAST = timedelta(minutes=1)
"""Alerts are read from all open dossiers: so long all pages of a process share what was read."""


@dataclass
class ConsoleReports:
    """``desk`` makes reports; ``head`` stands at the top of the printed ones."""

    desk: ReportDesk
    head: Letterhead
    _alerts: tuple[datetime, list[dict[str, Any]]] | None = field(default=None)

    def view_of(self, session: Session, report_id: str, scope: AgencyScope) -> ReportView | None:
        """The report, or the part of it that may be seen; None where there is no such report."""
        found = session.get(Report, report_id)
        return ReportView.of(found).seen_by(scope, self.desk.indicators) if found is not None else None

    def alerts_now(self, session: Session, now: datetime, scope: AgencyScope) -> dict[str, list[dict[str, Any]]]:
        """What is late, about to be late or silent now, by kind; dossiers that are due are counted to the end of their day."""
        read_at, alerts = self._alerts or (now, None)
        if alerts is None or not timedelta() <= now - read_at < ALERTS_LAST:
            read_at, alerts = now, [one.as_json() for one in alerts_at(session, now, self.desk.indicators, self.desk.offices)]
            self._alerts = (read_at, alerts)
        return by_kind(alerts_seen_by(alerts, scope))


def by_kind(alerts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The alerts by kind, every kind there."""
    return {kind: [one for one in alerts if one["kind"] == kind] for kind in KINDS}


def unit_matches(unit: Mapping[str, Any], asked: str) -> bool:
    """Whether a unit's name or code holds what was typed."""
    return asked.casefold() in f"{unit['name']} {unit['unit_code'] or ''}".casefold()


def yesterday(now: datetime) -> str:
    """The last day that can be reported."""
    return (now.astimezone(VIETNAM_TIME).date() - timedelta(days=1)).isoformat()


def console_reports(settings: Settings, sessions: SessionFactory) -> ConsoleReports:
    """The desk of these settings."""
    desk = ReportDesk(sessions, settings.data_dir, destinations(settings))
    return ConsoleReports(desk, Letterhead(settings.report_parent_agency, settings.report_agency))
