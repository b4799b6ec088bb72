"""``motcua vendor export``: one file with everything that is needed to go on elsewhere, or with somebody else."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from bot import __version__
from bot.authoring.git import Git, GitError
from bot.conversations.key_rotation import LedgerKeys
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.account_models import AuditHead
from bot.training.data_head import WORKSPACE
from bot.training.live import MODEL_SUFFIX, live_model
from bot.training.promoted_files import promoted_file
from bot.training.slots import read_slots
from motcua.vendor.archive import FORMAT, SECRETS, Manifest, PackWriter, TableContent, Told
from motcua.vendor.faults import PackError
from motcua.vendor.ledger import revision_of, snapshot, write_tables
from motcua.vendor.secret_part import seal

SETTINGS = "settings.json"
BUNDLE = "training/workspace.bundle"
_ROOT_FILES = ("config.yml", "credentials.yml", "endpoints.yml", "LICENSE", "README.md", "README.vi.md", "pyproject.toml")
_OF_THIS_MACHINE = (
    "database_url", "database_direct_url", "tracker_url", "redis_url", "data_dir", "models_dir", "var_dir", "engine_python",
    "training_dir", "bind_host", "retention_file",
)  # fmt: skip
_BUNDLE_SECONDS = 600.0
LEFT_OUT = {
    "engine tracker (TRACKER_URL)": "the engine's record of running talks: a talk begins anew after a move, its transcript stays",
    "candidate models": "only models that serve are taken; any other is trained again from the training data",
    "logs": "they hold nothing that the ledger lacks",
    "program code": "the repository at the commit that the manifest names",
}
_READ_ME = """Gói bàn giao của Một Cửa / Vendor pack of Một Cửa

