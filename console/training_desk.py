"""What the pages of training share: the trainers' workspace, the live model, the fixed set, and figures as people read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy.orm import Session

from bot.authoring.git import GitError
from bot.authoring.workspace import Workspace, WorkspaceError
from bot.language.masking import PLACEHOLDER
from bot.training.cases import CasesFileError, FixedCase, read_cases
from bot.training.jobs import JobOptions
from bot.training.live import LiveModel, live_model
from bot.training.reliability_plot import reliability_plot
from bot.training.results import FixedSet, ReliabilityBin
from bot.training.source import Since, changes_since_live, commit_of_model
from bot.training.taught import taught_by
from console.texts import label


@dataclass(frozen=True)
class TrainingDesk:
    """``regression``: the folder of the fixed set that ships."""

    workspace: Workspace
    models_dir: Path
    regression: Path

    def live(self, session: Session) -> LiveModel | None:
        """The model that citizens speak with now; None where there is none or its file cannot be read."""
        try:
            return live_model(session, self.models_dir)
        except OSError:
            return None

    def since_live(self, session: Session) -> Since | None:
        """What changed since the live model; None where the workspace cannot be read."""
        live = self.live(session)
        try:
            return changes_since_live(self.workspace, commit_of_model(session, live.sha256 if live else None))
        except (GitError, WorkspaceError, OSError):
            return None

    def shipped_cases(self) -> Sequence[FixedCase]:
        """The fixed cases that ship; empty where they cannot be read."""
        try:
            return read_cases(self.regression)
        except CasesFileError:
            return ()

    def taught(self) -> tuple[Sequence[str], frozenset[str]]:
        """The intents that people's messages can have, and the keys of all training examples, of the newest commit. Raises
        ``GitError`` or ``WorkspaceError``."""
        return _taught(self.workspace, self.workspace.head())


@lru_cache(maxsize=2)
def _taught(workspace: Workspace, commit: str) -> tuple[Sequence[str], frozenset[str]]:
    return taught_by(workspace.texts(commit, "data/nlu/"))


def intent_name(intent: str) -> str:
    """The intent in words; its own name where this release has none for it."""
    try:
        return label(f"intent_{intent}")
    except KeyError:
        return intent


def readable(text: str) -> str:
    """A masked text with its placeholders as the words of their kind: ``[mã hồ sơ]``."""
    return PLACEHOLDER.sub(lambda found: f"[{_kind_name(found[1])}]", text)


def _kind_name(kind: str) -> str:
    try:
        return label(f"training_kind_{kind}")
    except KeyError:
        return label("training_kind_other")


class Arrow(NamedTuple):
    """A change as people read it: ``▲ 1,2`` and whether it is good news."""

    text: str
    kind: str


def change(now: float | None, before: float | None, *, points: bool = True, less_is_better: bool = False) -> Arrow:
    """The difference to the live model, in points of a hundred (or in numbers)."""
    if now is None or before is None:
        return Arrow(label("training_no_comparison"), "same")
    difference = (now - before) * (100 if points else 1)
    if abs(difference) < 0.05:
        return Arrow(label("training_unchanged"), "same")
    shown = decimal(abs(difference)) if points else str(round(abs(difference)))
    better = (difference > 0) != less_is_better
    return Arrow(f"{'▲' if difference > 0 else '▼'} {shown}", "better" if better else "worse")


def decimal(value: float) -> str:
    """A number with one decimal, as it is written here: ``96,5``."""
    return f"{value:.1f}".replace(".", ",")


def percent(share: float | None) -> str:
    """A share as ``96,5%``; a dash where it is not known."""
    return "–" if share is None else f"{decimal(share * 100)}%"


def share_of(measured: FixedSet | None, *, live: bool = False) -> float | None:
    """The share of a fixed set that is understood rightly."""
    if measured is None or not measured.total:
        return None
    right = measured.live_right if live else measured.right
    return None if right is None else right / measured.total


@dataclass(frozen=True)
class _Bar:
    low: float
    high: float
    count: int
    confidence: float
    right: float


def picture_of(bins: Sequence[ReliabilityBin]) -> Markup:
    """The reliability as a picture; it is made of numbers alone."""
    bars = [_Bar(one.lower, one.upper, one.count, one.confidence, one.accuracy) for one in bins]
    return Markup(reliability_plot(bars))  # noqa: S704 (numbers alone)


def options_of(since: str, until: str, *, cross_validation: bool, conversations: bool) -> JobOptions:
    """The options of a form. Raises ``ValueError`` for days that make no sense."""
    days = {"replay_since": _day(since), "replay_until": _day(until)}
    return JobOptions.model_validate({**days, "cross_validation": cross_validation, "conversations": conversations})


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def yesterday(today: date) -> str:
    """The day before, as a form writes it."""
    return (today - timedelta(days=1)).isoformat()
