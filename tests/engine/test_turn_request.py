import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.turn_request import Act, MalformedTurnError, parse_turn, without_slashes


def test_a_text_turn_is_read() -> None:
    turn = parse_turn(json.dumps({"turn_id": "t", "conversation": "c", "text": "//chào", "metadata": {"a": 1}}).encode())
    assert (turn.text, turn.act, turn.metadata) == ("chào", None, {"a": 1})


def test_an_act_turn_is_read() -> None:
    turn = parse_turn(b'{"turn_id": "t", "conversation": "c", "act": {"intent": "choose", "entities": {"a": "b"}}}')
    assert (turn.text, turn.act) == (None, Act("choose", {"a": "b"}))


@given(st.text())
def test_no_text_keeps_a_leading_slash(text: str) -> None:
    assert not without_slashes(text).startswith("/")
    assert not without_slashes("/ /" + text).strip().startswith("/")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_turn_or_malformed(body: bytes) -> None:
    with pytest.raises(MalformedTurnError):
        parse_turn(body)


@pytest.mark.parametrize("field", ["turn_id", "conversation", "text", "act", "metadata", "bimat"])
def test_a_malformed_turn_is_refused_without_repeating_its_content(field: str) -> None:
    whole = {"turn_id": "t", "conversation": "c", "text": "chào", "act": None, "metadata": {}}
    with pytest.raises(MalformedTurnError) as refusal:
        parse_turn(json.dumps({**whole, field: ["bimat"]}).encode())
    assert "bimat" not in str(refusal.value)
