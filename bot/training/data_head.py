"""The newest commit of the trainers' data: what a candidate should have been trained from."""

import re
from pathlib import Path

WORKSPACE = "workspace"
BRANCH = "trainers"
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def newest_data_commit(training_folder: Path) -> str | None:
    """The tip of the trainers' branch in their bare Git repository; None where there is none yet, or it cannot be read."""
    repository = training_folder / WORKSPACE
    loose = _read(repository / "refs" / "heads" / BRANCH).strip()
    if _COMMIT.fullmatch(loose):
        return loose
    for line in _read(repository / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == f"refs/heads/{BRANCH}" and _COMMIT.fullmatch(commit):
            return commit
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
