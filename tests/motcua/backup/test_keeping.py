"""Which backups stay: one of each day, week and month, the newest, and the newest that was proved."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from motcua.backup.keeping import Kept, Listed, list_backups, superfluous

NEWEST = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)


def backup(hours_ago: float, *, verified: bool = False) -> Listed:
    made_at = NEWEST - timedelta(hours=hours_ago)
    return Listed(Path(f"{made_at:%Y%m%dT%H%M}"), made_at, 1, "0.1.0", "", made_at if verified else None, False)


def test_a_year_of_hourly_backups_becomes_days_weeks_and_months() -> None:
    backups = [backup(hours) for hours in range(0, 365 * 24, 6)]
    going = {one.path for one in superfluous(backups, Kept(daily=7, weekly=4, monthly=6))}
    stay = [one for one in backups if one.path not in going]
    assert [one.made_at.date() for one in stay[:7]] == [(NEWEST - timedelta(days=days)).date() for days in range(7)]
    # The newest two weeks and the newest month lie within the days that stay anyway.
    assert len(stay) == 7 + 2 + 5
    assert stay[-1].made_at.month == 6
    assert superfluous(stay, Kept(7, 4, 6)) == []


def test_the_newest_and_the_newest_proved_one_never_go() -> None:
    backups = [backup(0), backup(1), backup(24 * 300, verified=True), backup(24 * 301, verified=True)]
    assert superfluous(backups, Kept(daily=1, weekly=0, monthly=0)) == [backups[1], backups[3]]


def test_what_is_no_backup_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "motcua-20261127T010000Z.backup").write_bytes(b"half of")
    (tmp_path / "motcua-holiday.backup").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    assert list_backups(tmp_path) == []
    assert list_backups(tmp_path / "nowhere") == []
