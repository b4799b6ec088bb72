"""A backup opened: its parts taken out, checked against the manifest, and put where they belong."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from pydantic import ValidationError

from bot.settings import Settings
from bot.storage.database import database_url
from bot.training.data_head import WORKSPACE
from motcua.backup import postgres_dumps, sqlite_files
from motcua.backup.faults import BackupError
from motcua.backup.manifest import BUNDLE, MANIFEST, SETTINGS, DatabaseSaved, Manifest
from motcua.backup.sealing import SealedReader

SETTINGS_FILE = "settings.env"
_COPY_BYTES = 1024 * 1024
_MOST_PARTS = 200
_GIT_SECONDS = 600


@dataclass(frozen=True)
class OpenedBackup:
    """The parts of a backup in a folder, whole and as the manifest says."""

    folder: Path
    manifest: Manifest

    def part(self, name: str) -> Path:
        """The file of a part."""
        return self.folder / name


@contextmanager
def opened_backup(path: Path, key: str, beside: Path) -> Iterator[OpenedBackup]:
    """Takes the backup out into a private folder within ``beside``, which is gone afterwards, and checks every part. Raises
    ``BackupError``."""
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".motcua-restore-", dir=beside) as taken:
        folder = Path(taken)
        digests = _take_out(path, key, folder)
        manifest = _manifest(folder)
        _compare(manifest, folder, digests)
        yield OpenedBackup(folder, manifest)


def _take_out(path: Path, key: str, folder: Path) -> dict[str, str]:
    digests: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            sealed = SealedReader(file, key)
            with tarfile.open(fileobj=cast("IO[bytes]", sealed), mode="r|gz", bufsize=_COPY_BYTES) as pack:
                for info in pack:
                    if info.name in digests or len(digests) >= _MOST_PARTS:
                        raise BackupError("bản sao lưu có phần trùng tên, hoặc quá nhiều phần")
                    digests[info.name] = _take_part(pack, info, folder)
            while sealed.read(_COPY_BYTES):
                pass  # what a cut off file lacks shows at its last piece
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupError(f"bản sao lưu không đọc được: {type(error).__name__}: {error}") from error
    return digests


def _take_part(pack: tarfile.TarFile, info: tarfile.TarInfo, folder: Path) -> str:
    target = folder / info.name
    if not info.isreg() or not target.resolve().is_relative_to(folder.resolve()):
        raise BackupError(f"bản sao lưu có phần không được phép: {info.name[:80]}")
    source = pack.extractfile(info)
    assert source is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while block := source.read(_COPY_BYTES):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupError("bản kê của bản sao lưu không đọc được (hoặc của bản mới hơn)") from error


def _compare(manifest: Manifest, folder: Path, digests: dict[str, str]) -> None:
    if set(digests) != {*manifest.parts, MANIFEST}:
        raise BackupError("bản sao lưu thiếu hoặc thừa phần so với bản kê")
    for name, part in manifest.parts.items():
        if digests[name] != part.sha256 or (folder / name).stat().st_size != part.size:
            raise BackupError(f"phần «{name}» không khớp bản kê")
    if missing := [database.part for database in manifest.databases if database.part not in manifest.parts]:
        raise BackupError(f"bản sao lưu thiếu {missing[0]}")


def put_database(opened: OpenedBackup, saved: DatabaseSaved, url: str) -> None:
    """Restores one database into an empty place of its own kind. Raises ``BackupError``."""
    address = database_url(url)
    kind = "sqlite" if address.drivername == "sqlite" else "postgresql"
    if kind != saved.kind:
        raise BackupError(
            f"bản sao lưu của {saved.kind}, chỗ phục hồi là {kind}: sao lưu chỉ về cùng loại (đổi loại: motcua vendor export)"
        )
    if kind == "sqlite":
        sqlite_files.put(opened.part(saved.part), Path(str(address.database)))
    else:
        postgres_dumps.load(opened.part(saved.part), url)


def differences(saved: DatabaseSaved, url: str) -> list[str]:
    """What a restored database has otherwise than the one that was saved; empty where nothing."""
    address = database_url(url)
    if address.drivername == "sqlite":
        path = Path(str(address.database))
        faults, rows = sqlite_files.faults_of(path), sqlite_files.counts(path)
        digests: dict[str, str | None] = {}
    else:
        faults, found = [], postgres_dumps.read_tables(url)
        rows, digests = {name: one.rows for name, one in found.items()}, {name: one.digest for name, one in found.items()}
    if set(rows) != set(saved.tables):
        faults.append(f"các bảng khác nhau: {', '.join(sorted(set(rows) ^ set(saved.tables))[:5])}")
    for name in sorted(set(rows) & set(saved.tables)):
        was = saved.tables[name]
        if rows[name] != was.rows:
            faults.append(f"bảng {name}: {was.rows} dòng lúc sao lưu, {rows[name]} dòng sau khi phục hồi")
        elif was.digest is not None and digests.get(name) != was.digest:
            faults.append(f"bảng {name}: nội dung khác lúc sao lưu")
    return faults


def put_workspace(opened: OpenedBackup, training: Path) -> bool:
    """The trainers' repository from its bundle, every object checked; False where the backup has none. Raises ``BackupError``."""
    if BUNDLE not in opened.manifest.parts:
        return False
    repository = training / WORKSPACE
    if repository.exists():
        raise BackupError(f"{repository}: đã có; chỉ phục hồi vào chỗ trống")
    training.mkdir(parents=True, exist_ok=True)
    _git(training, "clone", "--quiet", "--mirror", str(opened.part(BUNDLE)), str(repository))
    _git(repository, "fsck", "--strict", "--no-dangling")
    _git(repository, "remote", "remove", "origin")
    return True


def put_models(opened: OpenedBackup, models: Path) -> list[str]:
    """The models that are not there yet; their names."""
    placed = []
    for name in sorted(part for part in opened.manifest.parts if part.startswith("models/")):
        target = models / name.removeprefix("models/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(opened.part(name), target)
            placed.append(target.name)
    return placed


def put_settings(opened: OpenedBackup, var_dir: Path) -> Path | None:
    """The settings as they were, as a file to be looked at; None where one is there already."""
    target = var_dir / SETTINGS_FILE
    if target.exists():
        return None
    found = json.loads(opened.part(SETTINGS).read_bytes())
    known = {name: value for name, value in found.items() if name in Settings.model_fields}
    var_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name.upper()}={_quoted(str(value))}\n" for name, value in known.items())
    return target


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''").replace("\n", " ") + "'"


def _git(folder: Path, *arguments: str) -> None:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LANG": "C.UTF-8",
    }  # fmt: skip
    asked = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
    try:
        ended = subprocess.run(asked, cwd=folder, env=environment, capture_output=True, timeout=_GIT_SECONDS, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise BackupError("git không chạy được: không phục hồi được kho dữ liệu huấn luyện") from error
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip()[-200:]
        raise BackupError(f"kho dữ liệu huấn luyện trong bản sao lưu hỏng (git {arguments[0]}: {said})")
