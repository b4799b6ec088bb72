"""Which backups there are, and which are kept: the newest of each day, week and month."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from motcua.backup.creating import ENDING
from motcua.backup.faults import BackupError
from motcua.backup.proving import note_of
from motcua.backup.sealing import read_header

_STAMP = "motcua-%Y%m%dT%H%M%SZ" + ENDING


@dataclass(frozen=True)
class Kept:
    """How many days, weeks and months have a backup each; newest first."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 6


@dataclass(frozen=True)
class Listed:
    """A backup in a folder. ``verified_at``: when it was last restored for a look, with success; ``release``: of the product."""

    path: Path
    made_at: datetime
    size: int
    release: str
    databases: str
    verified_at: datetime | None
    failed: bool


def list_backups(folder: Path) -> list[Listed]:
    """The backups of a folder, newest first. Files that are none are passed over."""
    found = [_listed(path) for path in folder.glob(f"motcua-*{ENDING}")] if folder.is_dir() else []
    return sorted((one for one in found if one is not None), key=lambda one: one.made_at, reverse=True)


def _listed(path: Path) -> Listed | None:
    try:
        made_at = datetime.strptime(path.name, _STAMP).replace(tzinfo=UTC)
        with path.open("rb") as file:
            about = read_header(file).about
    except (ValueError, OSError, BackupError):
        return None
    verified_at, failed = _verified(path)
    databases = "; ".join(str(one) for one in about.get("databases") or ())
    return Listed(path, made_at, path.stat().st_size, str(about.get("product_version")), databases, verified_at, failed)


def _verified(path: Path) -> tuple[datetime | None, bool]:
    try:
        note = json.loads(note_of(path).read_bytes())
        passed = note["passed"] is True
        return (datetime.fromisoformat(note["verified_at"]) if passed else None), not passed
    except (OSError, ValueError, KeyError, TypeError):
        return None, False


def superfluous(backups: Sequence[Listed], kept: Kept) -> list[Listed]:
    """Those that may go. The newest backup, and the newest that was verified, always stay. Pure."""
    newest_first = sorted(backups, key=lambda one: one.made_at, reverse=True)
    periods: list[tuple[int, Callable[[datetime], object]]] = [
        (kept.daily, lambda at: at.date()),
        (kept.weekly, lambda at: at.isocalendar()[:2]),
        (kept.monthly, lambda at: (at.year, at.month)),
    ]
    verified = [one for one in newest_first if one.verified_at is not None]
    stay = {one.path for one in (*newest_first[:1], *verified[:1])}
    for count, period_of in periods:
        seen: dict[object, Path] = {}
        for one in newest_first:
            seen.setdefault(period_of(one.made_at), one.path)
        stay.update(list(seen.values())[:count])
    return [one for one in newest_first if one.path not in stay]


def remove(backup: Listed) -> None:
    """Deletes a backup and the note beside it."""
    backup.path.unlink()
    note_of(backup.path).unlink(missing_ok=True)
