"""Records as JSON values: just what ``dataclasses.asdict`` gives."""

import json
from dataclasses import asdict

import pytest

from bot.dialogue.turn import Clause, DialogueState, Pending
from bot.json_values import as_json_values
from bot.messages import BotMessage, Button, Card, Source

STATE = DialogueState(
    procedure_code="1.001193",
    facets=("fee", "documents"),
    pending=Pending("procedure", {"1.001193": "Khai sinh"}, ("fee",), (Clause("phí bao nhiêu", "ask_fee", 0.9),)),
    outages_told=(3, 4),
)
BUTTON = Button("Lệ phí", "show_facet", {"facet": "fee"})
MESSAGE = BotMessage(
    "Lệ phí: 8.000 đồng", buttons=(BUTTON,), sources=(Source("QĐ 1", "01/11/2026"),), cards=(Card("Thẻ", buttons=(BUTTON,)),)
)


@pytest.mark.parametrize("record", [STATE, DialogueState(), MESSAGE])
def test_they_are_the_same_as_the_standard_library_makes_them(record: DialogueState | BotMessage) -> None:
    made = as_json_values(record)
    assert made == asdict(record)
    assert json.dumps(made) == json.dumps(asdict(record))


def test_what_is_changed_in_them_does_not_change_the_record() -> None:
    as_json_values(STATE)["pending"]["options"].clear()
    assert STATE.pending is not None
    assert STATE.pending.options == {"1.001193": "Khai sinh"}


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(TypeError):
        as_json_values("văn bản")
