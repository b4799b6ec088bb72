"""Whether the ledger lets a process work: away, behind, ahead, read-only, busy."""

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.metrics.readiness import Readiness, RememberedReadiness, ledger_readiness, ledger_state
from bot.storage.database import Database, create_database_engine, open_database, writing


def test_a_ledger_at_this_releases_shape_is_ready(database: Database) -> None:
    assert ledger_readiness(database.engine, loop=True) == Readiness(None, {"ledger": "ok", "loop": True})


def test_a_ledger_without_tables_is_behind(database_url: str) -> None:
    empty = open_database(database_url)
    assert ledger_readiness(empty.engine).problem == "migrations_behind"
    empty.engine.dispose()


@pytest.mark.parametrize(("revision", "state"), [("0001", "migrations_behind"), ("9999_of_a_newer_release", "newer")])
def test_an_older_shape_stops_and_a_newer_one_does_not(database: Database, revision: str, state: str) -> None:
    with writing(database.sessions) as session:
        head = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    assert ledger_state(database.engine) == state
    with writing(database.sessions) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :old"), {"old": head})


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.sqlite3"])
def test_a_ledger_that_is_away_is_said_so(url: str) -> None:
    assert ledger_readiness(create_database_engine(url)).problem == "ledger_away"


def test_all_connections_in_use_is_work_and_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = open_database(f"sqlite:///{tmp_path}/small.sqlite3", pool_size=1)
    monkeypatch.setattr(small.engine.pool, "_timeout", 0.01)
    with small.engine.connect(), small.engine.connect():
        found = ledger_readiness(small.engine)
    assert (found.ok, found.parts) == (True, {"ledger": "busy"})
    small.engine.dispose()


def test_the_first_other_part_that_is_not_there_is_the_reason(database: Database) -> None:
    found = ledger_readiness(database.engine, loop=True, engine=False)
    assert (found.ok, found.problem) == (False, "engine")


def test_a_storm_of_questions_is_one_look_a_second() -> None:
    now, looks = [0.0], []

    def look() -> Readiness:
        looks.append(now[0])
        return Readiness()

    ready = RememberedReadiness(look, monotonic=lambda: now[0])
    for moment in (0.0, 0.5, 0.99, 1.0, 1.5):
        now[0] = moment
        assert ready().ok
    assert looks == [0.0, 1.0]
