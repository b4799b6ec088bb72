"""What the citizens of the engine's benchmark say, what counts as an answer, and what their process tells."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.engine.citizens import Plan
from benchmarks.engine.conversations import Said, conversation, endless_session, questions
from benchmarks.engine.doors import fault, request
from benchmarks.engine.figures import load
from benchmarks.engine.measuring import Pids, crowd, measured_round, session
from tests.connectors.fake_engine import SECRET, FakeEngine, running_engine

ASKED = [f"câu hỏi {number}" for number in range(600)]


def test_conversations_near_each_other_ask_different_things() -> None:
    new = [said.text for number in range(300) for said in conversation("talk", number, ASKED) if said.text in set(ASKED)]
    assert len(new) == len(set(new)) == 600


def test_only_buttons_and_only_questions() -> None:
    assert all(said.intent for said in conversation("button", 3, ASKED))
    assert [said.text for said in conversation("question", 1, ASKED)] == ASKED[8:16]


def test_a_session_goes_on_as_long_as_it_is_asked() -> None:
    said = list(islice(endless_session(), 200))
    assert said[0].intent == "choose_procedure"
    assert {one.text for one in said if one.intent is None} >= {"lệ phí bao nhiêu", "cảm ơn"}


def test_the_questions_of_a_labelled_file_come_once_each(tmp_path: Path) -> None:
    file = tmp_path / "rows.tsv"
    file.write_text('message\tintent\na "b"\tx\nc\ty\na "b"\tz\n', encoding="utf-8")
    assert questions(file) == ['a "b"', "c"]


def test_both_doors_get_the_same_words_and_the_same_metadata() -> None:
    said = Said(intent="show_facet", entities={"facet": "fee"})
    ours = json.loads(request("private", "c", 2, said, "s").body)
    stock = json.loads(request("rest", "c", 2, said, "s").body)
    assert (ours["text"], ours["act"]) == (None, {"intent": "show_facet", "entities": {"facet": "fee"}})
    assert stock["message"] == '/show_facet{"facet": "fee"}'
    assert ours["metadata"] == stock["metadata"] == {"conversation_id": "c", "channel": "webchat", "seq": 2}
    assert json.loads(request("rest", "c", 1, Said("xin chào"), "s").body)["message"] == "xin chào"


@pytest.mark.parametrize(
    ("door", "status", "body", "found"),
    [
        ("rest", 200, [{"text": "chào"}], None),
        ("rest", 200, [], "empty"),
        ("rest", 500, [], "status_500"),
        ("private", 200, {"messages": [{"text": "chào"}], "failed": None}, None),
        ("private", 200, {"messages": [{"text": "chào"}], "failed": "action_failed"}, "action_failed"),
        ("private", 200, {"messages": [], "failed": None}, "empty"),
        ("private", 200, [], "not_json"),
    ],
)
def test_silence_and_failed_actions_are_no_answers(door: Any, status: int, body: object, found: str | None) -> None:
    assert fault(door, status, json.dumps(body).encode()) == found


def plan(engine: FakeEngine, **more: Any) -> Plan:
    values: dict[str, Any] = {"kind": "talk", "citizens": 3, "asked": ASKED, "name": "t", "messages": 10} | more
    return Plan("private", [f"127.0.0.1:{engine.port}"], SECRET, **values)


def test_the_citizens_count_answers_and_what_was_none() -> None:
    with running_engine() as engine:
        fine = engine.script
        engine.script = lambda turn: (503, {}) if turn["text"] == "cảm ơn" else fine(turn)
        found = load(3, [measured_round(plan(engine), Pids([]))])
    assert (found.turns, found.faults) == (27, {"status_503": 3})
    assert found.p50 is not None
    assert found.p50 > 0
    assert {turn["conversation"] for turn in engine.turns} == {"t-0", "t-1", "t-2"}


def test_rounds_of_one_load_hold_new_conversations_and_count_together() -> None:
    with running_engine() as engine:
        first = measured_round(plan(engine, citizens=2), Pids([]))
        fine = engine.script
        engine.script = lambda turn: (503, {}) if turn["text"] == "cảm ơn" else fine(turn)
        second = measured_round(plan(engine, citizens=2, first=first.heard["conversations"]), Pids([]))
        assert len({turn["conversation"] for turn in engine.turns}) == 4
        new = [turn["text"] for turn in engine.turns if turn["text"] in set(ASKED)]
        assert len(new) == len(set(new)) == 8
    both = load(2, [replace(first, engine_cpu_s=0.1), replace(second, engine_cpu_s=0.28)])
    seconds = first.heard["seconds"] + second.heard["seconds"]
    assert (both.turns, both.faults, both.engine_cpu_ms) == (38, {"status_503": 2}, 10.0)
    assert both.per_second == pytest.approx(38 / seconds, rel=0.01)
    assert load(2, [replace(first, actions_cpu_s=0.1), second]).actions_cpu_ms is None


def test_turns_move_to_another_engine_while_the_citizens_speak() -> None:
    with running_engine() as engine, running_engine() as other:
        with crowd(plan(engine, citizens=1, messages=200, pause=0.005)) as citizens:
            citizens.wait_for("begin")
            citizens.switch([f"127.0.0.1:{other.port}"])
            citizens.wait_for("end")
            heard = citizens.heard()
        assert (len(heard["ms"]), heard["faults"]) == (200, {})
        assert other.turns
        assert len(engine.turns) + len(other.turns) == 200


def test_a_long_conversation_that_was_not_answered_whole_has_no_figures() -> None:
    with running_engine() as engine:
        assert set(session(plan(engine))) == {"1-10", "91-100", "191-200"}
        fine = engine.script
        engine.script = lambda turn: (503, {}) if turn["text"] == "cảm ơn" else fine(turn)
        assert session(plan(engine)) == {}
