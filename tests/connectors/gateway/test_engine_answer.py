"""The engine's answer, sound and broken."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.gateway.engine_answer import MalformedAnswerError, parse_answer
from tests.connectors.fake_engine import message, reply

TURN = {"turn_id": "t1"}


def parsed(*messages: Any, **more: Any) -> Any:
    return parse_answer(json.dumps(reply(TURN, *messages) | more).encode(), "t1")


def test_a_sound_answer_is_read() -> None:
    answer = parsed(
        message("Xin chào", expects="dossier_code"), nlu={"intent": "greet", "confidence": 1, "clauses": [{"a": 1}, 2]}
    )
    assert answer.messages[0].text == "Xin chào"
    assert answer.messages[0].expects == "dossier_code"
    assert answer.nlu == {"intent": "greet", "confidence": 1.0, "clauses": [{"a": 1}]}
    assert (answer.failed, answer.handoff) == (None, None)


def test_the_likeliest_intents_are_kept_and_what_is_none_is_left_out() -> None:
    ranking = [["greet", 0.9], ["thank", 0.05], ["x"], "y", [1, 0.5], ["deny", "high"]]
    answer = parsed(message("Xin chào"), nlu={"intent": "greet", "confidence": 0.9, "ranking": ranking})
    assert answer.nlu["ranking"] == [["greet", 0.9], ["thank", 0.05]]


def test_an_answer_without_messages_and_reason_is_no_reply() -> None:
    assert parsed().failed == "no_reply"
    assert parsed(failed="something new").failed == "engine_error"


def test_what_cannot_be_stored_is_cleaned_out() -> None:
    answer = parsed(message("a\x00b\ud800"), nlu={"intent": "x\x00", "confidence": float("nan"), "clauses": None})
    assert answer.messages[0].text == "ab\ufffd"
    assert answer.nlu == {"intent": "x", "confidence": 0.0, "clauses": []}


BROKEN: list[Any] = [
    "text",
    None,
    {"schema": "motcua.message/2", "text": "a"},
    message(""),
    message("a" * 30_000),
    message("a", kind="shout"),
    message("a", buttons=[{"title": "a"}]),
    message("a", buttons=[{"title": 5, "intent": "a"}]),
    message("a", buttons=[{"title": "a", "intent": "a", "entities": {"b": 5}}]),
    message("a", buttons=[{"title": "a", "intent": "a", "entities": []}]),
    message("a", buttons=[{"title": "a", "url": "javascript:alert(1)"}]),
    message("a", buttons=[{"title": "a", "url": 5}]),
    message("a", buttons=["a"]),
    message("a", buttons=7),
    message("a", sources=[{"title": "a"}]),
    message("a", sources=[{"title": "a", "as_of": 2026}]),
    message("a", expects=["dossier_code"]),
    message("a", procedure_code=1),
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_message_is_refused(broken: Any) -> None:
    with pytest.raises(MalformedAnswerError):
        parsed(broken)


@pytest.mark.parametrize("handoff", [5, {}, {"schema": "motcua.handoff/1", "reason": "bored"}, {"schema": "motcua.handoff/1"}])
def test_a_broken_handoff_is_refused(handoff: Any) -> None:
    with pytest.raises(MalformedAnswerError):
        parsed(message("a"), handoff=handoff)


def test_faults_name_no_text() -> None:
    with pytest.raises(MalformedAnswerError) as caught:
        parsed(message("bí mật", kind="shout"))
    assert "bí mật" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["schema", "text", "buttons", "title", "kind"]), inner),
    max_leaves=8,
)


@given(json_values, json_values, json_values)
def test_any_json_is_either_read_or_refused(messages: Any, handoff: Any, nlu: Any) -> None:
    body = {"turn_id": "t1", "failed": None, "messages": messages, "handoff": handoff, "nlu": nlu}
    try:
        answer = parse_answer(json.dumps(body).encode(), "t1")
    except MalformedAnswerError:
        return
    assert answer.messages or answer.failed or answer.handoff
