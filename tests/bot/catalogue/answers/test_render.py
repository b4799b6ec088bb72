"""What is spoken about every shipped procedure: properties that hold for all of them, and the traps by name."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.catalogue.answers.facts import AnswerContext
from bot.catalogue.answers.render import FACETS, case_question, facet_answer, overview
from bot.catalogue.load import Catalogue
from bot.catalogue.schema import Fee, Procedure
from tests.shipped import shipped_catalogue

CATALOGUE: Catalogue = shipped_catalogue()
CONTEXT = AnswerContext(CATALOGUE.agencies, date(2026, 11, 23))
EVERY = pytest.mark.parametrize("procedure", CATALOGUE.procedures.values(), ids=lambda p: p.code)


@EVERY
def test_every_answer_carries_code_source_and_date(procedure: Procedure) -> None:
    for facet in FACETS:
        message = facet_answer(procedure, facet, CONTEXT)
        assert message.text.strip()
        assert "None" not in message.text
        assert message.procedure_code == procedure.code
        assert message.sources[0].procedure_code == procedure.code
        assert message.sources[0].as_of.startswith("tháng ")


@EVERY
def test_free_is_spoken_only_where_the_source_says_so_without_a_condition(procedure: Procedure) -> None:
    text = facet_answer(procedure, "fee", CONTEXT).text.casefold()
    unconditional = any(fee.kind == "free" for fee in procedure.fees)
    conditional = any("miễn" in (fee.text or "").casefold() + (fee.note or "").casefold() for fee in procedure.fees)
    if "miễn" in text:
        assert unconditional or conditional
    if not unconditional:
        assert "\n- miễn phí\n" not in text + "\n"


@EVERY
def test_every_amount_in_force_is_spoken_and_no_expired_one(procedure: Procedure) -> None:
    text = facet_answer(procedure, "fee", CONTEXT).text
    for fee in procedure.fees:
        if fee.kind == "amount" and not (fee.valid_to and fee.valid_to < CONTEXT.today):
            spoken = f"{fee.amount_vnd:,}".replace(",", ".")
            assert spoken in text, fee


@EVERY
def test_uncertain_facts_are_spoken_with_their_caution(procedure: Procedure) -> None:
    for facet, facts in (("fee", procedure.fees), ("processing_time", procedure.times)):
        if any(f.certainty == "check" for f in facts) and all(f.certainty != "unknown" for f in facts):
            message = facet_answer(procedure, facet, CONTEXT)
            fees_expired = facet == "fee" and all(
                f.certainty != "check" or (f.valid_to and f.valid_to < CONTEXT.today) for f in procedure.fees
            )
            assert fees_expired or "Cần kiểm tra lại" in message.text


@EVERY
def test_all_papers_are_named_when_all_cases_are_shown(procedure: Procedure) -> None:
    text = facet_answer(procedure, "documents", replace(CONTEXT, case_id="all")).text
    for group in procedure.documents.groups:
        for paper in group.items:
            assert paper.name in text


@EVERY
def test_no_level_is_claimed_that_no_source_states(procedure: Procedure) -> None:
    text = facet_answer(procedure, "online_level", CONTEXT).text
    if procedure.online.level == "unknown" and procedure.online.available:
        assert "chưa khẳng định mức độ" in text


@EVERY
def test_a_case_question_offers_only_cases_of_the_procedure_and_all(procedure: Procedure) -> None:
    for facet in FACETS:
        question = case_question(procedure, facet, CONTEXT)
        if question:
            offered = {button.entities["case_id"] for button in question.buttons}
            assert offered - {"all"} <= {case.id for case in procedure.cases}
            assert "all" in offered


@EVERY
def test_the_overview_is_short(procedure: Procedure) -> None:
    assert len(overview(procedure, CONTEXT).text.splitlines()) <= 7


def test_nobody_is_sent_to_an_abolished_district_office() -> None:
    for procedure in CATALOGUE.procedures.values():
        lines = facet_answer(procedure, "place", CONTEXT).text.casefold().splitlines()
        # A caution may name the old office to say what became of it.
        assert not any("huyện" in line for line in lines if not line.startswith("cần kiểm tra lại")), procedure.code


def test_an_expired_fee_and_an_expired_record_are_not_spoken_as_facts() -> None:
    procedure = CATALOGUE.procedures["1.004222"]
    yesterday = CONTEXT.today - timedelta(days=1)
    expired = procedure.model_copy(
        update={"fees": (Fee(kind="amount", amount_vnd=99_000, text="99.000 đồng", certainty="sure", valid_to=yesterday),)}
    )
    assert "99.000" not in facet_answer(expired, "fee", CONTEXT).text
    gone = procedure.model_copy(update={"valid_to": yesterday})
    assert "20.000" not in facet_answer(gone, "fee", CONTEXT).text
    assert "22/11/2026" in facet_answer(gone, "fee", CONTEXT).text


def test_an_unknown_fact_is_said_to_be_unknown_and_a_person_is_offered() -> None:
    procedure = CATALOGUE.procedures["1.014064"]
    message = facet_answer(procedure, "conditions", CONTEXT)
    assert "chưa có thông tin chắc chắn" in message.text
    assert [button.intent for button in message.buttons] == ["talk_to_officer"]


def test_time_of_a_building_permit_hangs_under_the_case_not_the_channel() -> None:
    text = facet_answer(CATALOGUE.procedures["1.013225"], "processing_time", CONTEXT).text
    assert "Nhà ở riêng lẻ: 15 ngày" in text
    assert "20 ngày" in text


def test_the_overview_says_code_and_date_and_opens_the_card_where_there_is_one() -> None:
    procedure = CATALOGUE.procedures["1.004222"]
    without, with_card = (overview(procedure, replace(CONTEXT, cards_at=at)) for at in (None, "https://motcua.vn/thu-tuc"))
    assert "1.004222" in without.text
    assert without.sources[0].as_of == "tháng 7/2026"
    assert [button.url for button in without.buttons if button.url] == []
    assert [button.url for button in with_card.buttons if button.url] == ["https://motcua.vn/thu-tuc/1.004222"]
    assert with_card.buttons[-1].url, "the choices keep their places"
