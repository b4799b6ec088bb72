"""What the engine remembers, and what it does when the database of the conversations is away."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.gateway.engine_client import EngineClient, EngineTurn
from connectors.gateway.engine_processes import EngineProcesses, rendezvous
from tests.engine_process import SECRET, RunningEngine, StandInActions, says

pytestmark = pytest.mark.engine

Start = Callable[..., RunningEngine]


@pytest.fixture
def start(tiny_project: Path, tiny_model: Path, tmp_path: Path, actions: StandInActions) -> Iterator[Start]:
    """Starts engines whose conversations live in one folder; all are stopped at the end."""
    started: list[RunningEngine] = []

    def begin(**env: str) -> RunningEngine:
        engine = RunningEngine.start(
            tiny_model, tiny_project, tmp_path, {"ACTIONS_URL": actions.url, **env}, healthy=not env.pop("unhealthy", "")
        )
        started.append(engine)
        return engine

    yield begin
    for engine in started:
        engine.stop()


def count_turns(actions: StandInActions) -> None:
    """The action says how many turns the conversation has had, and remembers it in a slot."""

    def reply(call: dict[str, Any]) -> dict[str, Any]:
        number = (call["tracker"]["slots"].get("count") or 0) + 1
        return {**says(f"lượt {number}"), "events": [{"event": "slot", "name": "count", "value": number}]}

    actions.body = reply


def said(engine: RunningEngine, conversation: str = "c") -> str:
    answer = engine.turn(conversation, "lệ phí bao nhiêu")
    assert answer["failed"] is None, answer
    text: str = answer["messages"][0]["text"]
    return text


def test_a_conversation_survives_the_kill_of_its_process(start: Start, actions: StandInActions) -> None:
    count_turns(actions)
    first = start()
    assert [said(first), said(first)] == ["lượt 1", "lượt 2"]
    first.process.kill()
    first.process.wait()
    assert said(start()) == "lượt 3"


def test_a_lost_database_is_an_error_and_not_a_new_conversation(start: Start, actions: StandInActions, tmp_path: Path) -> None:
    count_turns(actions)
    engine = start()
    assert said(engine) == "lượt 1"
    database, aside = tmp_path / "tracker.sqlite3", tmp_path / "aside"
    aside.mkdir()
    for file in tmp_path.glob("tracker.sqlite3*"):
        file.rename(aside / file.name)
    database.mkdir()  # cannot be opened as a database
    answer = engine.post({"turn_id": "x", "conversation": "c", "text": "lệ phí bao nhiêu"})
    assert answer.status_code == 503
    assert answer.json()["failed"] == "tracker_store"
    assert requests.get(f"{engine.url}/health", timeout=10).status_code == 503
    database.rmdir()
    for file in aside.iterdir():
        file.rename(tmp_path / file.name)
    assert said(engine) == "lượt 2"


def test_a_turn_that_cannot_be_stored_is_an_error(start: Start, actions: StandInActions, tmp_path: Path) -> None:
    """The database goes away between the reading of the conversation and its storing."""
    engine = start()
    database = tmp_path / "tracker.sqlite3"
    assert said(engine) == "Đây là câu trả lời."

    def reply(_call: dict[str, Any]) -> dict[str, Any]:
        with sqlite3.connect(database) as link:
            link.execute("ALTER TABLE trackers RENAME TO elsewhere")
        return says("nói mà không nhớ")

    actions.body = reply
    answer = engine.post({"turn_id": "x", "conversation": "c", "text": "lệ phí bao nhiêu"})
    assert (answer.status_code, answer.json()["failed"]) == (503, "tracker_store")


def test_an_engine_starts_without_its_database_and_serves_when_it_is_there(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "later"
    folder.mkdir()
    blocked = folder / "tracker.sqlite3"
    blocked.mkdir()
    engine = start(TRACKER_URL=f"sqlite:///{blocked}", unhealthy="1")
    health = requests.get(f"{engine.url}/health", timeout=10)
    assert (health.status_code, health.json()["failed"]) == (503, "tracker_store")
    blocked.rmdir()
    assert said(engine) == "Đây là câu trả lời."
    assert requests.get(f"{engine.url}/health", timeout=10).status_code == 200


def test_sqlite_is_used_with_a_write_ahead_log(start: Start, tmp_path: Path) -> None:
    said(start())
    copy = shutil.copy(tmp_path / "tracker.sqlite3", tmp_path / "copy.sqlite3")
    with sqlite3.connect(copy) as link:
        assert link.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.postgres
@pytest.mark.redis
def test_two_engines_share_a_conversation_over_postgresql_and_redis(
    start: Start, actions: StandInActions, postgres_database: str
) -> None:
    count_turns(actions)
    shared = {"TRACKER_URL": postgres_database, "REDIS_URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")}
    one, other = start(**shared), start(**shared)
    assert [said(engine) for engine in (one, other, one, other)] == ["lượt 1", "lượt 2", "lượt 3", "lượt 4"]


@pytest.mark.postgres
@pytest.mark.redis
def test_a_conversation_goes_on_in_the_next_process_of_its_slot_when_its_own_is_killed(
    start: Start, actions: StandInActions, postgres_database: str
) -> None:
    count_turns(actions)
    shared = {"TRACKER_URL": postgres_database, "REDIS_URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")}
    running = {engine.url: engine for engine in (start(**shared), start(**shared))}
    slot = EngineProcesses({address: EngineClient(address, SECRET) for address in running})

    def heard(conversation: str, number: int) -> str | None:
        turn = EngineTurn(f"{conversation}.{number}", conversation, "lệ phí bao nhiêu", None, {})
        answer = slot.turn(turn)
        assert answer.failed is None
        return answer.messages[0].text

    try:
        conversations = [f"c{number}" for number in range(6)]
        assert [heard(one, 1) for one in conversations] == 6 * ["lượt 1"]
        own = running[rendezvous("c0", slot.addresses)[0]]
        own.process.kill()
        own.process.wait()
        assert [heard(one, 2) for one in conversations] == 6 * ["lượt 2"]
        assert slot.answering() == 1
    finally:
        slot.close()


@pytest.mark.redis
def test_a_redis_that_is_away_is_an_error(start: Start) -> None:
    engine = start(REDIS_URL="redis://127.0.0.1:1/0")
    answer = engine.post({"turn_id": "x", "conversation": "c", "text": "xin chào"})
    assert (answer.status_code, answer.json()["failed"]) == (503, "lock_store")
