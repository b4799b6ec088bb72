"""Between Rasa's tracker and the dialogue."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.turns import payloads, turn_of
from bot.messages import BotMessage, Button, HandoffRequest, MalformedMessageError, Source


def test_a_typed_message_keeps_its_clauses_and_conversation() -> None:
    turn = turn_of(
        {
            "text": "khai sinh cần gì, phí bao nhiêu",
            "intent": {"name": "ask_documents", "confidence": 0.9},
            "clauses": [
                {"text": "khai sinh cần gì", "intent": "ask_documents", "confidence": 0.9},
                {"text": "phí bao nhiêu", "intent": "ask_fee"},
            ],
            "metadata": {"conversation_id": "c1"},
        }
    )
    assert [clause.intent for clause in turn.clauses] == ["ask_documents", "ask_fee"]
    assert turn.conversation_id == "c1"
    assert not turn.is_act


def test_the_ranking_of_intents_reaches_the_dialogue() -> None:
    ranking = [{"name": "ask_place", "confidence": 0.5}, {"name": "ask_online_level", "confidence": 0.3}, {"confidence": 0.1}]
    turn = turn_of({"text": "nộp được không", "intent": {"name": "ask_place", "confidence": 0.5}, "intent_ranking": ranking})
    assert turn.ranking == (("ask_place", 0.5), ("ask_online_level", 0.3))


def test_a_pressed_button_is_an_act_with_its_entities_and_no_text() -> None:
    turn = turn_of(
        {
            "text": '/choose_case{"case_id": "qua-han"}',
            "intent": {"name": "choose_case", "confidence": 1.0},
            "entities": [{"entity": "case_id", "value": "qua-han"}],
        }
    )
    assert turn.is_act
    assert turn.text == ""
    assert turn.entities == {"case_id": "qua-han"}


def test_of_several_entities_of_one_kind_the_first_named_counts() -> None:
    turn = turn_of(
        {
            "text": "phường Nếnh hay phường Kép",
            "entities": [
                {"entity": "place", "value": "phuong-nenh", "start": 0, "end": 11},
                {"entity": "case_cue", "value": "late:overdue"},
                {"entity": "place", "value": "phuong-kep", "start": 16, "end": 26},
            ],
        }
    )
    assert turn.entities == {"place": "phuong-nenh", "case_cue": "late:overdue"}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "text": st.none() | st.text(),
            "intent": st.none()
            | st.fixed_dictionaries({}, optional={"name": st.none() | st.text(), "confidence": st.none() | st.floats()}),
            "clauses": st.none()
            | st.lists(st.fixed_dictionaries({}, optional={"text": st.text(), "intent": st.none() | st.text()})),
            "entities": st.none() | st.lists(st.dictionaries(st.sampled_from(["entity", "value", "x"]), st.text())),
            "metadata": st.none() | st.dictionaries(st.text(), st.text()),
        },
    )
)
def test_whatever_the_tracker_holds_is_read(message: dict) -> None:
    assert turn_of(message).intent


@pytest.mark.parametrize(
    "odd", [None, 5, "x", [], [5, None], {}, {"name": [], "confidence": "high"}, [{"text": 1, "confidence": 10**400}]]
)
def test_parts_of_another_shape_read_as_empty(odd: object) -> None:
    parts = ("text", "intent", "clauses", "entities", "metadata", "intent_ranking")
    assert turn_of({"text": "phí?"} | dict.fromkeys(parts[1:], odd)).text == "phí?"
    for part in parts:
        assert turn_of({part: odd}).confidence == 0.0


def test_messages_and_handoff_survive_the_way_through_json() -> None:
    message = BotMessage(
        "Xin chào",
        buttons=(Button("Gặp cán bộ", "talk_to_officer"), Button("Mở", url="https://dichvucong.gov.vn")),
        sources=(Source("Cổng", "tháng 7/2026", "1.001193"),),
        procedure_code="1.001193",
        facet="fee",
    )
    sent = json.loads(json.dumps(payloads([message], HandoffRequest("asked", {"misses": 0}))))
    assert BotMessage.from_json(sent[0]) == message
    assert HandoffRequest.from_json(sent[1]) == HandoffRequest("asked", {"misses": 0})


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"schema": "motcua.message/1"},
        {"schema": "motcua.message/9", "text": "x"},
        {"schema": "motcua.message/1", "text": "x", "kind": "joke"},
    ],
)
def test_a_message_of_another_shape_is_refused_by_name(broken: dict) -> None:
    with pytest.raises(MalformedMessageError):
        BotMessage.from_json(broken)


def test_a_button_never_leads_to_an_unsafe_address_or_to_two_things() -> None:
    for arguments in ({"url": "javascript:alert(1)"}, {"url": "http://plain.vn"}, {"intent": "x", "url": "https://a.vn"}, {}):
        with pytest.raises(MalformedMessageError):
            Button("x", **arguments)
