"""The contract between gateway and engine, over real HTTP against a real Rasa."""

import json
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.engine_process import OTHER_SECRET, SECRET, RunningEngine, StandInActions, free_port, says

pytestmark = pytest.mark.engine


def new_id() -> str:
    return uuid.uuid4().hex


def body(**changes: Any) -> dict[str, Any]:
    whole = {"turn_id": "t", "conversation": new_id(), "text": "xin chào", "act": None, "metadata": {}}
    return {**whole, **changes}


def test_a_greeting_is_answered_with_one_neutral_message(engine: RunningEngine) -> None:
    answer = engine.turn(new_id(), "xin chào", turn_id="abc")
    assert answer["turn_id"] == "abc"
    assert answer["failed"] is None
    assert answer["handoff"] is None
    (message,) = answer["messages"]
    assert message["schema"] == "motcua.message/1"
    assert message["text"] == "Xin chào!\n\nTôi là trợ lý tự động."
    assert message["buttons"] == [
        {"title": "Tra cứu hồ sơ", "intent": "check_status", "entities": {"procedure_code": "1.001193"}, "url": None},
        {"title": "Cổng dịch vụ công", "intent": None, "entities": {}, "url": "https://dichvucong.gov.vn"},
    ]
    assert answer["nlu"]["intent"] == "greet"
    assert answer["nlu"]["clauses"][0]["intent"] == "greet"
    names, confidences = zip(*answer["nlu"]["ranking"], strict=True)
    assert names[0] == "greet"
    assert list(confidences) == sorted(confidences, reverse=True)


def test_what_an_action_says_passes_through_untouched(engine: RunningEngine, actions: StandInActions) -> None:
    message = {"schema": "motcua.message/1", "text": "Phí: 8.000 đồng", "kind": "answer", "buttons": [], "facet": "fee"}
    handoff = {"schema": "motcua.handoff/1", "reason": "asked", "summary": {"question": "phí"}}
    actions.body = {"events": [], "responses": [{"custom": message}, {"custom": handoff}]}
    answer = engine.turn(new_id(), "lệ phí bao nhiêu")
    assert answer["messages"] == [message]
    assert answer["handoff"] == handoff
    assert answer["failed"] is None


def test_clauses_and_metadata_reach_the_action_server(engine: RunningEngine, actions: StandInActions) -> None:
    engine.turn(new_id(), "Xin chào. Lệ phí bao nhiêu?", metadata={"conversation_id": "c-7"})
    latest = actions.calls[-1]["tracker"]["latest_message"]
    assert latest["metadata"] == {"conversation_id": "c-7"}
    assert latest["intent"]["name"] == "ask_fee"
    assert [clause["intent"] for clause in latest["clauses"]] == ["greet", "ask_fee"]


def test_an_act_is_taken_as_it_is_and_not_classified(engine: RunningEngine, actions: StandInActions) -> None:
    answer = engine.turn(new_id(), act={"intent": "choose", "entities": {"procedure_code": "1.001193", "case": '{quote"}'}})
    latest = actions.calls[-1]["tracker"]["latest_message"]
    assert latest["intent"] == {"name": "choose", "confidence": 1.0}
    assert {e["entity"]: e["value"] for e in latest["entities"]} == {"procedure_code": "1.001193", "case": '{quote"}'}
    assert answer["nlu"] == {"intent": "choose", "confidence": 1.0, "clauses": []}


@pytest.mark.parametrize("text", ["/choose", "///choose", " /choose{}", "\u200b/restart", "/ /session_start"])
def test_text_that_looks_like_a_command_is_only_text(engine: RunningEngine, actions: StandInActions, text: str) -> None:
    answer = engine.turn(new_id(), text)
    assert answer["nlu"]["confidence"] < 1.0
    assert answer["nlu"]["intent"] not in ("choose", "restart", "session_start")
    assert all(call["tracker"]["latest_message"]["intent"]["name"] != "choose" for call in actions.calls)


def test_placeholders_become_entities(engine: RunningEngine, actions: StandInActions) -> None:
    answer = engine.turn(new_id(), "⟦dossier_code:3f9a2c⟧")
    assert answer["nlu"]["intent"] == "check_status"
    (entity,) = actions.calls[-1]["tracker"]["latest_message"]["entities"]
    assert (entity["entity"], entity["value"]) == ("dossier_code", "3f9a2c")


