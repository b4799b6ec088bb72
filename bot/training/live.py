"""The model that citizens speak with now, as a file to measure a candidate against."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from bot.training import promoted_files, slots

MODEL_SUFFIX = ".tar.gz"


@dataclass(frozen=True)
class LiveModel:
    """A model's name (without the ending of a file), its file, and the hash of its content."""

    name: str
    path: Path
    sha256: str


def live_model(session: Session, models_dir: Path) -> LiveModel | None:
    """What the live slot serves; the newest model of MODELS_DIR itself where no slot was seen yet, since an engine without any
    other order serves that one. None where there is none, or its file is gone."""
    served = slots.live_model(session)
    if served is None:
        return newest_model(models_dir)
    path = slots.live_model_file(session, models_dir)
    return LiveModel(served.name.removesuffix(MODEL_SUFFIX), path, served.sha256) if path is not None else None


def newest_model(models_dir: Path) -> LiveModel | None:
    """The newest model of the folder itself."""
    found = sorted(models_dir.glob(f"*{MODEL_SUFFIX}"), key=lambda path: (path.stat().st_mtime, path.name))
    return LiveModel(found[-1].name.removesuffix(MODEL_SUFFIX), found[-1], sha256_of(found[-1])) if found else None


def sha256_of(path: Path) -> str:
    """The hash of a file's content; remembered as long as the file does not change."""
    known = path.stat()
    return _sha256(path, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=64)
def _sha256(path: Path, _changed_at: int, _size: int) -> str:
    return promoted_files.sha256_of(path)
