"""What stands on a card is what the catalogue holds, with its cautions, and never more than the chat says."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml

from bot.cards.card import ServiceCard, UnreadableCardError, card_from_json, card_json, hiding
from bot.cards.making import card_of, looks_again_on
from bot.catalogue.answers.facts import AnswerContext
from bot.catalogue.answers.render import FACETS, facet_answer
from bot.catalogue.schema import Procedure
from tests.bot.catalogue.small_files import procedure_text
from tests.shipped import shipped_catalogue

TODAY = date(2026, 11, 27)


def procedure(**changed: Any) -> Procedure:
    return Procedure.model_validate(yaml.safe_load(procedure_text()) | changed)


def card(**changed: Any) -> ServiceCard:
    return card_of(procedure(**changed), {}, TODAY)


def test_the_figures_of_every_shipped_card_are_those_of_its_file() -> None:
    shipped = shipped_catalogue()
    for one in shipped.procedures.values():
        made = card_of(one, shipped.agencies, TODAY)
        spoken = [
            fee
            for fee in one.fees
            if fee.certainty != "unknown" and (fee.valid_from or TODAY) <= TODAY <= (fee.valid_to or TODAY)
        ]
        assert [(f.amount_vnd, f.text, f.channel, f.kind) for f in made.fees] == [
            (f.amount_vnd, f.text, f.channel, f.kind) for f in spoken
        ]
        limits = [time for time in one.times if time.certainty != "unknown"]
        assert [(t.amount, t.unit, t.text) for t in made.times] == [(t.amount, t.unit, t.text) for t in limits]
        assert sum(len(group.items) for group in made.papers) == sum(len(group.items) for group in one.documents.groups)
        assert made.receiving == shipped.agencies[one.receiving_agency].name
        assert made.source.as_of == one.source.as_of
        assert card_from_json(card_json(made), one.code) == made


def test_no_fact_of_any_shipped_card_is_one_that_the_chat_does_not_say() -> None:
    shipped = shipped_catalogue()
    context = AnswerContext(shipped.agencies, TODAY, case_id="all")
    for one in shipped.procedures.values():
        made = card_of(one, shipped.agencies, TODAY)
        said = "\n".join(facet_answer(one, facet, context).text for facet in FACETS)
        facts = [f.text for f in (*made.fees, *made.times)] + [p.name for group in made.papers for p in group.items]
        facts += [fact.text.rstrip(".") for fact in (made.result, made.conditions, made.handled) if fact]
        assert [text for text in facts if text not in said] == []
        cautions = [f.caution for f in (*made.fees, *made.times, made.result, made.conditions) if f and f.caution]
        assert [caution for caution in cautions if caution.rstrip(". ") not in said] == []


def test_an_unknown_fee_is_no_fee_and_never_free() -> None:
    made = card(fees=[{"kind": "unknown", "certainty": "unknown"}])
    assert made.fees == ()
    assert made.savings[0].cheaper_vnd is None


def test_what_is_unknown_is_not_stated_even_where_words_are_kept() -> None:
    unknown = {"text": "Giấy lạ", "certainty": "unknown"}
    made = card(
        result=unknown,
        conditions=unknown,
        handled_by=unknown,
        times=[unknown],
        documents={"certainty": "unknown", "groups": [{"items": [{"name": "Giấy lạ"}]}]},
        online={"available": True, "level": "full", "certainty": "unknown"},
    )
    assert "Giấy lạ" not in card_json(made)
    assert made.online.available is None
    assert made.savings == ()


@pytest.mark.parametrize(("ends", "shown"), [("2026-11-27", True), ("2026-11-26", False)])
def test_a_fact_past_its_day_is_not_on_the_card(ends: str, shown: bool) -> None:
    fee = {"kind": "amount", "text": "8.000 đồng", "amount_vnd": 8000, "certainty": "sure", "valid_to": ends}
    assert bool(card(fees=[fee]).fees) is shown


def test_a_record_past_its_day_has_a_card_without_facts() -> None:
    made = card(valid_to="2026-11-26")
    assert made.expired_on == "2026-11-26"
    assert (made.fees, made.times, made.papers, made.result, made.online.link) == ((), (), (), None, "")


def test_the_next_day_to_look_again_is_the_first_on_which_a_fact_begins_or_has_ended() -> None:
    fee = {"kind": "free", "text": "Miễn phí", "certainty": "sure"}
    assert looks_again_on(procedure(), TODAY) is None
    both = procedure(fees=[fee | {"valid_from": "2027-01-01"}, fee | {"valid_to": "2026-12-31"}], valid_to="2026-12-05")
    assert looks_again_on(both, TODAY) == date(2026, 12, 6)
    assert looks_again_on(both, date(2026, 12, 6)) == date(2027, 1, 1)
    assert looks_again_on(both, date(2027, 1, 1)) is None


def test_after_three_in_the_afternoon_counts_for_civil_status_without_a_set_limit_alone() -> None:
    same_day = [{"text": "Trong ngày làm việc", "unit": "same_day", "certainty": "sure"}]
    assert card(times=same_day, field="Hộ tịch").times[0].after_fifteen
    assert not card(times=same_day, field="Chứng thực").times[0].after_fifteen
    assert not card(field="Hộ tịch").times[0].after_fifteen


def test_what_is_saved_online_stands_on_the_card_and_what_is_not_known_does_not() -> None:
    made = card()
    assert [(s.case, s.faster, s.unit, s.cheaper_vnd) for s in made.savings] == [(None, 1.0, "working_day", None)]
    past = {"channel": "direct", "text": "03 ngày", "amount": 3, "unit": "day", "certainty": "sure", "valid_to": "2026-01-01"}
    online = {"channel": "online", "text": "02 ngày", "amount": 2, "unit": "day", "certainty": "sure"}
    assert card(times=[past, online]).savings == ()


def test_a_reason_belongs_to_what_goes_online_in_part_alone() -> None:
    part, whole = ({"available": True, "level": level, "certainty": "sure"} for level in ("partial", "full"))
    assert card_of(procedure(online=part), {}, TODAY, "phải đối chiếu bản gốc").online.reason == "phải đối chiếu bản gốc"
    assert card_of(procedure(online=whole), {}, TODAY, "phải đối chiếu bản gốc").online.reason is None


@pytest.mark.parametrize("facet", FACETS)
def test_what_is_switched_off_is_on_no_part_of_the_card(facet: str) -> None:
    whole = card(conditions={"text": "Có chuồng", "certainty": "sure"})
    words = {
        "documents": "Ảnh con vật",
        "form": "Mẫu số 1",
        "fee": "8.000 đồng",
        "processing_time": "ngày làm việc",
        "place": "cấp xã",
        "steps": "Nhận kết quả.",
        "conditions": "Có chuồng",
        "legal_basis": "01/2020",
        "result": "Giấy chứng nhận",
        "online_level": '"available":true',
        "submission": "https://",
    }
    assert words[facet] in card_json(whole)
    hidden = hiding(whole, (facet,))
    assert words[facet] not in card_json(hidden)
    assert hidden.hidden == (facet,)
    kept = [word for other, word in words.items() if other not in (facet, "form" if facet == "documents" else "")]
    assert [word for word in kept if word not in card_json(hidden)] == []


def test_a_card_of_another_release_is_said_to_be_unreadable() -> None:
    for text in ("", "{}", "[]", '{"code": 5}'):
        with pytest.raises(UnreadableCardError):
            card_from_json(text, "1.000001")
    assert hiding(card(), ()) == replace(card(), hidden=())
