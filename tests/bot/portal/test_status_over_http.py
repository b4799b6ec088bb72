"""The whole look-up as the action server runs it: settings → service → HTTP → simulator → words."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.dossiers.assembly import DossierLookup, assemble_dossier_lookup
from bot.dossiers.lookup import Found, LockedOut, NotFoundOrWrongFactor, PortalAway, vietnam_now
from bot.dossiers.rendering import render_status
from bot.portal.records import LookupFactor
from bot.settings import Settings


@pytest.fixture
def desk(portal: Any) -> Iterator[DossierLookup]:
    settings = Settings(
        portal_url=portal.url,
        portal_client_secret="a-client-secret-for-tests",
        engine_secret="e",
        ledger_key="l",
        web_session_secret="w",
    )
    made = assemble_dossier_lookup(settings)
    yield made
    made.close()


def test_every_demo_dossier_is_told_without_personal_data(portal: Any, desk: DossierLookup) -> None:
    for name, demo in portal.by_counter.items():
        outcome = desk.service.check(demo.code, LookupFactor(demo.lookup_code), name)
        assert isinstance(outcome, Found), name
        text = "\n".join(message.text for message in render_status(outcome, None, vietnam_now()))
        assert f"***{demo.code[-4:]}" in text
        assert demo.code not in text
        assert "Mẫu Thử" not in text
        assert "Theo Cổng dịch vụ công" in text


def test_the_status_is_told_through_lgsp_too(portal: Any) -> None:
    settings = Settings(
        portal_adapter="lgsp",
        portal_lgsp_url=f"{portal.url}/lgsp",
        portal_lgsp_password="an-lgsp-password-for-tests",
        engine_secret="e",
        ledger_key="l",
        web_session_secret="w",
    )
    desk, demo = assemble_dossier_lookup(settings), portal.by_counter["H05.0016"]
    outcome = desk.service.check(demo.code, LookupFactor(demo.lookup_code.lower()), "citizen")
    assert isinstance(outcome, Found)
    text = "\n".join(message.text for message in render_status(outcome, None, vietnam_now()))
    assert "Theo Cổng dịch vụ công Quốc gia" in text
    assert "xin kiểm tra với nơi nộp" in text
    assert desk.service.check(demo.code, LookupFactor("ZZZ9"), "citizen") == NotFoundOrWrongFactor()
    desk.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("H05.0011", "xin lỗi Ông/Bà"),
        ("H05.0012", "Cổng không ghi ngày hẹn trả"),
        ("H05.0013", "lần thứ 2"),
        ("H05.0015", "trạng thái chưa xác định (mã 11)"),
        ("H05.0016", "xin kiểm tra với nơi nộp"),
        ("H05.0017", "đã lâu chưa được cập nhật"),
        ("H05.0018", "giải quyết sau ngày hẹn trả"),
    ],
)
def test_traps_are_told_as_they_are(portal: Any, desk: DossierLookup, name: str, words: str) -> None:
    demo = portal.by_counter[name]
    outcome = desk.service.check(demo.code, LookupFactor(demo.lookup_code), name)
    assert words in "\n".join(message.text for message in render_status(outcome, None, vietnam_now()))


def test_guessing_ends_in_a_lock_out(portal: Any, desk: DossierLookup) -> None:
    demo = portal.by_counter["H05.0001"]
    outcomes = [desk.service.check(demo.code, LookupFactor(f"ZZ{n}9"), "guesser") for n in range(6)]
    assert outcomes[:5] == [NotFoundOrWrongFactor()] * 5
    assert isinstance(outcomes[5], LockedOut)
    assert isinstance(desk.service.check(demo.code, LookupFactor(demo.lookup_code), "neighbour"), LockedOut), (
        "the portal guards the dossier"
    )


def test_breaker_opens_when_the_portal_stays_away(portal: Any, desk: DossierLookup) -> None:
    demo = portal.by_counter["H05.0001"]
    portal.fault("http_500")
    for _ in range(6):
        assert desk.service.check(demo.code, LookupFactor(demo.lookup_code), "citizen") == PortalAway(None)
    assert desk.breaker.state == "open"
