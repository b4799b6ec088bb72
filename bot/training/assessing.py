"""The gate's look at a candidate: its file as it lies there now, its figures, the model that is live."""

from pathlib import Path

from sqlalchemy.orm import Session

from bot.storage.database import SessionFactory
from bot.storage.deployment_models import Promotion
from bot.storage.training_models import CandidateModel
from bot.training.candidates import model_file, results_of
from bot.training.gate import Circumstances, Verdict, judge
from bot.training.promoted_files import ModelFileError, found_sha256
from bot.training.results import Results
from bot.training.routes import read_route
from bot.training.rules import GateRules
from bot.training.slots import live_model


def assess(
    sessions: SessionFactory, models_dir: Path, candidate_id: int, rules: GateRules, head_commit: str | None = None
) -> tuple[CandidateModel | None, Verdict]:
    """The candidate (None where there is none) and the gate's verdict on it."""
    with sessions() as session:
        candidate = session.get(CandidateModel, candidate_id)
        if candidate is None:
            return None, Verdict([])
        results = _readable(session, candidate)
        live = live_model(session)
        before = _live_wrong_and_sure(session)
    known = Circumstances(
        stated_sha256=candidate.sha256,
        found_sha256=_found(models_dir, candidate),
        measured_against=candidate.live_sha256,
        live_sha256=live.sha256 if live else None,
        commit=candidate.commit_sha,
        head_commit=head_commit,
        live_wrong_and_sure=before,
    )
    return candidate, judge(results, known, rules)


def candidate_file(sessions: SessionFactory, models_dir: Path, candidate_id: int | None) -> Path:
    """Where the candidate's model lies. Raises ``ModelFileError`` where that is not known."""
    with sessions() as session:
        candidate = session.get(CandidateModel, candidate_id) if candidate_id is not None else None
    if candidate is None:
        raise ModelFileError("the candidate was tidied away")
    try:
        return model_file(models_dir, candidate)
    except ValueError as error:
        raise ModelFileError(str(error)) from error


def _found(models_dir: Path, candidate: CandidateModel) -> str | None:
    try:
        return found_sha256(model_file(models_dir, candidate))
    except ValueError:
        return None


def _readable(session: Session, candidate: CandidateModel) -> Results | None:
    """Figures that cannot be read were not measured."""
    try:
        return results_of(session, candidate)
    except ValueError:
        return None


def _live_wrong_and_sure(session: Session) -> float | None:
    """The share of the live model, where it was a candidate of ours."""
    promotion_id = read_route(session).live_promotion_id
    promotion = session.get(Promotion, promotion_id) if promotion_id is not None else None
    candidate = session.get(CandidateModel, promotion.candidate_id) if promotion and promotion.candidate_id else None
    results = _readable(session, candidate) if candidate else None
    return results.reliability.wrong_and_sure if results and results.reliability else None
