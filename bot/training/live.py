"""The model that citizens speak with now."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MODEL_SUFFIX = ".tar.gz"


@dataclass(frozen=True)
class LiveModel:
    """A model file and the hash of its content."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """Its name, without the ending of the file."""
        return self.path.name.removesuffix(MODEL_SUFFIX)


def newest_model(models_dir: Path) -> LiveModel | None:
    """The model that an engine without any other order serves: the newest in MODELS_DIR itself."""
    found = sorted(models_dir.glob(f"*{MODEL_SUFFIX}"), key=lambda path: (path.stat().st_mtime, path.name))
    return LiveModel(found[-1], sha256_of(found[-1])) if found else None


def sha256_of(path: Path) -> str:
    """The hash of a file's content; remembered as long as the file does not change."""
    known = path.stat()
    return _sha256(path, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=64)
def _sha256(path: Path, _changed_at: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
