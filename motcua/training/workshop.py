"""Where a job works: its folders, the commands it may start, the model that is live, the source it trains from."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from bot.settings import Settings
from bot.training.candidates import FOLDER
from bot.training.live import MODEL_SUFFIX, LiveModel, live_model
from motcua.preparation import child_environment
from motcua.processes import engine_environment
from motcua.training.commands import Limits

_QUIET = {"PYTHONWARNINGS": "ignore"}
"""The log of a job is read by trainers: warnings of pinned libraries are no news to them."""
FREE_BYTES_NEEDED = 1_500_000_000
"""A training needs room for the model, its unpacked form and the logs; less free space than this would end it halfway."""


class Source(Protocol):
    """What is trained from: ``bot.authoring.workspace.Workspace`` fits."""

    def export(self, commit: str, folder: Path) -> None:
        """Writes the Rasa project of a commit (config.yml, domain/, data/) into an empty or new folder."""
        ...


@dataclass(frozen=True)
class Workshop:
    """``command``: the arguments of an engine command in a project's folder; ``conversations``: those of the conversation tests
    of a model, written to a file."""

    models_dir: Path
    folder: Path
    regression: Path
    environment: Mapping[str, str]
    limits: Limits
    source: Source
    live_model: Callable[[Session], LiveModel | None]
    command: Callable[[Path, Sequence[str]], Sequence[str]]
    conversations: Callable[[Path, Path, Path], Sequence[str]]

    def job_folder(self, job_id: int) -> Path:
        """Where a job keeps what it has done so far."""
        return self.folder / str(job_id)

    def unfinished_models(self, job_id: int) -> Path:
        """Where the engine puts a job's model; beside the candidates, so that it can be moved in one piece."""
        return self.models_dir / FOLDER / f".job-{job_id}"

    def room_missing(self) -> str | None:
        """In words where the disk has too little room for a training; None where there is enough."""
        for path in (self.folder, self.models_dir):
            path.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(path).free
            if free < FREE_BYTES_NEEDED:
                return f"Ổ đĩa của {path} chỉ còn {free / 1e9:.1f} GB; cần {FREE_BYTES_NEEDED / 1e9:.1f} GB."
        return None

    def clear(self, job_id: int) -> None:
        """Removes what a job has no more use for."""
        for path in (self.job_folder(job_id), self.unfinished_models(job_id)):
            shutil.rmtree(path, ignore_errors=True)


def workshop_of(settings: Settings, source: Source) -> Workshop:
    """The workshop of these settings."""
    python = str(settings.engine_python)
    return Workshop(
        models_dir=settings.models_dir,
        folder=settings.training_folder / "jobs",
        regression=settings.data_dir / "regression",
        environment={**child_environment(settings), **engine_environment(settings), **_QUIET},
        limits=Limits(settings.training_step_minutes * 60, settings.training_memory_mb),
        source=source,
        live_model=lambda session: live_model(session, settings.models_dir),
        command=lambda project, arguments: (python, "-m", "engine.launch", "--project", str(project), *arguments),
        conversations=conversation_command,
    )


def conversation_command(model: Path, cases: Path, out: Path) -> Sequence[str]:
    """The conversation tests as a process of their own."""
    return (sys.executable, "-m", "motcua.training.conversations", str(model), str(cases), str(out))


def described(model: Path) -> Mapping[str, str]:
    """What the engine wrote beside a model: fingerprint and moment of the training. Raises ``OSError`` or ``ValueError``."""
    found = json.loads(model.with_name(model.name.removesuffix(MODEL_SUFFIX) + ".json").read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not found.get("fingerprint") or not found.get("trained_at"):
        raise ValueError(f"{model.name}: nothing usable is written beside it")
    return found
