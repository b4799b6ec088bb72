"""Only Zalo's own requests pass, whichever reading of its documentation it follows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zalo.signature import SignatureMatch, matching_signature
from tests.connectors.zalo.recorded import IDS, OA_SECRET, as_sent, event, mac, recorded

RAW = recorded("user_send_text")
# Computed apart from all code of ours, for this body.
VECTOR = "04894e8edbc7120a360c94b63b5f2e53def93b1b2bb2c8858714b35083a99233"


def check(raw: bytes, signature: str | None, timestamp: str | None = None, secret: str = OA_SECRET) -> SignatureMatch | None:
    headers = {} if signature is None else {"x-zevent-signature": signature}
    if timestamp is not None:
        headers["x-zevent-timestamp"] = timestamp
    return matching_signature(headers, raw, IDS.app_id, secret)


def test_the_documented_form_passes() -> None:
    assert check(RAW, f"mac={VECTOR}") == SignatureMatch("body", prefixed=True)


def test_the_form_without_prefix_passes_and_is_told_apart() -> None:
    assert check(RAW, VECTOR) == SignatureMatch("body", prefixed=False)


@pytest.mark.parametrize("signature", [f"MAC={VECTOR.upper()}", f"  mac={VECTOR}  ", VECTOR.upper()])
def test_case_and_space_do_not_matter(signature: str) -> None:
    assert check(RAW, signature) is not None


def test_the_timestamp_of_the_header_passes_and_is_told_apart() -> None:
    assert check(RAW, f"mac={mac(RAW, '1700000009999')}", "1700000009999") == SignatureMatch("header", prefixed=True)


def test_a_numeric_timestamp_is_signed_by_its_digits() -> None:
    raw = recorded("user_send_text_numeric_timestamp")
    assert check(raw, f"mac={mac(raw, '1700000000123')}") == SignatureMatch("body", prefixed=True)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "mac=",
        "mac=" + "0" * 64,
        VECTOR[:-1],
        VECTOR + "0",
        f"sha256={VECTOR}",
        "mac=" + "à" * 64,
        f"mac={VECTOR},{VECTOR}",
    ],
)
def test_anything_else_fails(signature: str | None) -> None:
    assert check(RAW, signature) is None


def test_the_same_event_written_anew_fails() -> None:
    rewritten = json.dumps(json.loads(RAW)).encode()
    assert rewritten != RAW
    assert check(rewritten, f"mac={VECTOR}") is None


def test_another_secret_and_a_changed_word_fail() -> None:
    assert check(RAW, f"mac={VECTOR}", secret="another") is None
    assert check(RAW.replace(b"khai sinh", "khai tử".encode()), f"mac={VECTOR}") is None


def test_a_body_without_timestamp_passes_only_by_the_headers() -> None:
    body = event("user_send_text")
    del body["timestamp"]
    raw = as_sent(body)
    assert check(raw, f"mac={mac(raw, '')}") is None
    assert check(raw, f"mac={mac(raw, '5')}", "5") == SignatureMatch("header", prefixed=True)


@given(st.binary(max_size=200), st.text(max_size=90), st.none() | st.text(max_size=20))
def test_no_request_passes_by_chance_or_breaks_the_check(raw: bytes, signature: str, timestamp: str | None) -> None:
    assert check(raw, signature, timestamp) is None
