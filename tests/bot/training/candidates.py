"""Candidates in a ledger with their files, for the tests of gate and promotions."""

import hashlib
from pathlib import Path
from typing import Any

from bot.storage.database import SessionFactory, writing
from bot.storage.training_models import CandidateModel, TrainingJob
from bot.training.slots import SlotReport, note_report
from tests.moving_clock import MovingClock

INSTALLED = "motcua-installed.tar.gz"
GOOD: dict[str, Any] = {
    "regression": {"total": 100, "right": 95, "live_right": 94},
    "protected": {"total": 10, "right": 10},
    "reliability": {"error": 0.02, "wrong_and_sure": 0.02},
    "intents": [{"intent": "ask_fee", "support": 20, "precision": 0.9, "recall": 0.9, "f1": 0.9, "live_f1": 0.9}],
    "conversations": {"total": 3, "passed": 3},
}
CASE = {"text": "tôi muốn khiếu nại", "expected": "complaint", "got": "ask_fee", "confidence": 0.8, "live_got": "complaint"}


def sha256(content: bytes) -> str:
    """The content's hash."""
    return hashlib.sha256(content).hexdigest()


def install(sessions: SessionFactory, models_dir: Path, clock: MovingClock, content: bytes = b"installed") -> str:
    """The installation's own model, as slot a reports it; its hash."""
    models_dir.mkdir(parents=True, exist_ok=True)
    (models_dir / INSTALLED).write_bytes(content)
    with writing(sessions) as session:
        note_report(session, "a", SlotReport("serving", INSTALLED, sha256(content)), clock())
    return sha256(content)


def add_candidate(
    sessions: SessionFactory,
    models_dir: Path,
    clock: MovingClock,
    *,
    content: bytes = b"candidate",
    live_sha256: str | None = None,
    results: dict[str, Any] | None = GOOD,
    name: str = "motcua-candidate.tar.gz",
) -> int:
    """A candidate that was measured against the installed model; its number."""
    with writing(sessions) as session:
        job = TrainingJob(state="done", commit_sha="c" * 40, options={}, asked_by="1", asked_name="An", asked_at=clock())
        session.add(job)
        session.flush()
        path = Path("candidates", str(job.id), name)
        candidate = CandidateModel(
            job_id=job.id,
            name=name,
            path=str(path),
            sha256=sha256(content),
            size=len(content),
            fingerprint="f" * 64,
            commit_sha="c" * 40,
            trained_at=clock(),
            results=results,
            measured_at=clock(),
            live_name=INSTALLED,
            live_sha256=live_sha256,
        )
        session.add(candidate)
        session.flush()
        number = candidate.id
    (models_dir / path).parent.mkdir(parents=True, exist_ok=True)
    (models_dir / path).write_bytes(content)
    return number
