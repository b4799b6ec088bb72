"""A bad model is refused, with every reason in plain Vietnamese; a good one passes."""

from dataclasses import replace
from typing import Any

import pytest

from bot.training.gate import Circumstances, Verdict, judge, verdict_from
from bot.training.results import results_from
from bot.training.rules import shipped_rules
from tests.bot.training.candidates import CASE, GOOD

RULES = shipped_rules().gate
SHA, LIVE = "a" * 64, "b" * 64
KNOWN = Circumstances(SHA, SHA, measured_against=LIVE, live_sha256=LIVE, commit="c" * 40, head_commit="c" * 40)


def verdict(known: Circumstances = KNOWN, **parts: Any) -> Verdict:
    return judge(results_from(GOOD | parts), known, RULES)


def codes(found: Verdict) -> list[str]:
    return [one.code for one in found.refusals]


def test_a_good_model_passes_and_every_finding_is_said() -> None:
    found = verdict(replace(KNOWN, live_wrong_and_sure=0.02))
    assert found.passed
    assert {one.level for one in found.findings} == {"pass"}
    said = " ".join(one.text() for one in found.findings)
    assert "Cả 10 câu được bảo vệ đều đúng" in said
    assert "94 → 95 trên 100" in said


def test_one_text_fewer_right_than_the_live_model_is_refused_and_the_broken_ones_are_named() -> None:
    found = verdict(regression={"total": 100, "right": 93, "live_right": 94, "broken": [CASE]})
    assert codes(found) == ["regression_fell"]
    (refusal,) = found.refusals
    assert "giảm 1 câu" in refusal.text()
    assert "tôi muốn khiếu nại" in refusal.items[0]


def test_as_many_right_but_others_is_a_warning_that_names_them() -> None:
    found = verdict(regression={"total": 100, "right": 94, "live_right": 94, "broken": [CASE]})
    assert found.passed
    (warned,) = [one for one in found.findings if one.code == "regression_swapped"]
    assert warned.level == "warn"
    assert len(warned.items) == 1


def test_a_single_broken_protected_text_is_refused() -> None:
    found = verdict(protected={"total": 10, "right": 9, "broken": [CASE]})
    assert codes(found) == ["protected_broken"]
    assert found.may_be_overruled


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"protected": None, "not_measured": {"protected": "hết giờ"}}, "protected_not_measured"),
        ({"protected": {"total": 0, "right": 0}}, "protected_not_measured"),
        ({"regression": None}, "regression_not_measured"),
        ({"regression": {"total": 0, "right": 0, "live_right": 0}}, "regression_not_measured"),
        ({"regression": {"total": 9, "right": 9}}, "regression_not_measured"),
        ({"reliability": None}, "reliability_not_measured"),
    ],
    ids=["protected", "no protected text", "regression", "no text", "not compared", "reliability"],
)
def test_what_was_not_measured_is_refused(parts: dict[str, Any], code: str) -> None:
    found = verdict(**parts)
    assert code in codes(found)
    assert all(one.text() for one in found.findings)


def test_the_reason_why_something_was_not_measured_is_told() -> None:
    found = verdict(protected=None, not_measured={"protected": "hết giờ"})
    assert "hết giờ" in found.refusals[0].text()


def test_a_model_without_any_measurement_is_refused_for_everybody() -> None:
    found = judge(None, KNOWN, RULES)
    assert codes(found) == ["results_missing"]
    assert not found.may_be_overruled


@pytest.mark.parametrize(("found_sha", "code"), [(None, "file_missing"), ("d" * 64, "file_changed")])
def test_another_file_than_the_measured_one_can_be_overruled_by_nobody(found_sha: str | None, code: str) -> None:
    found = verdict(replace(KNOWN, found_sha256=found_sha))
    assert codes(found) == [code]
    assert not found.may_be_overruled


def test_wrong_and_sure_may_not_rise_nor_be_high() -> None:
    known = replace(KNOWN, live_wrong_and_sure=0.02)
    assert verdict(known, reliability={"error": 0, "wrong_and_sure": 0.03}).passed
    assert codes(verdict(known, reliability={"error": 0, "wrong_and_sure": 0.031})) == ["wrong_and_sure_rose"]
    assert codes(verdict(reliability={"error": 0, "wrong_and_sure": 0.2})) == ["wrong_and_sure_high"]


def test_an_intent_that_falls_far_is_refused_and_a_rare_one_is_not_judged() -> None:
    fallen = {"intent": "ask_fee", "support": 20, "precision": 0.5, "recall": 0.5, "f1": 0.5, "live_f1": 0.9}
    found = verdict(intents=[fallen])
    assert codes(found) == ["intents_fell"]
    assert "ask_fee: F1 0,90 → 0,50 (trên 20 câu)" in found.refusals[0].items
    assert verdict(intents=[fallen | {"support": 3}]).passed


def test_a_candidate_that_was_compared_with_another_model_must_be_measured_again() -> None:
    assert codes(verdict(replace(KNOWN, live_sha256="e" * 64))) == ["measured_against_another"]


def test_older_data_and_failed_sample_conversations_are_warnings() -> None:
    found = verdict(
        replace(KNOWN, head_commit="d" * 40), conversations={"total": 3, "passed": 2, "failed": {"khai sinh": "lượt 2"}}
    )
    assert found.passed
    warned = {one.code: one for one in found.findings if one.level == "warn"}
    assert {"older_than_data", "conversations_failed"} <= set(warned)
    assert warned["conversations_failed"].items == ["khai sinh: lượt 2"]


def test_a_verdict_is_read_back_as_it_was_stored() -> None:
    found = verdict(protected={"total": 10, "right": 9, "broken": [CASE] * 30})
    again = verdict_from(found.to_json())
    assert [one.text("en") for one in again.findings] == [one.text("en") for one in found.findings]
    assert len(again.refusals[0].items) == RULES.listed + 1
