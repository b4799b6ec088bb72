"""The files of promoted models: kept under ``MODELS_DIR/promoted`` by the hash of their content, so that a name can never lead
elsewhere, a file can never be half written, and tidying candidates away takes nothing from the engines."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path

FOLDER = "promoted"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = ".tar.gz"


class ModelFileError(Exception):
    """A model's file cannot be used; the message says why."""


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's content, in hexadecimal digits. Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def found_sha256(path: Path) -> str | None:
    """As ``sha256_of``; None where there is no file that can be read."""
    try:
        return sha256_of(path)
    except OSError:
        return None


def promoted_file(models_dir: Path, sha256: str) -> Path:
    """Where the model of this hash is kept. Raises ``ModelFileError`` for anything that is no hash."""
    if not _SHA256.fullmatch(sha256):
        raise ModelFileError("not a SHA-256")
    return models_dir / FOLDER / (sha256 + _SUFFIX)


def keep_model(models_dir: Path, source: Path, sha256: str) -> Path:
    """Keeps the model for serving, whatever becomes of ``source``, and returns its place; the same where it is kept already.

    Raises ``ModelFileError`` where the file is gone, is not of this hash, or cannot be written: then nothing is left behind.
    """
    kept = promoted_file(models_dir, sha256)
    if found_sha256(kept) == sha256:
        return kept
    unfinished = kept.with_name(f".keeping-{secrets.token_hex(8)}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            _link_or_copy(source, unfinished)
            found = sha256_of(unfinished)
            if found != sha256:
                raise ModelFileError(f"{source.name}: {found[:12]} ≠ {sha256[:12]}")
            unfinished.replace(kept)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise ModelFileError(f"{source.name}: {error.strerror or error}") from error
    return kept


def _link_or_copy(source: Path, target: Path) -> None:
    """A second name for the same content. Nothing is written by that: tens of megabytes that go to the disk at once would hold
    up the ledger's commits, and with them the citizens. Models are never changed in place; one that was is noticed by its
    hash."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def drop_unused(models_dir: Path, needed: Collection[str]) -> int:
    """Deletes the kept models whose hash nobody needs any more; how many."""
    dropped = 0
    for path in (models_dir / FOLDER).glob(f"*{_SUFFIX}"):
        if path.name.removesuffix(_SUFFIX) not in needed:
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped
