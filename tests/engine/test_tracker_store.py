"""The engine's store of conversations on both databases."""

import subprocess
from pathlib import Path

from tests.databases import THROUGH_PGBOUNCER, database_url
from tests.engine_process import PYTHON, ROOT, engine_environment

__all__ = ["database_url"]
SCRIPT = Path(__file__).parent / "inside" / "store_checks.py"


def check(url: str, *only: str) -> None:
    env = engine_environment({"PYTHONPATH": str(ROOT), "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TRACKER_URL": url})
    done = subprocess.run(
        [str(PYTHON), str(SCRIPT), *only], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "\nOK" in done.stderr
    assert "Ran 0 tests" not in done.stderr


def test_turns_are_stored_once_and_onto_the_state_they_came_from(database_url: str) -> None:
    check(database_url)


@THROUGH_PGBOUNCER
def test_a_pool_that_gives_a_connection_for_one_transaction_may_stand_between(database_url: str) -> None:
    check(database_url)
