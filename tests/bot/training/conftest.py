"""A ledger with a job and its candidate."""

from datetime import UTC, datetime

import pytest

from bot.storage.database import Database, writing
from bot.storage.training_models import CandidateModel, TrainingJob
from tests.databases import database, database_url

__all__ = ["database", "database_url"]

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def add_candidate(ledger: Database, **values: object) -> int:
    """A finished job with its candidate; returns the candidate's id."""
    with writing(ledger.sessions) as session:
        job = TrainingJob(state="done", commit_sha="c" * 40, options={}, asked_by="hoa", asked_name="Hoa", asked_at=NOW)
        session.add(job)
        session.flush()
        told: dict[str, object] = {"name": "m", "path": "candidates/1/m.tar.gz", "sha256": "0" * 64, "size": 1}
        told |= {"fingerprint": "f" * 64, "commit_sha": "c" * 40, "trained_at": NOW, **values}
        candidate = CandidateModel(job_id=job.id, **told)
        session.add(candidate)
        session.flush()
        return candidate.id


@pytest.fixture
def candidate_id(database) -> int:  # type: ignore[no-untyped-def]
    """A candidate that nothing was measured of."""
    return add_candidate(database)
