"""Facebook's signature over a webhook, and our proof over a call."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.facebook.signature import appsecret_proof, is_same_word, is_signed, webhook_signature

SECRET = "APP_SECRET_FOR_TESTS"
BODY = (
    rb'{"object":"page","entry":[{"id":"PAGE1","time":1700000000123,"messaging":[{"sender":{"id":"PSID1"},"recipient":'
    rb'{"id":"PAGE1"},"timestamp":1700000000100,"message":{"mid":"m_1","text":"Xin ch\u00e0o"}}]}]}'
)
SIGNATURE = "sha256=2cfbd82c8d5098a7ef4baf5909d87ed899928bf0c8c774804d998dda26a1c813"


def test_the_known_signature_is_right() -> None:
    assert is_signed(BODY, SIGNATURE, SECRET)


def test_the_digits_may_be_of_either_case() -> None:
    assert is_signed(BODY, "sha256=" + SIGNATURE.removeprefix("sha256=").upper(), SECRET)


def test_the_signature_covers_the_bytes_as_they_came() -> None:
    assert not is_signed(json.dumps(json.loads(BODY), ensure_ascii=False, separators=(",", ":")).encode(), SIGNATURE, SECRET)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        SIGNATURE.removeprefix("sha256="),
        SIGNATURE.replace("sha256", "SHA256"),
        SIGNATURE.replace("sha256", "sha1"),
        "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest(),
        "md5=" + hmac.new(SECRET.encode(), BODY, hashlib.md5).hexdigest(),
        SIGNATURE[:-1] + "4",
        SIGNATURE + "0",
        SIGNATURE + " ",
        "sha256=" + "é" * 64,
        "foo=00",
    ],
)
def test_any_other_signature_is_wrong(header: str | None) -> None:
    assert not is_signed(BODY, header, SECRET)


@given(st.binary(max_size=50), st.text(max_size=80))
def test_no_header_is_an_error(body: bytes, header: str) -> None:
    assert is_signed(body, header, SECRET) == (header.lower() == webhook_signature(body, SECRET) and header[:7] == "sha256=")


def test_another_secret_signs_otherwise() -> None:
    assert not is_signed(BODY, SIGNATURE, SECRET + "x")


def test_the_proof_of_a_call_is_the_known_one() -> None:
    assert appsecret_proof("PAGE_TOKEN", SECRET) == "1366fad5f1f340abfb9dbb1190a41aad64bbff1e9c907b50dc1ae444e585286c"


@pytest.mark.parametrize(("given", "same"), [("word", True), ("Word", False), ("", False), (None, False), ("từ\ud800", False)])
def test_the_verify_token_is_compared_whole(given: str | None, same: bool) -> None:
    assert is_same_word(given, "word") is same


def test_an_empty_verify_token_lets_nobody_in() -> None:
    assert not is_same_word("", "")
