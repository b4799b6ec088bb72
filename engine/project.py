"""The Rasa project on disk: which files train a model, their fingerprint, and the models that were trained from them.

Beside ``<name>.tar.gz`` stands ``<name>.json`` with ``{"model", "fingerprint", "rasa", "trained_at"}``.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from engine.environment import MisconfiguredError
from engine.version_check import RASA_VERSION

CODE_ROOT = Path(__file__).resolve().parent.parent
MODEL_SUFFIX = ".tar.gz"
TRAINING_FOLDERS = ("data/nlu", "data/rules", "data/stories")
_TRAINING_CODE = ("engine/nlu", "bot/language")
_IGNORED = {"__pycache__", ".pyc"}
# Components that need TensorFlow: importable here, thanks to the import stub, and not usable.
_NEEDS_TENSORFLOW = frozenset(
    {
        "DIETClassifier",
        "ResponseSelector",
        "ConveRTFeaturizer",
        "LanguageModelFeaturizer",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
    }
)


@dataclass(frozen=True)
class Project:
    """A Rasa project and the folder of its models."""

    root: Path
    models_dir: Path

    def training_folders(self) -> list[str]:
        """The folders of training data that exist, relative to the root."""
        return [folder for folder in TRAINING_FOLDERS if (self.root / folder).is_dir()]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for found in sorted(path.rglob("*")):
        if found.is_file() and not _IGNORED & {*found.parts, found.suffix}:
            yield found


def _digest(named_files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256(f"rasa {RASA_VERSION}\n".encode())
    for name, path in named_files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def fingerprint(project: Project, code_root: Path = CODE_ROOT) -> str:
    """SHA-256 over everything a model is made from: configuration, domain, training data, the NLU's code, the language
    package with its tables, and Rasa's version. Equal fingerprints give equal models."""
    sources = [(project.root, part) for part in ("config.yml", "domain", "domain.yml", *TRAINING_FOLDERS)]
    sources += [(code_root, part) for part in _TRAINING_CODE]
    named = [(path.relative_to(root).as_posix(), path) for root, part in sources for path in _files(root / part)]
    return _digest(named)


def refuse_tensorflow_components(project: Project) -> None:
    """Raises ``MisconfiguredError`` where ``config.yml`` names a component that cannot run in this environment."""
    config = yaml.safe_load((project.root / "config.yml").read_text(encoding="utf-8")) or {}
    parts = [part for key in ("pipeline", "policies") for part in config.get(key) or ()]
    found = sorted({str(part.get("name")) for part in parts if isinstance(part, dict)} & _NEEDS_TENSORFLOW)
    if found:
        raise MisconfiguredError(f"config.yml names {', '.join(found)}: TensorFlow is not part of this environment")


def description_of(model: Path) -> dict[str, Any]:
    """What stands beside a model file; empty where nothing readable does."""
    beside = model.with_name(model.name.removesuffix(MODEL_SUFFIX) + ".json")
    try:
        described = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return described if isinstance(described, dict) else {}


def model_fingerprint(model: Path) -> str | None:
    """The fingerprint that a model was trained from, where it is known."""
    found = description_of(model).get("fingerprint")
    return found if isinstance(found, str) else None


def models(models_dir: Path) -> list[Path]:
    """All model files, the newest first."""
    return sorted(models_dir.glob(f"*{MODEL_SUFFIX}"), key=lambda path: (path.stat().st_mtime, path.name), reverse=True)


def model_with(wanted: str, models_dir: Path) -> Path | None:
    """The newest model trained from this fingerprint, or None."""
    return next((model for model in models(models_dir) if model_fingerprint(model) == wanted), None)


def describe_model(name: str, trained_from: str, trained_at: datetime) -> str:
    """The JSON text that stands beside a model."""
    described = {
        "model": name + MODEL_SUFFIX,
        "fingerprint": trained_from,
        "rasa": RASA_VERSION,
        "trained_at": trained_at.isoformat(timespec="seconds"),
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"
