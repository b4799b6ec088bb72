"""``/.well-known/security.txt``: there only while it is true."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.settings import Settings
from connectors.gateway.app import create_app
from connectors.gateway.security_contact import SecurityContactError, contacts_of
from tests.connectors.harness import settings_for
from tests.moving_clock import MovingClock

PATH = "/.well-known/security.txt"


def answer(clock: MovingClock, **settings: Any) -> tuple[int, str]:
    made: Settings = settings_for("sqlite://", 1, **settings)
    found = TestClient(create_app(made, clock=clock)).get(PATH)
    return found.status_code, found.text


def test_it_names_whom_to_tell_until_its_last_day() -> None:
    clock = MovingClock()
    until = date(clock().year + 1, 6, 30)
    status, text = answer(
        clock, security_contact="an-toan@bacninh.gov.vn, https://bacninh.gov.vn/bao-loi", security_contact_until=until,
        public_url="https://tro-ly.bacninh.gov.vn",
    )  # fmt: skip
    assert status == 200
    assert text.splitlines() == [
        "Contact: mailto:an-toan@bacninh.gov.vn",
        "Contact: https://bacninh.gov.vn/bao-loi",
        f"Expires: {until.year}-06-30T16:59:59Z",
        "Preferred-Languages: vi, en",
        "Canonical: https://tro-ly.bacninh.gov.vn/.well-known/security.txt",
    ]


def test_without_a_contact_or_after_its_day_there_is_no_page() -> None:
    clock = MovingClock()
    past = date(clock().year - 1, 1, 1)
    assert answer(clock)[0] == 404
    assert answer(clock, security_contact="a@b.vn")[0] == 404
    assert answer(clock, security_contact="a@b.vn", security_contact_until=past)[0] == 404


@pytest.mark.parametrize(
    "told", ["http://plain.vn", "a@b@c", "mailto:x", "a@b.vn\nContact: mailto:evil@x.vn", "javascript:alert(1)"]
)
def test_what_is_no_contact_stops_the_start(told: str) -> None:
    with pytest.raises(SecurityContactError, match="SECURITY_CONTACT"):
        contacts_of(told)