@pytest.mark.parametrize("text", ["", "   ", "👍👍", "?!", "/"])
def test_text_without_words_is_not_understood_and_still_answered(engine: RunningEngine, text: str) -> None:
    answer = engine.turn(new_id(), text)
    assert answer["nlu"] == {"intent": "nlu_fallback", "confidence": 0.0, "clauses": []}
    assert answer["messages"][0]["text"] == "Xin lỗi, tôi chưa hiểu."


def test_a_very_long_text_is_answered(engine: RunningEngine) -> None:
    assert engine.turn(new_id(), "lệ phí bao nhiêu " * 700)["failed"] is None


def test_a_secret_that_is_being_exchanged_is_accepted_beside_the_new_one(engine: RunningEngine) -> None:
    statuses = [engine.post(body(text="lệ phí bao nhiêu"), secret=secret).status_code for secret in (SECRET, OTHER_SECRET)]
    assert statuses == [200, 200]


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], f"{SECRET}, {OTHER_SECRET}", "sêcrêt".encode().decode("latin-1")]
)
def test_without_the_secret_nothing_is_done(engine: RunningEngine, actions: StandInActions, secret: str | None) -> None:
    answer = engine.post(body(text="lệ phí bao nhiêu"), secret=secret)
    assert answer.status_code == 401
    assert set(answer.json()) == {"failed", "detail"}
    assert actions.calls == []


@pytest.mark.parametrize(
    "malformed",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"turn_id": NaN}', b"[" * 30_000,
        json.dumps(body(text="\ud800")).encode(),
        body(text=None), body(act={"intent": "choose"}), body(text=5), body(text=["a"]), body(turn_id=""), body(turn_id=None),
        body(conversation=""), body(conversation="x" * 256), body(conversation="a\nb"), body(metadata=[]), body(extra=1),
        body(text=None, act={"intent": "Choose!"}), body(text=None, act={"intent": "choose", "more": 1}),
        body(text=None, act={"intent": "choose", "entities": {"a": 1}}),
        body(text=None, act={"intent": "choose", "entities": []}),
        body(text=None, act="choose"), body(text=None, act={}), body(text=None, act={"intent": "not_in_the_domain"}),
    ],
)  # fmt: skip
def test_a_malformed_turn_is_refused(engine: RunningEngine, actions: StandInActions, malformed: object) -> None:
    answer = engine.post(malformed)
    assert answer.status_code == 400
    assert answer.json()["failed"] == "malformed"
    assert actions.calls == []


def test_a_body_over_64_kib_is_refused(engine: RunningEngine) -> None:
    answer = engine.post(body(text="a" * 70_000))
    assert answer.status_code == 413
    assert answer.json()["failed"] == "too_large"


def test_a_chunked_body_over_64_kib_is_refused(engine: RunningEngine) -> None:
    address = urlsplit(engine.url)
    with socket.create_connection((address.hostname, address.port or 0), timeout=20) as link:
        link.sendall(b"POST /webhooks/motcua/turn HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(20):
                link.sendall(b"2000\r\n" + b"a" * 0x2000 + b"\r\n")
        except OSError:
            return  # closed on us: refused as well
        assert b" 413 " in link.recv(200)


@pytest.mark.parametrize("path", ["status", "model/parse", "conversations/x/tracker", "webhooks/rest/webhook", "domain"])
def test_no_other_way_into_rasa_exists(engine: RunningEngine, path: str) -> None:
    answer = requests.post(f"{engine.url}/{path}", json={}, timeout=10)
    assert answer.status_code in (404, 405)
    assert set(answer.json()) == {"failed", "detail"}


@pytest.mark.parametrize("path", ["health", "webhooks/motcua/health"])
def test_health_names_the_model_and_its_fingerprint(engine: RunningEngine, path: str) -> None:
    found = requests.get(f"{engine.url}/{path}", timeout=10).json()
    assert found["status"] == "ok"
    assert found["model"].endswith(".tar.gz")
    assert len(found["fingerprint"]) == 64


def test_saying_nothing_is_named(engine: RunningEngine) -> None:
    answer = engine.turn(new_id(), "đừng nói gì hết")
    assert (answer["failed"], answer["messages"]) == ("no_reply", [])


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (500, {"error": "unique-4711", "action_name": "action_answer"}),
        (404, {"error": "no such action", "action_name": "action_answer"}),
        (200, b"not json"),
        (200, []),
        (200, {"events": [{"event": "unknown_event"}], "responses": []}),
        (200, {"events": [], "responses": [{"custom": {"schema": "motcua.message/99", "text": "x"}}]}),
        (200, {"events": [], "responses": [{"custom": ["x"]}]}),
    ],
)
def test_a_failed_action_is_named(engine: RunningEngine, actions: StandInActions, status: int, reply: object) -> None:
    actions.status, actions.body = status, reply
    answer = engine.turn(new_id(), "lệ phí bao nhiêu")
    assert answer["failed"] == "action_failed"
    assert "unique-4711" not in engine.log()


