"""What the notices go by: quiet hours, days of the reminders, working days, meanings of statuses."""

from dataclasses import dataclass
from datetime import timedelta

from bot.catalogue.publishing.content import folder_in_force
from bot.catalogue.schema import WorkingCalendar
from bot.catalogue.yaml_files import read_record
from bot.dossiers.status_table import StatusMeaning, StatusTable, status_table
from bot.outreach.quiet_hours import QuietHours
from bot.portal.records import Dossier
from bot.settings import Settings

SUPPLEMENT_TEXT, FINISHED_TEXT = "dossier_now_supplement", "dossier_now_finished"


@dataclass(frozen=True)
class NoticeRules:
    """``supplement_days``: how many working days before the deadline a reminder is due. ``calendar``: None where it cannot be
    read; then Saturdays and Sundays alone are days off."""

    quiet: QuietHours
    supplement_days: tuple[int, ...]
    pick_up_after: timedelta
    calendar: WorkingCalendar | None
    statuses: StatusTable

    def sure_meaning(self, dossier: Dossier) -> StatusMeaning | None:
        """What the status means; None where that is not certain."""
        meaning = self.statuses.meaning(dossier.source_system, dossier.status_code)
        return None if meaning is None or meaning.flattened else meaning

    def has_ended(self, dossier: Dossier) -> bool:
        """Whether nothing more will happen: a result that still waits to be collected is not the end."""
        meaning = self.sure_meaning(dossier)
        return meaning is not None and meaning.status.clock == "ended" and meaning.status.citizen_text != FINISHED_TEXT


def notice_rules(settings: Settings) -> NoticeRules:
    """The rules that the settings name. Raises ``ValueError``, naming the setting, for one that cannot be used."""
    entry, _problems = read_record(folder_in_force(settings) / "calendar.yml", "calendar.yml", WorkingCalendar)
    return NoticeRules(
        QuietHours.parse(settings.notice_quiet_hours),
        _days(settings.supplement_reminder_days),
        timedelta(days=settings.pick_up_reminder_days),
        entry.record if entry is not None else None,
        status_table(),
    )


def _days(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 60 for part in parts):
        raise ValueError(f"SUPPLEMENT_REMINDER_DAYS: {text!r} is not a list of days like 3,1")
    return tuple(sorted({int(part) for part in parts}, reverse=True))
