"""Network addresses become keyed hashes, one for each subscriber."""

import re

import pytest

from connectors.webchat.addresses import AddressHashes

HASHES = AddressHashes("a-secret-of-the-web-chat")


def test_an_address_is_known_again_and_cannot_be_read() -> None:
    assert HASHES.of("203.0.113.7") == HASHES.of("203.0.113.7") != HASHES.of("203.0.113.8")
    assert re.fullmatch(r"[0-9a-f]{32}", HASHES.of("203.0.113.7"))
    assert AddressHashes("another").of("203.0.113.7") != HASHES.of("203.0.113.7")


def test_an_ipv6_subscriber_is_one_whatever_address_they_take() -> None:
    assert HASHES.of("2001:db8:1:2::1") == HASHES.of("2001:db8:1:2:ffff:1:2:3") != HASHES.of("2001:db8:1:3::1")
    assert HASHES.of("::ffff:203.0.113.7") == HASHES.of("203.0.113.7")
    assert HASHES.of("fe80::1%eth0") == HASHES.of("fe80::2")


@pytest.mark.parametrize("odd", ["", "unknown", "not an address", "\ud800", "1" * 100_000, "203.0.113.7, 10.0.0.1"])
def test_whatever_stands_in_its_place_is_hashed_too(odd: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", HASHES.of(odd))
