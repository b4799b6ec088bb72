"""Recorded answers of both contracts are read as they were meant; spoilt ones raise our errors and nothing else."""

import copy
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.clock import VIETNAM_TIME
from bot.conversations.identity_links import PersonProof
from bot.portal.errors import ContractChanged, Declined, NotFound, PortalError, ProofTooWeak
from bot.portal.http_exchange import Answer
from bot.portal.http_problems import refusal
from bot.portal.lgsp_records import factor_fits, parse_exchange_dossier, parse_exchange_fees, records_of
from bot.portal.lgsp_service import _read
from bot.portal.records import LookupFactor, parse_dossier
from bot.portal.submission import Fee, parse_attached_file, parse_draft, parse_fees, parse_link, parse_payment_link
from bot.portal.watching import (
    parse_challenge,
    parse_change_page,
    parse_factor,
    parse_identity_check,
    parse_identity_state,
    parse_supplement_details,
    parse_watch,
    parse_withdrawal,
)
from tests.bot.portal.recording import FOLDER, record_all

NOW = datetime(2026, 8, 5, 14, 30, tzinfo=VIETNAM_TIME)
HOSTS = {"127.0.0.1"}
CODE = "H05.12.3-260708-0013"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def recorded(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def answered(body: Any, status: int = 200, media_type: str = "application/json") -> Answer:
    return Answer(status, media_type, None, json.dumps(body).encode())


def lgsp_dossier(envelope: Any) -> Any:
    found = records_of(_read(answered(envelope)).data)
    if not found or not factor_fits(found[0], CODE, LookupFactor("F2NH")):
        raise NotFound
    return parse_exchange_dossier(found[0], CODE, NOW)


def lgsp_fees(envelope: Any) -> Any:
    fees = parse_exchange_fees(_read(answered(envelope)).data, "1.004222", NOW)
    if fees is None:
        raise NotFound
    return fees


READERS: dict[str, Callable[[Any], Any]] = {
    "http_dossier": lambda data: parse_dossier(data, CODE),
    "http_fees": lambda data: parse_fees(data, "1.004222"),
    "http_draft": parse_draft,
    "http_payment_link": lambda data: parse_payment_link(data, HOSTS),
    "http_challenge": parse_challenge,
    "http_identity_check": lambda data: parse_identity_check(data, HOSTS),
    "http_identity_confirmed": parse_identity_state,
    "http_watch": lambda data: parse_watch(data, "ref-1"),
    "lgsp_dossier": lgsp_dossier,
    "lgsp_procedure": lgsp_fees,
}


def test_the_fixtures_are_what_the_simulator_answers(tmp_path: Path) -> None:
    record_all(tmp_path)
    names = sorted(path.name for path in FOLDER.glob("*.json"))
    assert names == sorted(path.name for path in tmp_path.glob("*.json"))
    for name in names:
        assert (tmp_path / name).read_text(encoding="utf-8") == (FOLDER / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_recorded_answer_is_read(name: str) -> None:
    assert READERS[name](recorded(name)) is not None


def test_an_identity_is_told_with_its_proof_and_never_before() -> None:
    confirmed, pending = recorded("http_identity_confirmed"), recorded("http_identity_pending")
    proof = parse_identity_state(confirmed)
    assert proof is not None
    assert proof.person == PersonProof("000000000001", "0000120001")
    assert "0001" not in repr(proof)
    assert parse_identity_state(pending) is None
    silent = parse_identity_state(confirmed | {"person": None})
    assert silent is not None
    assert silent.person is None
    for broken in (
        pending | {"person": confirmed["person"]},
        confirmed | {"person": {"citizen_id": "12345678901", "phone": "0912345678"}},
        confirmed | {"person": {"citizen_id": "000000000001", "phone": "+84912345678"}},
        confirmed | {"person": {"citizen_id": "000000000001"}},
        confirmed | {"person": ["000000000001"]},
    ):
        with pytest.raises(ContractChanged):
            parse_identity_state(broken)


def test_both_contracts_tell_the_same_dossier() -> None:
    ours, exchanged = READERS["http_dossier"](recorded("http_dossier")), lgsp_dossier(recorded("lgsp_dossier"))
    for name in ("dossier_code", "status_code", "procedure_name", "received_at", "due_at", "current_unit", "supplement_requests"):
        assert getattr(ours, name) == getattr(exchanged, name), name
    assert exchanged.supplement_requests[0].deadline.day == date(2026, 7, 24)


def test_both_contracts_tell_the_same_fees() -> None:
    ours, exchanged = READERS["http_fees"](recorded("http_fees")), lgsp_fees(recorded("lgsp_procedure"))
    assert ours.channels == exchanged.channels
    assert exchanged.terms("online").times[0].fees == (Fee(10_000, "Lệ phí", "LP01"),)


def test_recorded_refusals_have_their_names() -> None:
    def error(name: str, status: int) -> PortalError:
        return refusal(answered(recorded(name), status, "application/problem+json"))

    assert isinstance(error("http_dossier_not_found", 404), NotFound)
    weak = error("http_proof_too_weak", 403)
    assert isinstance(weak, ProofTooWeak)
    assert weak.accepted == ("identity_proof",)
    assert _read(answered(recorded("lgsp_dossier_not_found"))).says_absent
    assert _read(answered(recorded("lgsp_session_ended"))).says_session_ended


@pytest.mark.parametrize("code", ["00", "0", 0])
def test_success_is_written_in_several_ways(code: Any) -> None:
    assert _read(answered({"error_code": code, "data": []})).succeeded


@pytest.mark.parametrize("code", [None, True, "", "0 ", [], {}, 1.5])
def test_an_envelope_without_a_code_is_a_changed_contract(code: Any) -> None:
    with pytest.raises(ContractChanged):
        _read(answered({"error_code": code}))


@pytest.mark.parametrize("number", [None, "", "123", CODE, CODE.lower(), "H05 12 3 260708 0013"])
def test_a_receipt_number_that_proves_nothing_opens_nothing(number: str | None) -> None:
    record = {"MaHoSo": CODE, "SoBienNhan": number}
    assert not factor_fits(record, CODE, LookupFactor(number or ""))


def test_the_receipt_number_counts_in_any_spelling() -> None:
    assert factor_fits({"SoBienNhan": "bn-0042/7"}, CODE, LookupFactor("BN 00427"))
    assert not factor_fits({"SoBienNhan": "bn-0042/7"}, CODE, LookupFactor("BN00428"))


@pytest.mark.parametrize("value", ["2026-08-05", "20260805143", "20261305", "2026080514300०", 20260805, ["20260805"]])
def test_a_date_that_is_none_is_a_changed_contract(value: Any) -> None:
    envelope = recorded("lgsp_dossier")
    envelope["result"][0]["NgayHenTra"] = value
    with pytest.raises(ContractChanged):
        lgsp_dossier(envelope)


def test_a_deadline_that_is_a_sentence_is_no_date() -> None:
    envelope = recorded("lgsp_dossier")
    envelope["result"][0]["DanhSachHoSoBoSung"][1]["ThoiHanBoSung"] = "đã quá hạn bổ sung"
    assert lgsp_dossier(envelope).supplement_requests[1].deadline is None


@pytest.mark.parametrize("text", ["", "miễn phí", "-5", "1e9", "20.00", "99999999999999"])
def test_a_sum_that_is_none_is_not_guessed(text: str) -> None:
    envelope = recorded("lgsp_procedure")
    for way in envelope["result"][0]["CACHTHUCTHUCHIEN"]:
        way["THOIGIAN"][0]["PHILEPHI"][0]["SOTIEN"] = text
    assert lgsp_fees(envelope).terms("online").total_fee is None


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in a JSON value."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


def spoilt(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The value with one of its places replaced (``...``: removed)."""
    changed = [copy.deepcopy(data)]
    holder: Any = changed
    for key in (0, *place)[:-1]:
        holder = holder[key]
    last = (0, *place)[-1]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return changed[0] if changed else None


@pytest.mark.parametrize("name", sorted(READERS))
@settings(deadline=None, max_examples=120)
@given(data=st.data())
def test_a_spoilt_answer_raises_our_errors_only(name: str, data: st.DataObject) -> None:
    good = recorded(name)
    place = data.draw(st.sampled_from(places(good)))
    bad = spoilt(good, place, data.draw(JSON | st.just(...)))
    try:
        READERS[name](bad)
    except PortalError:
        return


@given(JSON)
@example({"url": "http://[::1", "expires_at": "2026-08-05T14:45:00+07:00"})
@example({"url": "https://127.0.0.1@evil.vn/", "expires_at": "2026-08-05T14:45:00+07:00"})
@example({"url": "https://evil.vn\\@127.0.0.1/", "expires_at": "2026-08-05T14:45:00+07:00"})
@example({"url": "javascript:alert(1)//127.0.0.1", "expires_at": "2026-08-05T14:45:00+07:00"})
@example({"url": "http://127.0.0.1.evil.vn/", "expires_at": "2026-08-05T14:45:00+07:00"})
def test_no_reader_takes_any_json(data: Any) -> None:
    readers: tuple[Callable[[Any], Any], ...] = (
        parse_attached_file,
        parse_change_page,
        parse_factor,
        parse_identity_state,
        parse_supplement_details,
        parse_withdrawal,
        lambda value: parse_link(value, HOSTS),
        *READERS.values(),
    )
    for read in readers:
        with pytest.raises(PortalError):
            read(data)


@given(JSON, st.sampled_from([400, 403, 404, 409, 410, 422, 418]))
@example({"type": "urn:problem:values-refused", "faults": [{"field": "x\r\ny", "reason": "<b>"}, 5, {"field": []}]}, 422)
@example({"type": "urn:problem:proof-too-weak", "accepted": "all"}, 403)
@example({"type": ["urn:problem:dossier-not-found"]}, 404)
def test_every_refusal_has_a_name_and_repeats_nothing(data: Any, status: int) -> None:
    error = refusal(answered(data, status, "application/problem+json"))
    assert isinstance(error, PortalError)
    if isinstance(error, Declined):
        assert error.faults == ()
