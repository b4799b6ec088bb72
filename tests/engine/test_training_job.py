"""A job of training with the real engine, on the tiny project."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import VIETNAM_TIME
from bot.storage.database import Database, open_database, writing
from bot.storage.training_models import CandidateModel, TrainingJob
from bot.training.candidates import model_file, results_of
from bot.training.jobs import JobOptions, ask_for_training
from bot.training.live import newest_model
from motcua.training.commands import Limits
from motcua.training.runner import Runner
from motcua.training.workshop import Workshop
from tests.databases import one_ledger
from tests.engine_process import PYTHON, ROOT, engine_environment
from tests.moving_clock import MovingClock

pytestmark = pytest.mark.engine

CASES = "text\tintent\twriting\nxin chào\tgreet\tmarks\n"


class Copy:
    """A source that has one commit."""

    def __init__(self, project: Path) -> None:
        self._project = project

    def export(self, commit: str, folder: Path) -> None:
        """Copies the project."""
        del commit
        shutil.copytree(self._project, folder, ignore=shutil.ignore_patterns("models"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    ledger = open_database(one_ledger(tmp_path / "ledger.sqlite3"))
    yield ledger
    ledger.engine.dispose()


def test_a_job_trains_a_model_and_measures_it(tiny_project: Path, tiny_model: Path, database: Database, tmp_path: Path) -> None:
    regression, clock = tmp_path / "regression", MovingClock()
    regression.mkdir()
    for name in ("cases.tsv", "protected.tsv"):
        (regression / name).write_text(CASES, encoding="utf-8")
    workshop = Workshop(
        models_dir=tmp_path / "models",
        folder=tmp_path / "jobs",
        regression=regression,
        environment=engine_environment({"PYTHONPATH": str(ROOT)}),
        limits=Limits(seconds=300, memory_mb=4_096),
        source=Copy(tiny_project),
        live_model=lambda _session: newest_model(tiny_model.parent),
        command=lambda project, arguments: (str(PYTHON), "-m", "engine.launch", "--project", str(project), *arguments),
        conversations=lambda _model, _cases, _out: (),
    )
    with writing(database.sessions) as session:
        options = JobOptions(conversations=False, cross_validation=False)
        ask_for_training(session, "c" * 40, options, "hoa", "Hoa", clock().astimezone(VIETNAM_TIME))
    assert Runner(database.sessions, workshop, clock, name="one").carry_out_next()
    with database.sessions() as session:
        job = session.scalars(select(TrainingJob)).one()
        assert job.state == "done", f"{job.failure}\n{job.log}"
        candidate = session.scalars(select(CandidateModel)).one()
        results = results_of(session, candidate)
    assert model_file(workshop.models_dir, candidate).is_file()
    assert results is not None
    assert results.protected is not None
    assert (results.protected.right, results.protected.live_right) == (1, 1)
    assert results.regression is not None
    assert os.listdir(workshop.folder) == []
