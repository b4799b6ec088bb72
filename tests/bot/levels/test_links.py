"""Looking at official links: what counts is what the page shows, and nobody leads the look anywhere else."""

import pytest

from bot.levels.links import LinkChecker, LookLimits
from bot.levels.outcomes import LinkFinding
from tests.bot.levels.conftest import CODE, NAME, Site

CHECKER = LinkChecker(frozenset({"dichvucong.gov.vn"}), allow_loopback=True, limits=LookLimits(max_bytes=300_000))


def look(site: Site, path: str, checker: LinkChecker = CHECKER) -> LinkFinding:
    return checker.look(site.url(path), CODE, ("Thủ tục đăng ký khai sinh", NAME))


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/thu-tuc/code", "ok"),
        ("/thu-tuc/name", "ok"),
        ("/thu-tuc/decomposed", "ok"),
        ("/to-page", "ok"),
        ("/packed", "ok"),
        ("/windows", "ok"),
        ("/thu-tuc/with-login-box", "ok"),
        ("/thu-tuc/gone-long", "ok"),
        ("/thu-tuc/other", "other_content"),
        ("/thu-tuc/in-script", "other_content"),
        ("/thu-tuc/shell", "script_only"),
        ("/thu-tuc/gone", "not_found_page"),
        ("/thu-tuc/gone-title", "not_found_page"),
        ("/thu-tuc/gone-english", "not_found_page"),
        ("/sso/in", "login_page"),
        ("/thu-tuc/locked", "login_page"),
        ("/to-home", "home_page"),
        ("/trang-chu.html", "home_page"),
        ("/", "home_page"),
        ("/loop-a", "redirect_loop"),
        ("/hop/1", "redirect_loop"),
        ("/to-private", "redirect_forbidden"),
        ("/to-metadata", "redirect_forbidden"),
        ("/to-file", "redirect_forbidden"),
        ("/to-elsewhere", "redirect_forbidden"),
        ("/to-user", "redirect_forbidden"),
        ("/to-plain-http", "redirect_forbidden"),
        ("/to-nowhere", "http_error"),
        ("/status/404", "http_error"),
        ("/status/500", "http_error"),
        ("/status/401", "http_error"),
        ("/status/503", "http_error"),
        ("/status/403", "turned_away"),
        ("/status/429", "turned_away"),
        ("/huge", "too_large"),
        ("/bomb", "too_large"),
        ("/packed-badly", "not_a_page"),
        ("/packed-strangely", "not_a_page"),
        ("/pdf", "not_a_page"),
        ("/empty", "not_a_page"),
        ("/nothing", "not_a_page"),
        ("/cut", "unreachable"),
    ],
)
def test_a_link_works_where_its_page_shows_the_procedure(trap_site: Site, path: str, outcome: str) -> None:
    assert look(trap_site, path).outcome == outcome


def test_bytes_that_are_no_page_are_judged_too(trap_site: Site) -> None:
    assert look(trap_site, "/binary").outcome in ("other_content", "not_a_page")


def test_a_body_that_does_not_end_is_left_when_the_time_is_over(trap_site: Site) -> None:
    hasty = LinkChecker(frozenset(), allow_loopback=True, limits=LookLimits(seconds=0.2))
    assert look(trap_site, "/slow-body", hasty).outcome == "too_slow"


def test_a_home_page_is_told_without_asking_for_it(trap_site: Site) -> None:
    trap_site.asked.clear()
    assert look(trap_site, "/").detail == "path"
    assert trap_site.asked == []
    look(trap_site, "/?ma=1.001193")
    assert trap_site.asked == ["/?ma=1.001193"], "with a query it may be a procedure's own page"


def test_the_finding_names_the_host_where_redirects_ended(trap_site: Site) -> None:
    assert look(trap_site, "/to-page").final_host == "127.0.0.1"
    assert look(trap_site, "/to-private").final_host == "10.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/thu-tuc/code",
        "https://127.0.0.1/thu-tuc/code",
        "https://localhost/thu-tuc/code",
        "https://[::1]/thu-tuc/code",
        "https://2130706433/thu-tuc/code",
        "https://evilgov.vn/thu-tuc/code",
        "https://dichvucong.gov.vn:8443/thu-tuc/code",
        "https://dichvucong.gov.vn.evil.example/thu-tuc/code",
        "https://user:secret@dichvucong.gov.vn/thu-tuc/code",
        "http://dichvucong.gov.vn/thu-tuc/code",
        "ftp://dichvucong.gov.vn/thu-tuc/code",
        "https://dichvucong.gov.vn/\nthu-tuc",
        "https://[/thu-tuc/code",
        "https://dichvucong.gov.vn/" + "a" * 3_000,
        "javascript:alert(1)",
        "x",
    ],
)
def test_in_production_nothing_but_https_to_allowed_names_is_asked(trap_site: Site, url: str) -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise AssertionError("no name may be looked up")

    trap_site.asked.clear()
    strict = LinkChecker(frozenset({"dichvucong.gov.vn"}), addresses_of=nobody)
    assert strict.look(url.replace("{port}", str(trap_site.port)), CODE, (NAME,)).outcome == "address_forbidden"
    assert trap_site.asked == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.5", "192.168.1.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "0.0.0.0"]
)
def test_an_allowed_name_that_leads_inside_a_network_is_not_followed(address: str) -> None:
    inside = LinkChecker(frozenset(), addresses_of=lambda _host, _port: ["203.0.113.7", address])
    found = inside.look("https://noi-bo.gov.vn/thu-tuc/code", CODE, (NAME,))
    assert (found.outcome, found.detail) == ("address_forbidden", "address_not_public")