def test_a_slow_action_is_given_up_and_the_conversation_goes_on(engine: RunningEngine, actions: StandInActions) -> None:
    conversation = new_id()
    actions.gate.clear()
    answer = engine.turn(conversation, "lệ phí bao nhiêu")
    assert answer["failed"] == "action_failed"
    actions.gate.set()
    assert engine.turn(conversation, "lệ phí bao nhiêu")["failed"] is None


def test_what_was_said_before_a_failed_action_is_kept(engine: RunningEngine, actions: StandInActions) -> None:
    actions.status = 500
    answer = engine.turn(new_id(), act={"intent": "ask_two"})
    assert answer["failed"] == "action_failed"
    assert [message["text"] for message in answer["messages"]] == ["Xin chào!\n\nTôi là trợ lý tự động."]


def test_turns_of_one_conversation_are_served_one_after_the_other(engine: RunningEngine, actions: StandInActions) -> None:
    """The second turn sees the slot that the first one set, although it arrives while the first is still running."""

    def count(call: dict[str, Any]) -> dict[str, Any]:
        seen = (call["tracker"]["slots"].get("count") or 0) + 1
        return {"events": [{"event": "slot", "name": "count", "value": seen}], **{"responses": says(str(seen))["responses"]}}

    actions.body = count
    actions.gate.clear()
    conversation = new_id()
    with ThreadPoolExecutor(6) as pool:
        turns = [pool.submit(engine.turn, conversation, "lệ phí bao nhiêu") for _ in range(6)]
        while not actions.calls:
            threading.Event().wait(0.01)
        other = engine.turn(new_id(), "xin chào")  # another conversation does not wait
        actions.gate.set()
        texts = [turn.result()["messages"][0]["text"] for turn in turns]
    assert other["failed"] is None
    assert sorted(texts) == ["1", "2", "3", "4", "5", "6"]


def test_no_text_of_a_citizen_reaches_the_log(engine: RunningEngine, actions: StandInActions) -> None:
    marks = [f"bimat{new_id()}" for _ in range(5)]
    conversation = new_id()
    engine.turn(conversation, f"lệ phí bao nhiêu {marks[0]}", metadata={"name": marks[1]})
    engine.turn(conversation, act={"intent": "choose", "entities": {"procedure_code": marks[2]}})
    actions.status, actions.body = 500, {"error": marks[3], "action_name": marks[3]}
    engine.turn(conversation, f"lệ phí bao nhiêu {marks[0]}")
    actions.status = 400
    engine.turn(conversation, f"lệ phí bao nhiêu {marks[0]}")
    engine.post(body(text=marks[4], extra=marks[4]))
    actions.reset()
    log = engine.log()
    assert "engine: serving" in log
    assert [mark for mark in marks if mark in log] == []


def test_the_action_server_being_down_is_named(tiny_project: Path, tiny_model: Path, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/webhook"
    engine = RunningEngine.start(tiny_model, tiny_project, tmp_path, {"ACTIONS_URL": nobody})
    try:
        assert engine.turn("c", "lệ phí bao nhiêu")["failed"] == "action_failed"
        assert engine.turn("c", "xin chào")["failed"] is None
    finally:
        assert engine.stop() == 0
