"""Whether there is a backup that was proved, and not too old."""

from datetime import datetime, timedelta

from bot.conversations.clock import utc_now
from bot.settings import Settings
from motcua.backup.keeping import Listed, list_backups
from motcua.checkup.finding import Finding

EVERY = timedelta(hours=26)
"""A day, and what a nightly run may take longer."""
_NAME = "sao lưu"


def check_backups(settings: Settings) -> list[Finding]:
    """The backups in BACKUP_DIR."""
    if settings.backup_dir is None:
        meaning = "Mất đĩa là mất mọi cuộc trò chuyện, hồ sơ nháp và nhật ký kiểm toán."
        return [Finding(_NAME, "warning", "chưa đặt BACKUP_DIR", "Xem docs/operators/backup.md", meaning)]
    if settings.backup_key is None:
        return [Finding(_NAME, "error", "chưa đặt BACKUP_KEY", "Tạo khoá và cất nơi cất bí mật (docs/operators/backup.md)")]
    return [judged(list_backups(settings.backup_dir), utc_now())]


def judged(backups: list[Listed], now: datetime) -> Finding:
    """What the backups of a folder mean, newest first. Pure."""
    if not backups:
        return Finding(_NAME, "error", "chưa có bản nào", "Chạy: motcua backup create --verify")
    if backups[0].failed:
        seen = f"{backups[0].path.name}: phục hồi thử KHÔNG đạt"
        return Finding(_NAME, "error", seen, "Chạy: motcua backup verify TỆP để xem vì sao", "Bản này không cứu được gì.")
    proved = next((one for one in backups if one.verified_at is not None), None)
    if proved is None:
        return Finding(_NAME, "warning", "chưa bản nào được phục hồi thử", f"Chạy: motcua backup verify {backups[0].path}")
    hours = (now - proved.made_at) // timedelta(hours=1)
    if now - proved.made_at > EVERY:
        seen = f"bản đã phục hồi thử mới nhất cách đây {hours} giờ"
        return Finding(_NAME, "warning", seen, "Chạy: motcua backup create --verify; xem lịch chạy hằng đêm")
    return Finding(_NAME, "ok", f"bản đã phục hồi thử cách đây {hours} giờ")
