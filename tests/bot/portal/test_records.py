"""The strict reading of the portal's JSON."""

import copy
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import VIETNAM_TIME
from bot.portal.errors import ContractChanged
from bot.portal.records import Dossier, Moment, parse_dossier

CODE = "H05.12.3-260818-0001"
GOOD: dict[str, Any] = {
    "dossier_code": CODE,
    "source_system": "provincial",
    "status_code": "5",
    "as_of": "2026-08-20T07:30:00Z",
    "procedure_code": "1.001193",
    "procedure_name": "Thủ tục đăng ký khai sinh",
    "receiving_unit": None,
    "received_at": "2026-08-18",
    "due_at": "2026-08-25T16:30:00+07:00",
    "ended_at": None,
    "current_step": None,
    "current_unit": "Phòng  Tư\npháp",
    "must_act": "citizen",
    "supplement_requests": [{"requested_at": "2026-08-19", "deadline": None, "item_count": 2, "answered_at": None}],
    "result_method": None,
    "result_place": None,
}


def changed(**fields: Any) -> dict[str, Any]:
    return copy.deepcopy(GOOD) | fields


def test_good_answer_is_read() -> None:
    dossier = parse_dossier(GOOD, CODE)
    assert dossier.as_of == datetime(2026, 8, 20, 14, 30, tzinfo=VIETNAM_TIME)
    assert dossier.received_at == Moment(date(2026, 8, 18))
    assert dossier.due_at == Moment(date(2026, 8, 25), datetime(2026, 8, 25, 16, 30, tzinfo=VIETNAM_TIME))
    assert dossier.supplement_requests[0].item_count == 2


def test_line_breaks_and_invisible_characters_do_not_reach_a_message() -> None:
    assert parse_dossier(GOOD, CODE).current_unit == "Phòng Tư pháp"
    assert parse_dossier(changed(current_step="Thẩm\u202e định\u200b"), CODE).current_step == "Thẩm định"


def test_fields_beyond_the_contract_are_dropped() -> None:
    dossier = parse_dossier(changed(applicant_name="Nguyễn Thị Mẫu Thử"), CODE)
    assert "Mẫu" not in str(dossier)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_missing_field_is_a_changed_contract(name: str) -> None:
    with pytest.raises(ContractChanged, match=name):
        parse_dossier({key: value for key, value in GOOD.items() if key != name}, CODE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dossier_code": "H02.12.3-260818-0001"},
        {"source_system": "Province!"},
        {"status_code": 5},
        {"status_code": "<b>5</b>"},
        {"status_code": "٥"},
        {"as_of": "2026-08-20T07:30:00"},
        {"as_of": "yesterday"},
        {"as_of": "0001-01-01T00:00:00+23:00"},
        {"received_at": "20260818"},
        {"received_at": "2026-13-40"},
        {"received_at": ""},
        {"received_at": 20260818},
        {"due_at": False},
        {"procedure_name": "x" * 501},
        {"procedure_name": "  "},
        {"procedure_name": ["x"]},
        {"must_act": "me"},
        {"must_act": ["citizen"]},
        {"result_method": 0},
        {"supplement_requests": None},
        {"supplement_requests": {}},
        {"supplement_requests": [None]},
        {"supplement_requests": [GOOD["supplement_requests"][0]] * 51},
        {"supplement_requests": [GOOD["supplement_requests"][0] | {"item_count": True}]},
        {"supplement_requests": [GOOD["supplement_requests"][0] | {"item_count": -1}]},
        {"supplement_requests": [GOOD["supplement_requests"][0] | {"requested_at": None}]},
    ],
)
def test_wrong_value_is_a_changed_contract(wrong: dict[str, Any]) -> None:
    with pytest.raises(ContractChanged):
        parse_dossier(changed(**wrong), CODE)


def test_error_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(ContractChanged) as error:
        parse_dossier(changed(current_unit="Nguyễn Thị Mẫu Thử" * 100), CODE)
    assert "Mẫu" not in str(error.value)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(junk)
def test_junk_is_a_changed_contract(data: object) -> None:
    with pytest.raises(ContractChanged):
        parse_dossier(data, CODE)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), junk, min_size=1, max_size=3))
def test_junk_in_any_field_never_breaks(fields: dict[str, Any]) -> None:
    try:
        dossier = parse_dossier(changed(**fields), CODE)
    except ContractChanged:
        return
    assert isinstance(dossier, Dossier)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_as_date_never_breaks(text: str) -> None:
    try:
        received = parse_dossier(changed(received_at=text), CODE).received_at
    except ContractChanged:
        return
    assert received is not None
