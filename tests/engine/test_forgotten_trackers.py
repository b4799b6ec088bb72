"""What the engine's own store wrote leaves it again at a citizen's wish and after its time, and the store goes on working."""

import ast
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.conversations.engine_trackers import EngineTrackers
from tests.databases import database_url
from tests.engine_process import PYTHON, ROOT, engine_environment

__all__ = ["database_url"]
SCRIPT = Path(__file__).parent / "inside" / "trackers.py"


def store(what: str, url: str) -> dict[str, int]:
    env = engine_environment({"PYTHONPATH": str(ROOT), "SQLALCHEMY_SILENCE_UBER_WARNING": "1"})
    done = subprocess.run(
        [str(PYTHON), str(SCRIPT), what, url], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, int] = ast.literal_eval(done.stdout.strip().splitlines()[-1])
    return found


def test_talks_leave_the_engines_store_and_the_others_can_still_be_read(database_url: str) -> None:
    trackers = EngineTrackers(database_url)
    assert trackers.forget("a", 2) == 0, "a store that was never written to is empty"
    assert store("write", database_url) == {"a.1": 3, "a.2": 6, "ab.1": 3, "b.1": 3}
    month = datetime.now(UTC) - timedelta(days=30)
    assert trackers.idle(month) == 1
    assert trackers.forget_idle(month) == 1
    assert trackers.forget_idle(month) == 0
    assert store("read", database_url) == {"a.2": 6, "ab.1": 3, "b.1": 3}
    assert trackers.forget("a", 2) == 1
    assert trackers.forget("a", 2) == 0
    assert store("read", database_url) == {"ab.1": 3, "b.1": 3}
    trackers.close()


def test_what_releases_before_wrote_is_read_and_can_be_forgotten(database_url: str) -> None:
    assert store("write-rows", database_url) == {"a.1": 3, "a.2": 6, "ab.1": 3, "b.1": 3}
    trackers = EngineTrackers(database_url)
    month = datetime.now(UTC) - timedelta(days=30)
    assert trackers.idle(month) == 3
    assert trackers.forget_idle(month) == 3
    assert trackers.forget("a", 2) == 6
    assert store("read", database_url) == {"ab.1": 3, "b.1": 3}
    trackers.close()
