"""Candidate models as they are read: their file, their figures together with the messages that they answer otherwise."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.storage.deployment_models import Promotion
from bot.storage.training_models import CandidateModel, ReplayedAnswer
from bot.training.results import ChangedAnswer, Results, Understood, results_from

FOLDER = "candidates"
"""The folder of candidates under MODELS_DIR; each has its own, named by its id."""


FILES_KEPT = 10
"""Candidates whose model file (about 20 MB) is kept, the newest; figures of all of them stay."""
_UNDECIDED = ("proposed", "approved", "canary")


def outdated_candidates(session: Session) -> Sequence[int]:
    """The candidates whose files may go: older than the newest ``FILES_KEPT``, and none that a promotion still needs. What is
    served lies elsewhere (``bot.training.promoted_files``)."""
    needed = select(Promotion.candidate_id).where(Promotion.state.in_(_UNDECIDED))
    older = select(CandidateModel.id).order_by(CandidateModel.id.desc()).offset(FILES_KEPT).limit(1000)
    return session.scalars(select(CandidateModel.id).where(CandidateModel.id.in_(older), CandidateModel.id.not_in(needed))).all()


def model_file(models_dir: Path, candidate: CandidateModel) -> Path:
    """Where the candidate's model lies. Raises ``ValueError`` for a stored path that leads out of the folder of candidates."""
    folder = (models_dir / FOLDER).resolve()
    path = (models_dir / candidate.path).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"candidate {candidate.id}: its path leads out of {FOLDER}/")
    return path


def results_of(session: Session, candidate: CandidateModel) -> Results | None:
    """Everything that was measured of the candidate, the changed answers among it, the most written first; None while it is being
    measured. Raises ``ValueError`` where the stored figures cannot be read."""
    if candidate.results is None:
        return None
    results = results_from(candidate.results)
    if results.replay is None:
        return results
    changed = [_changed(row) for row in changed_answers(session, candidate.id)]
    return results.model_copy(update={"replay": results.replay.model_copy(update={"changed": changed})})


def changed_answers(session: Session, candidate_id: int) -> Sequence[ReplayedAnswer]:
    """The real messages that the candidate answers otherwise, the most written first."""
    query = select(ReplayedAnswer).where(ReplayedAnswer.candidate_id == candidate_id)
    return session.scalars(query.order_by(ReplayedAnswer.times.desc(), ReplayedAnswer.id)).all()


def _changed(row: ReplayedAnswer) -> ChangedAnswer:
    return ChangedAnswer(
        text=row.text,
        live=Understood.model_validate(row.live),
        candidate=Understood.model_validate(row.candidate),
        count=row.times,
    )
