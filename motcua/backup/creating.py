"""``motcua backup create``: everything that an installation cannot make again, in one encrypted file, while it runs."""

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from bot import __version__
from bot.authoring.git import Git, GitError
from bot.conversations.key_rotation import LedgerKeys, Sampled, sample_readable
from bot.settings import Settings
from bot.storage.database import database_url, is_missing_file, open_database
from bot.training.data_head import WORKSPACE
from motcua.backup import postgres_dumps, sqlite_files
from motcua.backup.faults import BackupError
from motcua.backup.manifest import BUNDLE, MANIFEST, SETTINGS, DatabaseSaved, Manifest, PartSaved, Role
from motcua.backup.sealing import SealedWriter
from motcua.vendor.exporting import commit_in_force, public_settings, serving_models
from motcua.vendor.faults import PackError

Told = Callable[[str], None]

ENDING = ".backup"
LEFT_OUT = {
    "secrets": "LEDGER_KEY and all others: keep them where secrets are kept, apart from the backups",
    "candidate models and the sentence encoder": "trained, or built, again",
    "Redis": "locks of seconds, cached counts",
    "logs": "they hold nothing that the ledger lacks",
    "program code": "the repository at the commit that the manifest names",
}
_BUNDLE_SECONDS = 600.0
_COPY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Created:
    """A backup that was written."""

    path: Path
    manifest: Manifest
    size: int


@dataclass
class _Staging:
    """The parts on their way into the file."""

    folder: Path
    parts: dict[str, Path] = field(default_factory=dict)

    def place(self, name: str) -> Path:
        """Where the part of this name is to be written."""
        self.parts[name] = self.folder / str(len(self.parts))
        return self.parts[name]


def file_name(now: datetime) -> str:
    """``motcua-20261127T133000Z.backup``: names sort by their moment."""
    return f"motcua-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{ENDING}"


def create_backup(settings: Settings, folder: Path, now: datetime, tell: Told) -> Created:
    """Writes a backup into the folder; it appears under its name once it is whole. Raises ``BackupError``, ``OSError`` and
    SQLAlchemy's errors; nothing is left behind then."""
    key = backup_key(settings)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(now)
    if path.exists():
        raise BackupError(f"{path}: đã có tệp này, không ghi đè")
    unfinished = path.with_name(f".{path.name}.dang-viet")
    # Transcripts lie readable there for as long as it takes: beside the backup, and for nobody else.
    with tempfile.TemporaryDirectory(prefix=".motcua-backup-", dir=folder) as staged:
        staging = _Staging(Path(staged))
        try:
            manifest = _gather(settings, staging, now, tell)
            tell("Mã hoá và ghi")
            _write(unfinished, staging, manifest, key)
            unfinished.chmod(0o600)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return Created(path, manifest, path.stat().st_size)


def backup_key(settings: Settings) -> str:
    """BACKUP_KEY. Raises ``BackupError`` where it is not set."""
    key = settings.backup_key.get_secret_value() if settings.backup_key is not None else ""
    if not key:
        raise BackupError("chưa đặt BACKUP_KEY (hoặc BACKUP_KEY_FILE): khoá mã hoá bản sao lưu")
    return key


def _gather(settings: Settings, staging: _Staging, now: datetime, tell: Told) -> Manifest:
    databases = [_save(role, url, staging, tell) for role, url in databases_of(settings)]
    models, sampled = _models(settings, staging, tell)
    _workspace(settings, staging, tell)
    staging.place(SETTINGS).write_text(json.dumps(public_settings(settings), ensure_ascii=False, default=str), encoding="utf-8")
    return Manifest(
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        product_version=__version__,
        commit=commit_in_force(),
        databases=databases,
        key_marks=LedgerKeys(settings.ledger_key.get_secret_value()).fingerprints,
        unreadable=sampled.unreadable,
        models=models,
        left_out=LEFT_OUT,
        parts={name: _part(path) for name, path in staging.parts.items()},
    )


