"""What filing online saves is said only where the catalogue knows it for certain."""

from datetime import date
from typing import Any

import pytest

from bot.catalogue.schema import Fee, Procedure, ProcessingTime
from bot.eforms.saving import Saving, saving_line, saving_online
from tests.bot.eforms.citizen import TODAY
from tests.shipped import shipped_catalogue

PROCEDURES = shipped_catalogue().procedures
BASE = PROCEDURES["1.004222"]


def fee(channel: str, vnd: int | None = None, **more: Any) -> Fee:
    kind = "amount" if vnd else more.pop("kind", "free")
    return Fee.model_validate({"channel": channel, "kind": kind, "amount_vnd": vnd, "text": "x", "certainty": "sure", **more})


def time(channel: str, amount: float, unit: str = "working_day", **more: Any) -> ProcessingTime:
    return ProcessingTime.model_validate(
        {"channel": channel, "amount": amount, "unit": unit, "text": "x", "certainty": "sure", **more}
    )


def procedure(*facts: Fee | ProcessingTime, online: bool | None = True) -> Procedure:
    fees = tuple(fact for fact in facts if isinstance(fact, Fee))
    times = tuple(fact for fact in facts if isinstance(fact, ProcessingTime))
    return BASE.model_copy(update={"fees": fees, "times": times, "online": BASE.online.model_copy(update={"available": online})})


def test_the_shipped_permanent_residence_is_cheaper_online() -> None:
    assert saving_line(BASE, None, TODAY) == "Nộp trực tuyến rẻ hơn 10.000 đồng so với nộp trực tiếp."
    assert saving_line(BASE, None, TODAY, "en") == "Filing online is 10.000 đồng cheaper than in person."


def test_faster_and_cheaper() -> None:
    both = procedure(time("direct", 7), time("online", 5), fee("direct", 20_000), fee("online"))
    assert saving_online(both, None, TODAY) == Saving((2, "working_day"), 20_000)
    assert saving_line(both, None, TODAY) == "Nộp trực tuyến nhanh hơn 2 ngày làm việc, rẻ hơn 20.000 đồng so với nộp trực tiếp."
    assert saving_line(both, None, TODAY, silent=("fee",)) == "Nộp trực tuyến nhanh hơn 2 ngày làm việc so với nộp trực tiếp."
    assert (
        saving_line(both, None, TODAY, silent=("processing_time",)) == "Nộp trực tuyến rẻ hơn 20.000 đồng so với nộp trực tiếp."
    )
    assert saving_line(both, None, TODAY, silent=("fee", "processing_time")) == ""


@pytest.mark.parametrize(
    "facts",
    [
        [time("direct", 5), time("online", 5)],
        [time("direct", 5), time("online", 7)],
        [time("direct", 7), time("online", 5, "day")],
        [time("direct", 7)],
        [time("any", 7), time("online", 5)],
        [time("direct", 7, certainty="check", note="?"), time("online", 5)],
        [fee("direct", 20_000), fee("online", 20_000)],
        [fee("direct", 10_000), fee("online", 20_000)],
        [fee("direct", 20_000, per="người"), fee("online", 10_000, per="lần")],
        [fee("direct", 20_000), fee("online", kind="free_conditional")],
        [fee("direct", kind="local_council"), fee("online")],
        [fee("direct", 20_000, valid_to="2025-12-31"), fee("online", 10_000)],
        [fee("direct", 20_000), fee("online", 10_000, valid_from="2027-01-01")],
        [fee("direct", 20_000), fee("online", 10_000, certainty="check", note="?")],
        [fee("direct", 20_000), fee("direct", 30_000), fee("online", 10_000)],
    ],
)
def test_nothing_is_said_where_nothing_is_certain(facts: list[Fee | ProcessingTime]) -> None:
    assert saving_line(procedure(*facts), None, TODAY) == ""


def test_nothing_is_said_of_what_cannot_be_filed_online() -> None:
    facts = (fee("direct", 20_000), fee("online", 10_000))
    assert saving_line(procedure(*facts), None, TODAY) != ""
    for available in (False, None):
        assert saving_line(procedure(*facts, online=available), None, TODAY) == ""


def test_the_case_decides() -> None:
    facts = (
        fee("direct", 20_000, case="nha-cua-minh"),
        fee("online", 10_000, case="nha-cua-minh"),
        fee("direct", 50_000, case="phuong-tien"),
    )
    assert saving_online(procedure(*facts), "nha-cua-minh", TODAY).cheaper_vnd == 10_000
    assert saving_online(procedure(*facts), "phuong-tien", TODAY).cheaper_vnd is None
    assert saving_online(procedure(*facts), None, TODAY).cheaper_vnd is None
    apart = (fee("direct", 20_000, case="nha-cua-minh"), fee("online", 10_000, case="phuong-tien"))
    assert saving_online(procedure(*apart), None, TODAY).cheaper_vnd is None


def test_no_shipped_procedure_promises_what_its_facts_do_not_say() -> None:
    told = {code: line for code, record in PROCEDURES.items() if (line := saving_line(record, None, date(2026, 11, 23)))}
    assert "1.004222" in told
    for code in told:
        assert any(
            fact.channel == "online" and fact.certainty == "sure" for fact in (*PROCEDURES[code].fees, *PROCEDURES[code].times)
        )
