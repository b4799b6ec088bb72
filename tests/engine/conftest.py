"""One small Rasa project, trained once, and one engine that serves it as long as this folder's tests run."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.engine_process import OTHER_SECRET, ROOT, SECRET, RunningEngine, StandInActions, train

TINY = Path(__file__).parent / "tiny_project"


@pytest.fixture(scope="package")
def tiny_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tiny project with the product's own config.yml, endpoints.yml and credentials.yml."""
    project = tmp_path_factory.mktemp("engine") / "project"
    shutil.copytree(TINY, project)
    for name in ("config.yml", "endpoints.yml", "credentials.yml"):
        shutil.copy(ROOT / name, project / name)
    (project / "data" / "catalogue").mkdir(parents=True)
    for name in ("places.yml", "agencies.yml"):
        shutil.copy(ROOT / "data" / "catalogue" / name, project / "data" / "catalogue" / name)
    return project


@pytest.fixture(scope="package")
def tiny_model(tiny_project: Path) -> Path:
    return train(tiny_project, tiny_project / "models")


@pytest.fixture(scope="package")
def served_actions() -> Iterator[StandInActions]:
    server = StandInActions()
    yield server
    server.stop()


@pytest.fixture
def actions(served_actions: StandInActions) -> StandInActions:
    served_actions.reset()
    return served_actions


@pytest.fixture(scope="package")
def served_engine(
    tiny_project: Path, tiny_model: Path, served_actions: StandInActions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    settings = {
        "ENGINE_SECRET": f"{SECRET}, {OTHER_SECRET}",
        "ACTIONS_URL": served_actions.url,
        "ENGINE_ACTION_TIMEOUT": "2",
        "ENGINE_TURN_TIMEOUT": "4",
    }
    running = RunningEngine.start(tiny_model, tiny_project, tmp_path_factory.mktemp("served"), settings)
    yield running
    running.stop()


@pytest.fixture
def engine(served_engine: RunningEngine, actions: StandInActions) -> RunningEngine:
    """The shared engine, with an action server that answers; tests use conversations of their own."""
    del actions
    return served_engine


@pytest.fixture
def postgres_database() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, dropped afterwards."""
    server = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")
    name = f"motcua_engine_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{server}/{name}"
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