def databases_of(settings: Settings) -> list[tuple[Role, str]]:
    """The databases that are there; one that holds both is one. The ledger is read past a pooler. Raises ``BackupError`` where
    there is no ledger."""
    if is_missing_file(settings.database_url):
        raise BackupError("chưa có sổ cái ở DATABASE_URL: không có gì để sao lưu")
    direct = settings.database_direct_url or settings.database_url
    if _place(direct) == _place(settings.tracker_address):
        return [("ledger and tracker", direct)]
    found: list[tuple[Role, str]] = [("ledger", direct)]
    if not is_missing_file(settings.tracker_address):
        found.append(("tracker", settings.tracker_address))
    return found


def _place(url: str) -> tuple[str, str | None, int | None, str | None]:
    address: URL = database_url(url)
    return address.drivername, address.host, address.port, address.database


def _save(role: Role, url: str, staging: _Staging, tell: Told) -> DatabaseSaved:
    tell({"ledger": "Sổ cái", "tracker": "Hội thoại của Rasa"}.get(role, "Sổ cái và hội thoại của Rasa"))
    name = f"databases/{role.replace(' ', '-')}"
    target = staging.place(name)
    address = database_url(url)
    if address.drivername == "sqlite":
        saved = sqlite_files.save(Path(str(address.database)), target, role)
    else:
        saved = postgres_dumps.save(url, target, role)
    return saved.model_copy(update={"part": name})


def _models(settings: Settings, staging: _Staging, tell: Told) -> tuple[tuple[str, ...], Sampled]:
    """The models that serve, or are kept for the way back; and how the ledger's encrypted values can be read now."""
    database = open_database(settings.database_url, pool_size=1)
    try:
        with database.sessions() as session:
            _, paths = serving_models(session, settings)
        sampled = sample_readable(database.sessions, LedgerKeys(settings.ledger_key.get_secret_value()))
    except (PackError, SQLAlchemyError) as error:
        raise BackupError(f"không biết mô hình nào đang phục vụ: {error}") from error
    finally:
        database.engine.dispose()
    for path in paths:
        if path.suffix != ".json":  # the description goes along without a word
            tell(f"Mô hình {path.name}")
        shutil.copyfile(path, staging.place(f"models/{path.relative_to(settings.models_dir).as_posix()}"))
    return tuple(path.name for path in paths), sampled


def _workspace(settings: Settings, staging: _Staging, tell: Told) -> None:
    repository = settings.training_folder / WORKSPACE
    if not (repository / "HEAD").is_file():
        return
    tell("Kho dữ liệu huấn luyện")
    try:
        git = Git(repository, timeout_seconds=_BUNDLE_SECONDS)
        if git.call("for-each-ref", "--count=1"):
            git.call("bundle", "create", str(staging.place(BUNDLE).absolute()), "--all")
    except GitError as error:
        raise BackupError(f"kho dữ liệu huấn luyện không sao lưu được: {error}") from error


def _part(path: Path) -> PartSaved:
    with path.open("rb") as file:
        return PartSaved(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _about(manifest: Manifest) -> Mapping[str, Any]:
    return {
        "made_at": manifest.made_at,
        "product_version": manifest.product_version,
        "commit": manifest.commit,
        "databases": [f"{database.role}: {database.server}" for database in manifest.databases],
        "key_marks": list(manifest.key_marks),
    }


def _write(target: Path, staging: _Staging, manifest: Manifest, key: str) -> None:
    with target.open("xb") as file:
        sealed = SealedWriter(cast("BinaryIO", file), key, _about(manifest))
        # The databases' dumps are pressed already, or press well at the first level.
        with (
            gzip.GzipFile(filename="", fileobj=sealed, mode="wb", compresslevel=1) as pressed,
            tarfile.open(fileobj=pressed, mode="w|", bufsize=_COPY_BYTES) as pack,
        ):
            for name, path in staging.parts.items():
                pack.add(path, arcname=name, recursive=False, filter=_nameless)
            written = staging.place(MANIFEST)
            written.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            pack.add(written, arcname=MANIFEST, recursive=False, filter=_nameless)
        sealed.close_whole()
        file.flush()
        os.fsync(file.fileno())


def _nameless(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uname = info.gname = ""
    info.uid = info.gid = 0
    info.mode = 0o600
    return info
