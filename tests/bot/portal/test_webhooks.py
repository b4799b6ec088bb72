"""Only what the portal signed a moment ago is an event."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.portal.errors import ContractChanged, PortalError, WebhookRefused
from bot.portal.webhooks import MAX_EVENT_BYTES, PortalWebhooks

NOW = 1_790_000_000
BODY = json.dumps({"type": "test.event", "timestamp": "2026-11-26T08:00:00+07:00", "data": {}}).encode()


def signed(body: bytes = BODY, secret: bytes = b"right", event_id: str = "evt_1", at: int | str = NOW) -> dict[str, str]:
    mac = hmac.new(secret, f"{event_id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(mac).decode()
    return {"Webhook-Id": event_id, "Webhook-Timestamp": str(at), "Webhook-Signature": signature}


def checks(*secrets: str) -> PortalWebhooks:
    return PortalWebhooks(secrets or ("right",), clock=lambda: NOW)


def test_a_signed_event_is_read_and_an_unknown_type_is_left_to_be_ignored() -> None:
    event = checks().verified(signed(), BODY)
    assert (event.event_id, event.type, event.change, event.draft) == ("evt_1", "test.event", None, None)


def test_the_published_example_of_the_scheme_is_accepted() -> None:
    body = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    known = PortalWebhooks(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], clock=lambda: 1614265330)
    with pytest.raises(ContractChanged):  # rightly signed, and no event of ours
        known.verified(headers, body)


def test_both_secrets_count_while_one_is_exchanged() -> None:
    for secret in (b"old", b"new"):
        assert checks("old", "new").verified(signed(secret=secret), BODY)


def test_one_fitting_signature_of_several_is_enough() -> None:
    headers = signed()
    headers["Webhook-Signature"] = "v1,AAAA v2,BBBB " + headers["Webhook-Signature"]
    assert checks().verified(headers, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        signed(secret=b"wrong"),
        signed() | {"Webhook-Id": "evt_2"},
        signed() | {"Webhook-Timestamp": str(NOW + 1)},
        signed() | {"Webhook-Signature": ""},
        signed() | {"Webhook-Signature": "v1,"},
        signed() | {"Webhook-Signature": "v1,ư\udcff"},
        signed() | {"Webhook-Signature": signed()["Webhook-Signature"].replace("v1,", "")},
        signed(body=BODY + b" "),
    ],
)
def test_whatever_is_not_signed_as_a_whole_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused, match="signature"):
        checks().verified(headers, BODY)


@pytest.mark.parametrize("at", [NOW - 301, NOW + 301])
def test_outside_the_window_is_refused(at: int) -> None:
    with pytest.raises(WebhookRefused, match="window"):
        checks().verified(signed(at=at), BODY)


@pytest.mark.parametrize("at", [NOW - 300, NOW + 300])
def test_at_the_edge_of_the_window_is_accepted(at: int) -> None:
    assert checks().verified(signed(at=at), BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(at="soon"),
        signed(at="-5"),
        signed(at="９"),
        signed(event_id=""),
        signed(event_id="a b"),
        signed(event_id="x" * 65),
    ],
)
def test_malformed_headers_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused, match="malformed"):
        checks().verified(headers, BODY)


def test_a_huge_body_is_refused_before_it_is_hashed() -> None:
    body = b" " * (MAX_EVENT_BYTES + 1)
    with pytest.raises(WebhookRefused, match="malformed"):
        checks().verified(signed(body), body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b"\xff", b'{"type": "draft.changed"}', b'{"type": 5}'])
def test_signed_nonsense_is_a_changed_contract(body: bytes) -> None:
    with pytest.raises(ContractChanged):
        checks().verified(signed(body), body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_signed_data_raises_anything_but_our_errors(data: Any) -> None:
    for kind in ("dossier.changed", "draft.changed"):
        body = json.dumps({"type": kind, "timestamp": "2026-11-26T08:00:00+07:00", "data": data}).encode()
        with pytest.raises(PortalError):
            checks().verified(signed(body), body)


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_not base64"]])
def test_unusable_secrets_stop_the_start(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="portal_webhook_secret"):
        PortalWebhooks(secrets)
