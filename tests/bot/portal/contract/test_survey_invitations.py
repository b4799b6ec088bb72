"""Invitations over HTTP, against the simulator: once for each dossier, whatever is repeated."""

from datetime import date
from typing import Any

import pytest

from bot.portal.errors import ContractChanged, Declined, OutcomeUnknown
from bot.portal.http_portal import HttpPortal
from bot.portal.invitations import InvitationOrder, SurveyInvitation, invitations_body, parse_invitation_results
from bot.portal.oauth import ClientCredentials
from tests.bot.portal.conftest import SECRET

ORDER = InvitationOrder("7", 6, date(2026, 12, 31))


def some(*records: str, suffix: str = "a") -> list[SurveyInvitation]:
    return [SurveyInvitation(record, f"https://bot.example/khao-sat/{record}-{suffix}") for record in records]


def sent(portal: Any) -> dict[str, str]:
    return {one["record_id"]: one["link"] for one in portal.control("survey-invitations")}


def test_each_is_told_what_became_of_it(portal: Any) -> None:
    portal.control("survey-invitations/refuse", {"record_id": "r2", "reason": "declined"})
    first, second = portal.client().invite_to_survey(ORDER, some("r1", "r2"), "k1")
    assert (first.record_id, first.outcome, first.reason) == ("r1", "accepted", None)
    assert (second.record_id, second.outcome, second.reason) == ("r2", "refused", "declined")
    assert list(sent(portal)) == ["r1"]


def test_the_same_key_sends_nothing_twice_and_another_key_no_second_link(portal: Any) -> None:
    portal.client().invite_to_survey(ORDER, some("r1", "r2"), "k1")
    again = portal.client().invite_to_survey(ORDER, some("r1", "r2"), "k1")
    assert {one.outcome for one in again} == {"accepted"}
    later = portal.client().invite_to_survey(ORDER, some("r2", "r3", suffix="b"), "k2")
    assert [one.outcome for one in later] == ["already_invited", "accepted"]
    assert sent(portal) == {one.record_id: one.link for one in [*some("r1", "r2"), *some("r3", suffix="b")]}


def test_a_lost_answer_is_unknown_and_the_invitations_went_out(portal: Any) -> None:
    portal.fault("accept_then_timeout", count=2, seconds=0.2)
    short = HttpPortal(portal.url, ClientCredentials("motcua", SECRET), transfer_seconds=0.5)
    portal.clients.append(short)
    with pytest.raises(OutcomeUnknown):
        short.invite_to_survey(ORDER, some("r1"), "k1")
    assert list(sent(portal)) == ["r1"]
    portal.control("reset", {})
    assert portal.client().invite_to_survey(ORDER, some("r1", suffix="new"), "k9")[0].outcome == "already_invited"


def test_two_hundred_go_in_one_call_and_one_key_is_for_one_request(portal: Any) -> None:
    many = some(*(f"record-{number:06}" for number in range(200)))
    assert len(portal.client().invite_to_survey(ORDER, many, "k1")) == 200
    with pytest.raises(Declined):
        portal.client().invite_to_survey(ORDER, some("other"), "k1")


@pytest.mark.parametrize("wrong", [[], some("a", "a"), some(*map(str, range(201)))])
def test_a_callers_mistake_is_not_sent(wrong: list[SurveyInvitation]) -> None:
    with pytest.raises(ValueError, match="invitations"):
        invitations_body(ORDER, wrong)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"results": [{"record_id": "r1", "outcome": "sent", "reason": None}]},
        {"results": [{"record_id": "r1", "outcome": "refused", "reason": None}]},
        {"results": [{"record_id": "r1", "outcome": "accepted", "reason": "declined"}]},
        {"results": [{"record_id": "r2", "outcome": "accepted", "reason": None}]},
        {"results": [{"record_id": "r1", "outcome": "accepted", "reason": None}] * 2},
    ],
)
def test_an_answer_that_the_contract_does_not_describe_is_refused(answer: object) -> None:
    with pytest.raises(ContractChanged):
        parse_invitation_results(answer, some("r1"))


def test_neither_link_nor_record_is_in_what_logs_may_show() -> None:
    shown = repr(some("secret-record")[0])
    assert "secret-record" not in shown
