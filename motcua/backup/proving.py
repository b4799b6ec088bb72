"""``motcua backup verify`` and ``restore``: a backup is proved by bringing it to life in a place of its own."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.conversations.encryption import LedgerKeyError
from bot.conversations.key_rotation import LedgerKeys, Sampled, sample_readable
from bot.settings import Settings
from bot.storage.database import database_url, open_database
from motcua.backup import opening, postgres_dumps
from motcua.backup.creating import Told, backup_key
from motcua.backup.faults import BackupError
from motcua.backup.manifest import DatabaseSaved, Manifest

NOTE_ENDING = ".verified.json"


@dataclass(frozen=True)
class Proof:
    """How a verification ended. ``faults`` empty: whole."""

    manifest: Manifest
    faults: tuple[str, ...]
    sampled: Sampled

    @property
    def passed(self) -> bool:
        """Whether everything came back, and can be read."""
        return not self.faults


@dataclass(frozen=True)
class RestoredBackup:
    """What was restored."""

    manifest: Manifest
    workspace: bool
    models: tuple[str, ...]
    settings_file: Path | None


def verify_backup(settings: Settings, path: Path, now: datetime, tell: Told, *, scratch_url: str | None = None) -> Proof:
    """Restores the backup into throw-away places, compares it with its manifest, and opens a sample of its encrypted values with
    LEDGER_KEY. Notes beside the file that it was done. ``scratch_url``: an empty PostgreSQL database, where none may be made.

    Raises ``BackupError`` where the file itself cannot be used."""
    with tempfile.TemporaryDirectory(prefix="motcua-verify-") as folder, ExitStack() as places:
        tell("Giải mã và so với bản kê")
        opened = places.enter_context(opening.opened_backup(path, backup_key(settings), Path(folder)))
        faults: list[str] = []
        sampled = Sampled(0, 0)
        for saved in opened.manifest.databases:
            tell(f"Phục hồi thử {saved.role}: {sum(table.rows for table in saved.tables.values())} dòng")
            url = places.enter_context(_scratch(settings, saved, Path(folder), scratch_url))
            opening.put_database(opened, saved, url)
            faults += opening.differences(saved, url)
            if saved.role != "tracker":
                sampled = _sampled(url, settings, faults, opened.manifest.unreadable)
        if opening.put_workspace(opened, Path(folder) / "training"):
            tell("Kho dữ liệu huấn luyện")
        proof = Proof(opened.manifest, tuple(faults), sampled)
    _note(path, proof, now)
    return proof


@contextmanager
def _scratch(settings: Settings, saved: DatabaseSaved, folder: Path, named: str | None) -> Iterator[str]:
    """The address of a place where this database may be restored for a look."""
    if saved.kind == "sqlite":
        yield f"sqlite:///{folder}/{saved.role.replace(' ', '-')}.sqlite3"
        return
    if named is not None:
        yield named
        return
    server = settings.tracker_address if saved.role == "tracker" else (settings.database_direct_url or settings.database_url)
    if database_url(server).drivername == "sqlite":
        raise BackupError("bản sao lưu của PostgreSQL, cài đặt hiện là SQLite: nêu cơ sở dữ liệu trống ở --scratch-url")
    with postgres_dumps.scratch_database(server) as url:
        yield url


def _sampled(url: str, settings: Settings, faults: list[str], unreadable_before: int) -> Sampled:
    database = open_database(url, pool_size=1)
    try:
        found = sample_readable(database.sessions, LedgerKeys(settings.ledger_key.get_secret_value()))
    except LedgerKeyError as error:
        faults.append(str(error))
        return Sampled(0, 0)
    finally:
        database.engine.dispose()
    if found.unreadable > unreadable_before:
        faults.append(f"{found.unreadable} trong {found.looked_at} giá trị mã hoá không mở được bằng LEDGER_KEY hiện có")
    return found


def _note(path: Path, proof: Proof, now: datetime) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    said = {
        "verified_at": now.isoformat(timespec="seconds"),
        "sha256": digest,
        "passed": proof.passed,
        "rows": proof.manifest.rows,
        "sampled": proof.sampled.looked_at,
        "faults": list(proof.faults),
    }
    note_of(path).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def note_of(path: Path) -> Path:
    """Where it stands that a backup was verified."""
    return path.with_name(path.name + NOTE_ENDING)


def restore_backup(settings: Settings, path: Path, tell: Told) -> RestoredBackup:
    """Brings the backup to life in the places that the settings name, which must be empty, and compares what came back. Raises
    ``BackupError``: what was written until then is to be thrown away."""
    ledger = settings.database_direct_url or settings.database_url
    urls = {"ledger": ledger, "tracker": settings.tracker_address, "ledger and tracker": ledger}
    with opening.opened_backup(path, backup_key(settings), settings.var_dir) as opened:
        for saved in opened.manifest.databases:
            tell(f"Phục hồi {saved.role}: {sum(table.rows for table in saved.tables.values())} dòng")
            opening.put_database(opened, saved, urls[saved.role])
            if faults := opening.differences(saved, urls[saved.role]):
                raise BackupError("; ".join(faults[:5]))
        workspace = opening.put_workspace(opened, settings.training_folder)
        models = opening.put_models(opened, settings.models_dir)
        written = opening.put_settings(opened, settings.var_dir)
        return RestoredBackup(opened.manifest, workspace, tuple(models), written)
