"""``motcua vendor restore``: a pack brought to life on an empty machine."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.storage.database import create_database_engine, database_url, is_missing_file
from motcua.vendor.archive import SECRETS, Manifest, PackReader, Told, opened_pack
from motcua.vendor.exporting import BUNDLE, SETTINGS
from motcua.vendor.faults import PackError
from motcua.vendor.ledger import load_ledger, refuse_unless_empty
from motcua.vendor.secret_part import unseal

SECRETS_FILE = "secrets.env"
SETTINGS_FILE = "settings.env"
_GIT_SECONDS = 600
_SPARE = 0.9
"""Share of the free room that a pack may take."""


@dataclass(frozen=True)
class Restored:
    """What was restored, and where."""

    manifest: Manifest
    var_dir: Path
    rows: dict[str, int]
    with_secrets: bool

    def settings(self, settings: Settings, url: str) -> Settings:
        """These settings, with the restored ledger, data and models."""
        return settings.model_copy(
            update={
                "database_url": url,
                "var_dir": self.var_dir,
                "tracker_url": None,
                "training_dir": None,
                "data_dir": self.var_dir / "project" / "data",
                "models_dir": self.var_dir / "models",
            }
        )


def restore_pack(path: Path, url: str, var_dir: Path, tell: Told, *, passphrase: str | None = None) -> Restored:
    """Checks the whole pack, then writes the database (in one transaction) and the folder. Both must be empty.

    Raises ``PackError``; then neither was changed."""
    _refuse_unless_free(var_dir)
    made = is_missing_file(url)
    engine = create_database_engine(url, lock_wait_ms=30_000)
    beside = var_dir.with_name(f".{var_dir.name}.dang-phuc-hoi")
    whole = placed = False

    def into_place() -> None:
        nonlocal placed
        placed = True
        # A ledger in a file may lie in the very folder, as it does where nobody says otherwise.
        var_dir.mkdir(exist_ok=True)
        var_dir.chmod(0o700)
        for part in beside.iterdir():
            part.rename(var_dir / part.name)
        beside.rmdir()

    try:
        if not made:
            refuse_unless_empty(engine)
        var_dir.parent.mkdir(parents=True, exist_ok=True)
        room = int(shutil.disk_usage(var_dir.parent).free * _SPARE)
        with opened_pack(path, tell, free_bytes=room) as pack:
            secrets = _secrets(pack, passphrase)
            shutil.rmtree(beside, ignore_errors=True)
            _write_folder(pack, beside, secrets, url, var_dir)
            tell("Sổ cái")
            _make_place(url)
            rows = load_ledger(engine, pack, tell, into_place)
            whole = True
            return Restored(pack.manifest, var_dir, rows, bool(secrets))
    except (OSError, SQLAlchemyError) as error:
        said = (str(error).splitlines() or [""])[0][:200]
        raise PackError(f"không phục hồi được: {type(error).__name__}: {said}") from error
    finally:
        engine.dispose()
        if not whole:
            _take_back((beside, var_dir) if placed else (beside,), url if made else None)


def _take_back(folders: Iterable[Path], url: str | None) -> None:
    """Removes what a failed restore wrote. ``url``: of a database file that was not there before."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    if url is not None:
        database = database_url(url).database
        for ending in ("", "-wal", "-shm"):
            Path(f"{database}{ending}").unlink(missing_ok=True)


def _refuse_unless_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PackError(f"{folder}: không trống, chỉ phục hồi vào thư mục trống hoặc chưa có")


def _make_place(url: str) -> None:
    address = database_url(url)
    if address.drivername == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)


def _secrets(pack: PackReader, passphrase: str | None) -> dict[str, str]:
    if passphrase is None:
        return {}
    if not pack.manifest.has_secrets:
        raise PackError("gói này không có phần bí mật (xuất lại với --with-keys nếu cần)")
    return unseal(pack.content(SECRETS), passphrase)


def _write_folder(pack: PackReader, folder: Path, secrets: Mapping[str, str], url: str, final: Path) -> None:
    folder.mkdir(mode=0o700)
    for prefix in ("project", "models", "docs"):
        pack.unpack(folder, prefix, folder / prefix)
    if BUNDLE in pack.manifest.files:
        _clone(pack, folder)
    places = {
        "DATABASE_URL": url,
        "VAR_DIR": str(final),
        "DATA_DIR": str(final / "project" / "data"),
        "MODELS_DIR": str(final / "models"),
    }
    _write_private(folder / SETTINGS_FILE, {**_settings(pack), **places})
    if secrets:
        _write_private(folder / SECRETS_FILE, secrets)


def _settings(pack: PackReader) -> dict[str, str]:
    try:
        found = json.loads(pack.content(SETTINGS))
    except (KeyError, ValueError) as error:
        raise PackError(f"{SETTINGS} không đọc được") from error
    known = Settings.model_fields
    if not isinstance(found, dict):
        raise PackError(f"{SETTINGS} không đọc được")
    return {name.upper(): _plain(value) for name, value in found.items() if name in known}


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _write_private(path: Path, values: Mapping[str, str]) -> None:
    """As ``NAME='value'``: read by a shell as well as by systemd. Only its owner may read it."""
    lines = []
    for name, value in values.items():
        if any(ord(char) < 32 for char in value) or "'" in value:
            raise PackError(f"{name}: có ký tự không viết được vào tệp cài đặt")
        # ``ensure_secrets`` reads the secrets without quotes.
        lines.append(f"{name}={value}\n" if path.name == SECRETS_FILE else f"{name}='{value}'\n")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)


def _clone(pack: PackReader, folder: Path) -> None:
    """The trainers' repository from its bundle, with every object checked."""
    training = folder / "training"
    training.mkdir()
    bundle, repository = training / "workspace.bundle", training / "workspace"
    bundle.write_bytes(pack.content(BUNDLE))
    _git(training, "clone", "--quiet", "--mirror", str(bundle), str(repository))
    _git(repository, "fsck", "--strict", "--no-dangling")
    if not _git(repository, "for-each-ref", "--count=1"):
        raise PackError("kho dữ liệu huấn luyện trong gói không có nhánh nào")
    _git(repository, "remote", "remove", "origin")
    bundle.unlink()


def _git(folder: Path, *arguments: str) -> bytes:
    """Git with nothing of the machine's settings."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LANG": "C.UTF-8",
    }  # fmt: skip
    asked = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
    try:
        ended = subprocess.run(asked, cwd=folder, env=environment, capture_output=True, timeout=_GIT_SECONDS, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise PackError("git không chạy được: không phục hồi được kho dữ liệu huấn luyện") from error
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip()[-200:]
        raise PackError(f"kho dữ liệu huấn luyện trong gói hỏng (git {arguments[0]}: {said})")
    return ended.stdout
