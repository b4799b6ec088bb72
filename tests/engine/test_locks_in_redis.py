"""Conversations' locks in a Redis of the test's own: emptied, stopped and started again, also in the middle of a turn."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.engine_process import RunningEngine, StandInActions, free_port, says
from tests.waiting import wait_for

pytestmark = [pytest.mark.engine, pytest.mark.redis_server]


class OwnRedis:
    """A redis-server that keeps nothing on disk: after a restart it is empty."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        binary = shutil.which("redis-server")
        assert binary is not None
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.says("PING") == "PONG", what="the start of Redis")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def says(self, command: str) -> str:
        """What Redis answers to a command without values; empty where it is away."""
        asked = subprocess.run(
            ["redis-cli", "-p", str(self.port), command], capture_output=True, text=True, check=False, timeout=20
        )
        return asked.stdout.strip() if asked.returncode == 0 else ""


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    own = OwnRedis()
    own.start()
    yield own
    own.stop()


@pytest.fixture
def engine(
    tiny_project: Path, tiny_model: Path, tmp_path: Path, actions: StandInActions, redis: OwnRedis
) -> Iterator[RunningEngine]:
    running = RunningEngine.start(tiny_model, tiny_project, tmp_path, {"ACTIONS_URL": actions.url, "REDIS_URL": redis.url})
    yield running
    running.stop()


def counting(actions: StandInActions, meanwhile: Callable[[], object] = lambda: None) -> None:
    """The action says how many turns the conversation has had; something happens while it works."""

    def reply(call: dict[str, Any]) -> dict[str, Any]:
        meanwhile()
        number = (call["tracker"]["slots"].get("count") or 0) + 1
        return {**says(f"lượt {number}"), "events": [{"event": "slot", "name": "count", "value": number}]}

    actions.body = reply


def test_an_emptied_a_stopped_and_a_new_redis_lose_no_turn(
    engine: RunningEngine, redis: OwnRedis, actions: StandInActions
) -> None:
    def said() -> str:
        answer = engine.turn("c", "lệ phí bao nhiêu")
        assert answer["failed"] is None, answer
        return str(answer["messages"][0]["text"])

    counting(actions)
    assert said() == "lượt 1"
    assert redis.says("FLUSHALL") == "OK"
    assert said() == "lượt 2", "locks are gone, the conversation is not"

    counting(actions, lambda: redis.says("FLUSHALL"))
    assert said() == "lượt 3", "its own lock went away in the middle of the turn"

    counting(actions, redis.stop)
    assert said() == "lượt 4", "a turn that was carried out is answered, though its lock cannot be freed"
    for _ in range(3):
        refused = engine.post({"turn_id": "x", "conversation": "c", "text": "lệ phí bao nhiêu"})
        assert (refused.status_code, refused.json()["failed"]) == (503, "lock_store"), "not carried out: the worker asks again"
    assert requests.get(f"{engine.url}/health", timeout=10).status_code in (200, 503), "the process lives"

    redis.start()
    counting(actions)
    assert said() == "lượt 5", "what was refused left no trace, and nobody waits for a lock of before"
