"""``run --unpatched``, with which benchmarks measure Rasa as it comes: the same answers, calls and slots in a long talk."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine_process import RunningEngine, StandInActions, says

pytestmark = pytest.mark.engine

CHOOSE = {"intent": "choose", "entities": {"procedure_code": "1.001193"}}
TALK: tuple[str | dict[str, Any], ...] = (
    "xin chào", "lệ phí bao nhiêu", "xyz", "tra cứu hồ sơ", CHOOSE, "cảm ơn bạn", "đừng nói gì hết",
    {"intent": "ask_two", "entities": {}}, "tôi ở phường Kinh Bắc", "lệ phí bao nhiêu và tra cứu hồ sơ",
)  # fmt: skip
TURNS = 60


@pytest.fixture
def unpatched(tiny_project: Path, tiny_model: Path, tmp_path: Path, actions: StandInActions) -> Iterator[RunningEngine]:
    running = RunningEngine.start(tiny_model, tiny_project, tmp_path, {"ACTIONS_URL": actions.url}, options=["--unpatched"])
    yield running
    running.stop()


def counting(actions: StandInActions) -> None:
    """Actions that say and remember how many calls there were; every fifth goes wrong."""

    def reply(call: dict[str, Any]) -> Any:
        number = (call["tracker"]["slots"].get("count") or 0) + 1
        if len(actions.calls) % 5 == 0:
            return b"no JSON"
        return {**says(f"lần {number}"), "events": [{"event": "slot", "name": "count", "value": number}]}

    actions.body = reply


def talk(engine: RunningEngine, actions: StandInActions) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the bot answered, and what the action server was told without the events."""
    actions.calls.clear()
    answers = []
    for number in range(TURNS):
        said = TALK[number % len(TALK)]
        answer = engine.turn("long", said) if isinstance(said, str) else engine.turn("long", act=said)
        answers.append({name: value for name, value in answer.items() if name != "turn_id"})
    return answers, [without_times(call) for call in actions.calls]


def without_times(call: dict[str, Any]) -> dict[str, Any]:
    gone = {"events", "latest_event_time"}
    tracker = {name: value for name, value in call["tracker"].items() if name not in gone}
    tracker["latest_message"] = {name: value for name, value in tracker["latest_message"].items() if name != "message_id"}
    return {"action": call["next_action"], "tracker": tracker}


def test_rasa_without_our_patches_answers_the_same_in_a_long_talk(
    engine: RunningEngine, unpatched: RunningEngine, tmp_path: Path, actions: StandInActions
) -> None:
    counting(actions)
    stock_answers, stock_calls = talk(unpatched, actions)
    answers, calls = talk(engine, actions)
    assert answers == stock_answers
    assert calls == stock_calls
    assert len({json.dumps(answer["messages"]) for answer in answers}) > 10
    assert "UNPATCHED, for measurements only" in unpatched.log()
    with sqlite3.connect(tmp_path / "tracker.sqlite3") as link:
        assert link.execute("SELECT count(*) FROM events WHERE type_name = 'user'").fetchone() == (TURNS,)


def test_a_call_of_the_action_server_does_not_grow_with_the_talk(engine: RunningEngine, actions: StandInActions) -> None:
    for _ in range(30):
        engine.turn("growing", "lệ phí bao nhiêu")
    sizes = [len(json.dumps(call)) for call in actions.calls]
    assert max(sizes) - min(sizes) < 200, "a few digits of a time"
    assert all("domain" not in call for call in actions.calls)
    assert all(call["tracker"]["events"][0]["event"] == "user" for call in actions.calls)
