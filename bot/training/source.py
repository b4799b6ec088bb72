"""What is trained from: the trainers' Git workspace, and which of its commits the live model was made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.authoring.shipped import Shipped
from bot.authoring.workspace import Commit, Workspace, WorkspaceError
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.training_models import CandidateModel

MOST_COMMITS = 200
_TRAINING_PATHS = ("config.yml", "domain/", "data/nlu/", "data/rules/", "data/stories/")


def workspace_of(settings: Settings) -> Workspace:
    """The trainers' workspace of this installation; made at first use."""
    return Workspace(settings.training_folder / "workspace", Shipped(PROJECT_ROOT, settings.data_dir))


@dataclass(frozen=True)
class Since:
    """What a training from ``head`` would learn beside what the live model knows. ``paths``: changed files that models are made
    of; ``commits``: the changes, the newest first; ``live_known``: the live model was made of a commit of the workspace, else
    the changes are counted from what the release shipped."""

    head: str
    commits: Sequence[Commit]
    paths: Sequence[str]
    live_known: bool


def changes_since_live(workspace: Workspace, live_commit: str | None) -> Since:
    """The changes since the live model's commit. Raises ``WorkspaceError`` or ``GitError`` where the workspace cannot be read."""
    head = workspace.head()
    log = workspace.log(limit=MOST_COMMITS, first_parent=True)
    base = live_commit if live_commit is not None and any(commit.sha == live_commit for commit in log) else None
    start = base or log[-1].sha
    commits = list(log[: next(place for place, commit in enumerate(log) if commit.sha == start)])
    paths = [path for path in workspace.changed_paths(start, head) if path.startswith(_TRAINING_PATHS)]
    return Since(head, commits, paths, base is not None)


def commit_of_model(session: Session, sha256: str | None) -> str | None:
    """The commit that the model with this content was trained from; None for the installation's own model."""
    if sha256 is None:
        return None
    return session.scalar(select(CandidateModel.commit_sha).where(CandidateModel.sha256 == sha256).limit(1))


def checked_commit(workspace: Workspace, wanted: str) -> str:
    """The commit to train from: the newest where none is named. Raises ``WorkspaceError`` for one that is not there."""
    if not wanted:
        return workspace.head()
    known = {commit.sha for commit in workspace.log(limit=MOST_COMMITS, first_parent=True)}
    if wanted not in known:
        raise WorkspaceError("no such commit")
    return wanted
