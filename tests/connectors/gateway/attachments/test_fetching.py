"""A link in a message leads to the platform's files and nowhere else, and no host can hold or fill us."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.public_addresses import NameNotFound, is_public
from connectors.gateway.attachments.fetching import (
    ContentTooLarge,
    Fetcher,
    FetchError,
    FetchFailed,
    ForbiddenAddress,
    HostRules,
    LinkExpired,
)
from tests.connectors.gateway.attachments.file_host import (
    JPEG,
    FileHost,
    Internet,
    breaks_off,
    certificate_for,
    content,
    endless,
    not_http,
    running_file_host,
    slow_body,
    slow_headers,
    status,
)

PUBLIC = "203.162.0.181"
NAMES = ("*.zdn.vn", "lookaside.fbsbx.com")


def get(host: FileHost, path: str, **more: Any) -> bytes:
    limits: dict[str, Any] = {"max_bytes": 100_000, "seconds": 5.0}
    return Fetcher().get(host.origin + path, HostRules(NAMES, host.local), **(limits | more))


def test_a_file_is_fetched(host: FileHost) -> None:
    host.pages["/a.jpg?x=1&y=%C4%91"] = content(JPEG)
    assert get(host, "/a.jpg?x=1&y=%C4%91") == JPEG
    assert host.asked == ["/a.jpg?x=1&y=%C4%91"]


@pytest.mark.parametrize(
    ("link", "detail"),
    [
        ("http://f.zdn.vn/a", "not_https"),
        ("ftp://f.zdn.vn/a", "not_https"),
        ("file:///etc/passwd", "not_a_link"),
        ("gopher://f.zdn.vn:70/_", "not_https"),
        ("//f.zdn.vn/a", "not_https"),
        ("a.jpg", "not_a_link"),
        ("", "not_a_link"),
        ("https://", "not_a_link"),
        ("https://f.zdn.vn:8443/a", "other_port"),
        ("https://f.zdn.vn:22/a", "other_port"),
        ("https://user:pw@f.zdn.vn/a", "not_a_link"),
        ("https://f.zdn.vn@evil.example/a", "not_a_link"),
        ("https://evil.example/a", "host_not_allowed"),
        ("https://zdn.vn/a", "host_not_allowed"),
        ("https://evilzdn.vn/a", "host_not_allowed"),
        ("https://f.zdn.vn.evil.example/a", "host_not_allowed"),
        ("https://evil.example/f.zdn.vn", "host_not_allowed"),
        ("https://evil.example#.zdn.vn", "host_not_allowed"),
        ("https://evil.example\\.zdn.vn/a", "not_a_link"),
        ("https://f.zdn.vn./a", "host_not_allowed"),
        ("https://127.0.0.1/a", "host_not_allowed"),
        ("https://[::1]/a", "not_a_link"),
        ("https://2130706433/a", "host_not_allowed"),
        ("https://169.254.169.254/latest/meta-data", "host_not_allowed"),
        ("https://x.lookaside.fbsbx.com/a", "host_not_allowed"),
        ("https://f.zdn.vn/a\r\nHost: evil", "not_a_link"),
        ("https://f.zdn.vn/" + "a" * 5000, "not_a_link"),
    ],
)
def test_a_link_to_elsewhere_is_not_followed_at_all(link: str, detail: str) -> None:
    internet = Internet(9)
    asked: list[str] = []

    def addresses(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    with pytest.raises(ForbiddenAddress) as caught:
        Fetcher(addresses, network=internet).get(link, HostRules(NAMES), max_bytes=10, seconds=1)
    assert caught.value.detail == detail
    assert asked == []
    assert internet.dialled == []


@pytest.mark.parametrize("name", ["zalo.vn\\@f.zdn.vn", "F.ZDN.VN", "f.zdn.vn"])
def test_only_the_host_that_is_checked_is_resolved(name: str) -> None:
    asked: list[str] = []

    def nothing(host: str, _port: int) -> list[str]:
        asked.append(host)
        raise NameNotFound

    with pytest.raises(FetchError):
        Fetcher(nothing).get(f"https://{name}/a", HostRules(NAMES), max_bytes=10, seconds=1)
    assert set(asked) <= {"f.zdn.vn"}


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_allowed_name_that_leads_inside_is_not_dialled(address: str) -> None:
    internet = Internet(9)
    for addresses in ([address], [PUBLIC, address], [address, PUBLIC]):
        fetcher = Fetcher(lambda _host, _port, found=addresses: found, network=internet)  # type: ignore[misc]
        with pytest.raises(ForbiddenAddress, match="address_not_public"):
            fetcher.get("https://f.zdn.vn/a", HostRules(NAMES), max_bytes=10, seconds=1)
    assert internet.dialled == []


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2400:cb00::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_the_connection_goes_to_the_address_that_was_checked_and_the_certificate_is_the_names(tmp_path: Path) -> None:
    server, client = certificate_for("f.zdn.vn", tmp_path)
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    with running_file_host(server) as host:
        host.pages["/a"] = content(JPEG)
        internet = Internet(host.port)
        fetcher = Fetcher(lambda _host, _port: next(answers), client, internet)
        assert fetcher.get("https://f.zdn.vn/a", HostRules(NAMES), max_bytes=1000, seconds=5) == JPEG
    assert internet.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_of_another_name_or_of_nobody_is_not_talked_to(tmp_path: Path, trusted: bool) -> None:
    server, client = certificate_for("f.zdn.vn", tmp_path)
    with running_file_host(server) as host:
        host.pages["/a"] = content(JPEG)
        fetcher = Fetcher(lambda *_: [PUBLIC], client if trusted else None, Internet(host.port))
        name = "g.zdn.vn" if trusted else "f.zdn.vn"
        with pytest.raises(FetchFailed, match="connection_broken"):
            fetcher.get(f"https://{name}/a", HostRules(NAMES), max_bytes=1000, seconds=5)
        assert host.asked == []


def test_the_next_address_is_tried_where_the_first_is_dead(tmp_path: Path) -> None:
    server, client = certificate_for("f.zdn.vn", tmp_path)
    with running_file_host(server) as host:
        host.pages["/a"] = content(JPEG)
        internet = Internet(host.port)
        internet.unreachable = {"2400:cb00::1"}
        fetcher = Fetcher(lambda *_: ["2400:cb00::1", PUBLIC], client, internet)
        assert fetcher.get("https://f.zdn.vn/a", HostRules(NAMES), max_bytes=1000, seconds=5) == JPEG
        internet.unreachable = {"2400:cb00::1", PUBLIC}
        internet.dialled.clear()
        with pytest.raises(FetchFailed):
            fetcher.get("https://f.zdn.vn/a", HostRules(NAMES), max_bytes=1000, seconds=5)
    assert [address for address, _ in internet.dialled] == ["2400:cb00::1", PUBLIC]


def test_a_name_without_an_address_is_a_failure() -> None:
    with pytest.raises(FetchFailed, match="name_not_found"):
        Fetcher(lambda *_: []).get("https://f.zdn.vn/a", HostRules(NAMES), max_bytes=10, seconds=1)
    with pytest.raises(FetchFailed, match="name_not_found"):
        Fetcher().get("https://no-such-name.invalid/a", HostRules(("*.invalid",)), max_bytes=10, seconds=5)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_one_redirect_is_followed(host: FileHost, code: int) -> None:
    host.pages |= {"/old": status(code, Location="/new"), "/new": content(JPEG)}
    assert get(host, "/old") == JPEG
    assert host.asked == ["/old", "/new"]


def test_a_second_redirect_is_not(host: FileHost) -> None:
    host.pages |= {"/1": status(302, Location="/2"), "/2": status(302, Location="/3"), "/3": content(JPEG)}
    with pytest.raises(ForbiddenAddress, match="too_many_redirects"):
        get(host, "/1")
    assert host.asked == ["/1", "/2"]


def test_a_redirect_is_checked_like_a_link(host: FileHost) -> None:
    with running_file_host() as inside:
        inside.pages["/secret"] = content(b"secret")
        targets = [
            f"{inside.origin}/secret",
            "http://169.254.169.254/",
            "https://evil.example/",
            "file:///etc/passwd",
            "//evil/",
            "http://[",
            "",
        ]
        for target in targets:
            host.pages["/old"] = status(302, Location=target)
            with pytest.raises((ForbiddenAddress, FetchFailed)):
                get(host, "/old")
        assert inside.asked == []


@pytest.mark.parametrize(("code", "error"), [(401, LinkExpired), (403, LinkExpired), (404, LinkExpired), (410, LinkExpired),
                                             (204, FetchFailed), (206, FetchFailed), (304, FetchFailed), (429, FetchFailed),
                                             (500, FetchFailed), (503, FetchFailed)])  # fmt: skip
def test_a_refusal_has_a_name(host: FileHost, code: int, error: type[FetchError]) -> None:
    host.pages["/a"] = status(code)
    with pytest.raises(error) as caught:
        get(host, "/a")
    assert caught.value.detail == f"http_{code}"


def test_an_endless_body_is_cut_off(host: FileHost) -> None:
    host.pages["/a"] = endless
    with pytest.raises(ContentTooLarge):
        get(host, "/a")


def test_a_body_that_says_it_is_huge_is_not_read(host: FileHost) -> None:
    host.pages["/a"] = content(b"x", Content_Length="99999999999999999999")
    with pytest.raises(ContentTooLarge, match="declared"):
        get(host, "/a")


def test_a_body_as_large_as_allowed_is_taken_and_one_byte_more_is_not(host: FileHost) -> None:
    host.pages["/a"] = content(b"x" * 1000)
    assert len(get(host, "/a", max_bytes=1000)) == 1000
    with pytest.raises(ContentTooLarge):
        get(host, "/a", max_bytes=999)


@pytest.mark.parametrize("behaviour", [slow_body, slow_headers])
def test_a_host_that_sends_a_byte_now_and_then_does_not_hold_us(host: FileHost, behaviour: Any) -> None:
    host.pages["/a"] = behaviour
    begun = time.monotonic()
    with pytest.raises(FetchFailed, match="out_of_time"):
        get(host, "/a", seconds=0.5)
    assert time.monotonic() - begun < 20  # the host would go on for 500 seconds


@pytest.mark.parametrize("behaviour", [breaks_off, not_http])
def test_a_broken_answer_is_a_failure(host: FileHost, behaviour: Any) -> None:
    host.pages["/a"] = behaviour
    with pytest.raises(FetchFailed, match="connection_broken"):
        get(host, "/a")


def test_a_packed_body_stays_packed(host: FileHost) -> None:
    host.pages["/a"] = content(b"\x1f\x8bpacked", Content_Encoding="gzip")
    assert get(host, "/a") == b"\x1f\x8bpacked"


def test_no_error_shows_the_link(host: FileHost) -> None:
    host.pages["/bot1:token"] = breaks_off
    for path in ("/bot1:token", "/none-bot1:token"):
        with pytest.raises(FetchError) as caught:
            get(host, path)
        assert "token" not in repr(caught.value)


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z.@:\\/0-9\[\]-]{0,40}", fullmatch=True))
def test_any_link_is_an_error_with_a_name(link: str) -> None:
    with pytest.raises(FetchError):
        Fetcher(lambda *_: ["127.0.0.1"], network=Internet(9)).get(link, HostRules(NAMES), max_bytes=10, seconds=1)
