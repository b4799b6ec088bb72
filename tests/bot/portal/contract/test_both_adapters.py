"""What both adapters promise, against the simulator over HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.portal.errors import ContractChanged, CredentialsRefused, Declined, NotFound, NotOffered, Unavailable
from bot.portal.gateway import OPERATIONS, PortalGateway
from bot.portal.records import LookupFactor

SECRET_WORDS = ("Mẫu Thử", "000000000001", "0000121", "Giấy tờ 1", "12 Đường")


@pytest.fixture(params=["http", "lgsp"])
def adapter(request: pytest.FixtureRequest, portal: Any) -> PortalGateway:
    client: PortalGateway = portal.client() if request.param == "http" else portal.lgsp_client()
    return client


def looked_up(adapter: PortalGateway, portal: Any, name: str) -> Any:
    demo = portal.by_counter[name]
    return adapter.lookup_dossier(demo.code, LookupFactor(demo.lookup_code), on_behalf_of=name)


def test_every_demo_dossier_is_read_without_personal_data(adapter: PortalGateway, portal: Any) -> None:
    for name, demo in portal.by_counter.items():
        dossier = looked_up(adapter, portal, name)
        assert dossier.dossier_code == demo.code
        assert dossier.status_code == str(portal.control(f"dossiers/{demo.code}")["TrangThaiHoSo"])
        assert not [word for word in SECRET_WORDS if word in str(dossier) + repr(dossier)]


def test_the_trap_dossiers_are_read_as_they_are(adapter: PortalGateway, portal: Any) -> None:
    assert looked_up(adapter, portal, "H05.0012").due_at is None
    assert looked_up(adapter, portal, "H05.0014").received_at.at is None
    assert looked_up(adapter, portal, "H05.0014").current_unit == "Trung tâm Phục vụ hành chính công phường Kinh Bắc"
    assert looked_up(adapter, portal, "H05.0015").status_code == "11"
    assert looked_up(adapter, portal, "H05.0018").result_place is None
    assert [round_.item_count for round_ in looked_up(adapter, portal, "H05.0013").supplement_requests] == [3, 1]
    assert looked_up(adapter, portal, "H02.0001").status_code == "2"


def test_unknown_code_wrong_factor_and_another_prefix_are_one_refusal(adapter: PortalGateway, portal: Any) -> None:
    demo, twin = portal.by_counter["H05.0001"], portal.by_counter["H02.0001"]
    tried = [
        ("H05.12.3-260101-9999", LookupFactor("7K2M")),
        (demo.code, LookupFactor("ZZZ9")),
        (demo.code, LookupFactor("7K2M", "identity_proof")),
        (twin.code, LookupFactor(demo.lookup_code)),
    ]
    said = set()
    for code, factor in tried:
        with pytest.raises(NotFound) as refused:
            adapter.lookup_dossier(code, factor, on_behalf_of="guesser")
        said.add((type(refused.value), str(refused.value)))
    assert len(said) == 1


@pytest.mark.parametrize("mode", ["html_503", "http_500"])
def test_a_failing_portal_is_unavailable(adapter: PortalGateway, portal: Any, mode: str) -> None:
    portal.fault(mode)
    with pytest.raises(Unavailable):
        looked_up(adapter, portal, "H05.0001")


def test_wrong_json_is_a_changed_contract(adapter: PortalGateway, portal: Any) -> None:
    portal.fault("wrong_json")
    with pytest.raises(ContractChanged):
        looked_up(adapter, portal, "H05.0001")


def test_one_503_as_html_is_tried_again(adapter: PortalGateway, portal: Any) -> None:
    portal.fault("html_503", count=1)
    assert looked_up(adapter, portal, "H05.0001").status_code == "4"


@pytest.mark.parametrize("make", ["client", "lgsp_client"])
def test_a_portal_that_is_too_slow_is_unavailable(portal: Any, make: str) -> None:
    portal.fault("timeout", seconds=5)
    with pytest.raises(Unavailable):
        looked_up(getattr(portal, make)(total_seconds=0.5), portal, "H05.0001")


def test_an_expired_token_or_session_is_renewed_unnoticed(adapter: PortalGateway, portal: Any) -> None:
    assert looked_up(adapter, portal, "H05.0001").status_code == "4"
    portal.fault("expired_token", count=1)
    assert looked_up(adapter, portal, "H05.0001").status_code == "4"
    portal.control("tokens/expire", {})
    assert looked_up(adapter, portal, "H05.0001").status_code == "4"


def test_a_portal_that_forgets_every_token_is_for_the_operator(adapter: PortalGateway, portal: Any) -> None:
    portal.fault("expired_token")
    with pytest.raises(CredentialsRefused):
        looked_up(adapter, portal, "H05.0001")


@pytest.mark.parametrize("make", [lambda p: p.client(secret="wrong"), lambda p: p.lgsp_client(password="wrong")])
def test_wrong_credentials_are_for_the_operator(portal: Any, make: Callable[[Any], PortalGateway]) -> None:
    with pytest.raises(CredentialsRefused):
        looked_up(make(portal), portal, "H05.0001")


def test_flattened_statuses_come_as_9_of_the_national_source(adapter: PortalGateway, portal: Any) -> None:
    portal.fault("flattened_9")
    for name in ("H05.0005", "H05.0006", "H05.0008"):
        dossier = looked_up(adapter, portal, name)
        assert (dossier.source_system, dossier.status_code) == ("national", "9")


def test_a_missing_due_date_is_none_and_a_day_gets_no_time(adapter: PortalGateway, portal: Any) -> None:
    portal.fault("missing_dates", count=1)
    assert looked_up(adapter, portal, "H05.0001").due_at is None
    portal.fault("date_only", count=1)
    due = looked_up(adapter, portal, "H05.0001").due_at
    assert due is not None
    assert due.at is None


def test_two_supplement_rounds_stand_in_order(adapter: PortalGateway, portal: Any) -> None:
    portal.fault("two_supplements", count=1)
    first, second = looked_up(adapter, portal, "H05.0001").supplement_requests
    assert first.answered_at is not None
    assert second.answered_at is None


def test_decomposed_names_arrive_composed(adapter: PortalGateway, portal: Any) -> None:
    portal.fault("nfd", count=1)
    assert looked_up(adapter, portal, "H05.0001").procedure_name == "Thủ tục đăng ký khai sinh"


def test_of_two_dossiers_with_one_number_only_the_one_asked_for_is_told(portal: Any) -> None:
    portal.fault("duplicate_codes")
    demo = portal.by_counter["H05.0001"]
    told = portal.lgsp_client().lookup_dossier(demo.code, LookupFactor(demo.lookup_code))
    assert (told.dossier_code, told.status_code) == (demo.code, "4")
    with pytest.raises(ContractChanged):
        portal.client().lookup_dossier(demo.code, LookupFactor(demo.lookup_code))


def test_fees_are_told_by_channel(adapter: PortalGateway) -> None:
    fees = adapter.procedure_fees("1.004222")
    counter, online = fees.terms("counter"), fees.terms("online")
    assert counter is not None
    assert online is not None
    assert (counter.total_fee, online.total_fee) == (20_000, 10_000)
    assert (counter.times[0].length, counter.times[0].unit) == (7, "working_day")
    assert fees.terms("post") is None


def test_what_the_source_does_not_state_is_not_made_up(adapter: PortalGateway) -> None:
    online = adapter.procedure_fees("1.010833").terms("online")
    assert online is not None
    assert (online.total_fee, online.times[0].length, online.times[0].unit) == (None, None, None)
    free = adapter.procedure_fees("1.001193").terms("online")
    assert free is not None
    assert free.total_fee == 0


def test_unknown_procedure_is_declined(adapter: PortalGateway) -> None:
    with pytest.raises(Declined) as declined:
        adapter.procedure_fees("0.000000")
    assert declined.value.reason == "procedure-not-found"


def test_many_threads_share_one_adapter(adapter: PortalGateway, portal: Any) -> None:
    demo = portal.by_counter["H05.0001"]

    def one(number: int) -> str:
        return adapter.lookup_dossier(demo.code, LookupFactor(demo.lookup_code), on_behalf_of=f"person-{number}").status_code

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(one, range(40))) == {"4"}


def test_what_lgsp_does_not_offer_it_says_by_name(portal: Any) -> None:
    lgsp, factor = portal.lgsp_client(), LookupFactor("7K2M")
    calls: dict[str, Callable[[], Any]] = {
        "request_one_time_code": lambda: lgsp.request_one_time_code("x", "1234"),
        "confirm_one_time_code": lambda: lgsp.confirm_one_time_code("x", "1"),
        "identity_link": lambda: lgsp.identity_link("k"),
        "identity_proof": lambda: lgsp.identity_proof("x"),
        "create_draft": lambda: lgsp.create_draft("k", "1.001193", None, {}, []),
        "attach_file": lambda: lgsp.attach_file("d", "k", None),
        "payment_link": lambda: lgsp.payment_link("d"),
        "hand_over_link": lambda: lgsp.hand_over_link("d"),
        "draft_state": lambda: lgsp.draft_state("d"),
        "withdraw": lambda: lgsp.withdraw("x", factor, "r", "k"),
        "supplement_details": lambda: lgsp.supplement_details("x", factor),
        "answer_supplement": lambda: lgsp.answer_supplement("x", factor, "r", "k", []),
        "watch": lambda: lgsp.watch("x", factor, "r"),
        "unwatch": lambda: lgsp.unwatch("r"),
        "changes_since": lambda: lgsp.changes_since(None),
        "dossier_records": lambda: lgsp.dossier_records(None),
        "invite_to_survey": lambda: lgsp.invite_to_survey(None, [], "k"),
    }
    assert lgsp.offered | set(calls) == OPERATIONS == portal.client().offered
    assert not lgsp.offered & set(calls)
    for name, call in calls.items():
        with pytest.raises(NotOffered) as refused:
            call()
        assert refused.value.operation == name
