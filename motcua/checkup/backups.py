"""Whether there is a backup that was proved, and not too old."""

from datetime import datetime, timedelta

from bot.conversations.clock import utc_now
from bot.settings import Settings
from motcua.backup.keeping import Listed, list_backups
from motcua.checkup.finding import Finding
from motcua.checkup.phrases import Phrase

EVERY = timedelta(hours=26)
"""A day, and what a nightly run may take longer."""
_NAME = Phrase("backup")


def check_backups(settings: Settings) -> list[Finding]:
    """The backups in BACKUP_DIR."""
    if settings.backup_dir is None:
        meaning = Phrase("backup_none_means")
        return [Finding(_NAME, "warning", Phrase("backup_no_folder"), Phrase("backup_page"), meaning)]
    if settings.backup_key is None:
        return [Finding(_NAME, "error", Phrase("backup_no_key"), Phrase("backup_make_key"))]
    return [judged(list_backups(settings.backup_dir), utc_now())]


def judged(backups: list[Listed], now: datetime) -> Finding:
    """What the backups of a folder mean, newest first. Pure."""
    if not backups:
        return Finding(_NAME, "error", Phrase("backup_no_file"), Phrase("backup_create"))
    if backups[0].failed:
        seen = Phrase("backup_failed", name=backups[0].path.name)
        return Finding(_NAME, "error", seen, Phrase("backup_why"), Phrase("backup_failed_means"))
    proved = next((one for one in backups if one.verified_at is not None), None)
    if proved is None:
        return Finding(_NAME, "warning", Phrase("backup_unproved"), Phrase("backup_verify", path=backups[0].path))
    hours = (now - proved.made_at) // timedelta(hours=1)
    if now - proved.made_at > EVERY:
        seen = Phrase("backup_old", hours=hours)
        return Finding(_NAME, "warning", seen, Phrase("backup_schedule"))
    return Finding(_NAME, "ok", Phrase("backup_fresh", hours=hours))
