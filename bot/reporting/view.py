"""A report as it is shown, saved and sent, and as an account with fewer agencies may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bot.accounts.scope import AgencyScope
from bot.clock import VIETNAM_TIME
from bot.reporting.changes import TOTAL
from bot.reporting.figures import alerts_seen_by, seen_by
from bot.reporting.indicators import IndicatorSet
from bot.reporting.period import Kind, Period
from bot.storage.report_models import Report


@dataclass(frozen=True)
class ReportView:
    """One report. ``sha256``: of the whole figures, also where this view holds a part of them (``partial``)."""

    id: str
    period: Period
    revision: int
    made_at: datetime
    figures: Mapping[str, Any]
    alerts: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    sha256: str
    partial: bool = False

    @classmethod
    def of(cls, report: Report) -> "ReportView":
        """The whole report."""
        return cls(
            id=report.id,
            period=Period(_kind(report.kind), report.first_day, report.last_day),
            revision=report.revision,
            made_at=report.made_at,
            figures=report.figures,
            alerts=report.alerts,
            changes=report.changes,
            sha256=report.sha256,
        )

    def seen_by(self, scope: AgencyScope, indicators: IndicatorSet) -> "ReportView":
        """The part that an account of this scope may see."""
        if scope.everything:
            return self
        figures = seen_by(self.figures, scope, indicators)
        keys = {one["key"] for one in figures["units"]}
        return replace(
            self,
            figures=figures,
            alerts=alerts_seen_by(self.alerts, scope),
            changes=[one for one in self.changes if one["unit"] in keys and one["unit"] != TOTAL],
            partial=True,
        )

    def as_json(self) -> dict[str, Any]:
        """As the file and the webhook tell it."""
        return {
            "report": self.id,
            "kind": self.period.kind,
            "period": self.period.name,
            "revision": self.revision,
            "made_at": self.made_at.astimezone(VIETNAM_TIME).isoformat(timespec="seconds"),
            "partial": self.partial,
            "figures_sha256": None if self.partial else self.sha256,
            "figures": self.figures,
            "alerts": self.alerts,
            "changes": self.changes,
        }


def _kind(text: str) -> Kind:
    return "monthly" if text == "monthly" else "daily"


def day_text(day: date) -> str:
    """``26/11/2026``."""
    return day.strftime("%d/%m/%Y")
