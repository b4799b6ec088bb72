"""SQLite databases: copied by the library's own online backup, so that writers go on and the copy is of one moment."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from motcua.backup.faults import BackupError
from motcua.backup.manifest import DatabaseSaved, Role, TableSaved

_NO_TABLES_OF_OURS = "sqlite_%"


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as link:
        yield link


def save(source: Path, target: Path, role: Role) -> DatabaseSaved:
    """Copies the database and counts the copy's rows."""
    taken = datetime.now(UTC)
    with _opened(source) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        # The copy stands alone: no log beside it that somebody could forget.
        copy.execute("PRAGMA journal_mode = DELETE")
    return DatabaseSaved(
        role=role,
        kind="sqlite",
        part="",
        taken_at=taken.isoformat(timespec="seconds"),
        server=f"SQLite {sqlite3.sqlite_version}",
        revision=_revision(target),
        tables={name: TableSaved(rows=rows) for name, rows in counts(target).items()},
    )


def counts(path: Path) -> dict[str, int]:
    """The rows of every table."""
    with _opened(path) as link:
        names = link.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE ?", (_NO_TABLES_OF_OURS,))
        quoted = [(name, name.replace('"', '""')) for (name,) in names.fetchall()]
        return {
            name: link.execute(f'SELECT count(*) FROM "{safe}"').fetchone()[0]  # noqa: S608 (quoted)
            for name, safe in sorted(quoted)
        }


def faults_of(path: Path) -> list[str]:
    """What SQLite's own checks say against the file; empty where it is sound."""
    with _opened(path) as link:
        said = [row[0] for row in link.execute("PRAGMA integrity_check").fetchall()]
        broken = link.execute("PRAGMA foreign_key_check").fetchall()
    return [one for one in said if one != "ok"] + [f"{row[0]}: dòng trỏ vào chỗ không có" for row in broken[:5]]


def put(part: Path, target: Path) -> None:
    """Places a saved database. Raises ``BackupError`` where one is there already."""
    for ending in ("", "-wal", "-shm"):
        if Path(f"{target}{ending}").exists():
            raise BackupError(f"{target}{ending}: đã có tệp này; chỉ phục hồi vào chỗ trống")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(part, target)
    target.chmod(0o600)


def _revision(path: Path) -> str | None:
    with _opened(path) as link:
        if not link.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        found = link.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found[0]) if found else None
