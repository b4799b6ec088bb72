"""Signatures against fixed vectors."""

import hashlib
import hmac

from simulators.messenger.signatures import appsecret_proof, signature_headers, webhook_body
from simulators.messenger.webhook_events import entry, envelope, from_person, message

SECRET = "APP_SECRET_FOR_TESTS"
BODY = (
    rb'{"object":"page","entry":[{"id":"PAGE1","time":1700000000123,"messaging":[{"sender":{"id":"PSID1"},'
    rb'"recipient":{"id":"PAGE1"},"timestamp":1700000000100,"message":{"mid":"m_1","text":"Xin ch\u00e0o"}}]}]}'
)
MAC = "2cfbd82c8d5098a7ef4baf5909d87ed899928bf0c8c774804d998dda26a1c813"


def test_body_and_mac_of_the_fixed_vector() -> None:
    event = from_person("PAGE1", "PSID1", 1700000000100, message("m_1", text="Xin chào"))
    assert webhook_body(envelope([entry("PAGE1", 1700000000123, "messaging", [event])])) == BODY
    assert signature_headers(SECRET, BODY)["X-Hub-Signature-256"] == f"sha256={MAC}"


def test_the_legacy_header_is_sha1_of_the_same_bytes() -> None:
    assert signature_headers(SECRET, BODY)["X-Hub-Signature"] == "sha1=" + hmac.new(SECRET.encode(), BODY, "sha1").hexdigest()


def test_a_body_written_again_with_its_letters_has_another_mac() -> None:
    written_again = BODY.decode("unicode_escape").encode()
    assert hmac.new(SECRET.encode(), written_again, hashlib.sha256).hexdigest() != MAC


def test_everything_outside_ascii_is_escaped_in_lower_case() -> None:
    assert webhook_body({"text": "Đ 😀 a/b"}) == b'{"text":"\\u0110 \\ud83d\\ude00 a\\/b"}'


def test_appsecret_proof_of_the_fixed_vector() -> None:
    assert appsecret_proof(SECRET, "PAGE_TOKEN") == "1366fad5f1f340abfb9dbb1190a41aad64bbff1e9c907b50dc1ae444e585286c"