manifest.json        bản kê: phiên bản, số dòng, kích thước và SHA-256 của từng phần
ledger/*.jsonl       sổ cái: mỗi bảng một tệp, mỗi dòng một JSON; kiểu của từng cột ở manifest.json
project/             dữ liệu thủ tục, dữ liệu huấn luyện, bộ đánh giá, cấu hình Rasa
training/            kho Git của người huấn luyện (git clone workspace.bundle)
models/              mô hình đang trả lời người dân
docs/                tài liệu và hợp đồng giao tiếp (OpenAPI)
settings.json        cài đặt, không có bí mật
secrets.json         (nếu có) bí mật, mã hoá bằng cụm mật khẩu: scrypt, AES-256-GCM

Phục hồi trên máy trống: motcua vendor restore GÓI --database-url … --var-dir …
Hướng dẫn từng bước: docs/operators/vendor-pack.md
"""


@dataclass(frozen=True)
class Exported:
    """What was written. ``sha256``: of the whole file; noted elsewhere it shows later that the pack is the same."""

    path: Path
    manifest: Manifest
    size: int
    sha256: str

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(one.rows for one in self.manifest.tables.values())


def export_pack(settings: Settings, path: Path, now: datetime, tell: Told, *, passphrase: str | None = None) -> Exported:
    """Writes the pack; with a passphrase its secrets too. The file appears under its name once it is whole.

    Raises ``PackError``, ``OSError`` and SQLAlchemy's errors; nothing is left behind then."""
    if path.exists():
        raise PackError(f"{path}: đã có tệp này, không ghi đè")
    sealed = seal(_secrets(settings), passphrase) if passphrase is not None else None
    unfinished = path.with_name(f".{path.name}.dang-viet")
    unfinished.unlink(missing_ok=True)
    writer = PackWriter(unfinished)
    try:
        manifest = _write(settings, writer, now, tell, sealed)
        writer.close(manifest)
        unfinished.replace(path)
    except BaseException:
        writer.abandon()
        unfinished.unlink(missing_ok=True)
        raise
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Exported(path, manifest, path.stat().st_size, digest)


def _write(settings: Settings, writer: PackWriter, now: datetime, tell: Told, sealed: bytes | None) -> Manifest:
    writer.add("README.txt", [_READ_ME.encode()])
    with snapshot(settings.database_direct_url or settings.database_url) as connection:
        tell("Sổ cái")
        tables = write_tables(connection, writer, tell)
        model = _write_models(connection, settings, writer, tell)
        about = _about_ledger(connection, settings)
    tell("Dữ liệu, tài liệu, cài đặt")
    _write_folder(writer, settings.data_dir, "project/data")
    _write_folder(writer, PROJECT_ROOT / "domain", "project/domain")
    _write_folder(writer, PROJECT_ROOT / "docs", "docs")
    for name in _ROOT_FILES:
        if (PROJECT_ROOT / name).is_file():
            writer.add_file(f"project/{name}", PROJECT_ROOT / name)
    _write_workspace(settings, writer)
    writer.add(SETTINGS, [json.dumps(public_settings(settings), ensure_ascii=False, indent=1).encode()])
    if sealed is not None:
        writer.add(SECRETS, [sealed])
    return _manifest(writer, tables, about, model, now, has_secrets=sealed is not None)


def _manifest(
    writer: PackWriter,
    tables: dict[str, TableContent],
    about: Mapping[str, Any],
    model: str | None,
    now: datetime,
    *,
    has_secrets: bool,
) -> Manifest:
    return Manifest(
        format=FORMAT,
        made_at=now.isoformat(timespec="seconds"),
        product_version=__version__,
        commit=commit_in_force(),
        tables=tables,
        model=model,
        has_secrets=has_secrets,
        left_out=LEFT_OUT,
        files=writer.parts,
        **about,
    )


def _about_ledger(connection: Connection, settings: Settings) -> dict[str, Any]:
    head = connection.execute(select(AuditHead.number, AuditHead.hash)).first()
    return {
        "schema_revision": revision_of(connection),
        "database": connection.dialect.name,
        "audit_head": (head.number, head.hash) if head else (0, ""),
        "key_marks": LedgerKeys(settings.ledger_key.get_secret_value()).fingerprints,
    }


def _write_models(connection: Connection, settings: Settings, writer: PackWriter, tell: Told) -> str | None:
    """The models that the engine slots serve, and the encoder of the search. Returns the name of the live one."""
    with Session(connection) as session:
        live, paths = serving_models(session, settings)
    for path in paths:
        if path.suffix != ".json":  # the description goes along without a word
            tell(f"Mô hình {path.name}")
        writer.add_file(f"models/{path.relative_to(settings.models_dir).as_posix()}", path)
    encoder = settings.models_dir / settings.embedding_model
    if encoder.is_dir():
        _write_folder(writer, encoder, f"models/{settings.embedding_model}")
    return live


def serving_models(session: Session, settings: Settings) -> tuple[str | None, list[Path]]:
    """The name of the live model, and the files of all that serve or are kept for the way back. Raises ``PackError`` where one is
    gone."""
    live = live_model(session, settings.models_dir)
    assigned = {slot.assigned_sha256 for slot in read_slots(session).values() if slot.assigned_sha256}
    paths = [live.path] if live else []
    paths += [promoted_file(settings.models_dir, sha256) for sha256 in sorted(assigned)]
    found = []
    for path in dict.fromkeys(paths):
        if not path.is_file():
            raise PackError(f"{path}: thiếu tệp của mô hình đang phục vụ")
        # What it was trained from: without it the restored product would train anew at its first start.
        about = path.with_name(path.name.removesuffix(MODEL_SUFFIX) + ".json")
        found += [path, about] if about.is_file() else [path]
    return (live.name if live else None), found


def _write_folder(writer: PackWriter, folder: Path, prefix: str) -> None:
    for path in _files_of(folder):
        writer.add_file(f"{prefix}/{path.relative_to(folder).as_posix()}", path)


def _files_of(folder: Path) -> Iterator[Path]:
    """Plain files; a link could lead anywhere."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
            yield path


def _write_workspace(settings: Settings, writer: PackWriter) -> None:
    repository = settings.training_folder / WORKSPACE
    if not (repository / "HEAD").is_file():
        return
    try:
        git = Git(repository, timeout_seconds=_BUNDLE_SECONDS)
        if git.call("for-each-ref", "--count=1"):
            writer.add(BUNDLE, [git.call("bundle", "create", "-", "--all")])
    except GitError as error:
        raise PackError(f"kho dữ liệu huấn luyện không xuất được: {error}") from error


def public_settings(settings: Settings) -> dict[str, Any]:
    """The settings that are no secret and would mean the same on another machine."""
    values = {name: getattr(settings, name) for name in type(settings).model_fields if name not in _OF_THIS_MACHINE}
    return {name: value for name, value in values.items() if value is not None and not isinstance(value, SecretStr)}


def _secrets(settings: Settings) -> dict[str, str]:
    values = {name.upper(): getattr(settings, name) for name in type(settings).model_fields}
    return {name: value.get_secret_value() for name, value in values.items() if isinstance(value, SecretStr)}


def commit_in_force() -> str | None:
    """The commit that runs, where the product stands in its repository."""
    try:
        return Git(PROJECT_ROOT / ".git").call("rev-parse", "HEAD").decode().strip() or None
    except (GitError, OSError):
        return None
