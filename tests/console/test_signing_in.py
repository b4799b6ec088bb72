"""Signing in through the pages: the whole way, forged and broken requests, cookies, and where one lands."""

import re

import pyotp
import pytest

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.settings import Settings
from console.address import ConsoleAddressError, console_address, safe_next
from tests.console.conftest import PASSWORD, RunningConsole, Visitor, running, words


def first_step(console: RunningConsole, login: str = "lan", visitor: Visitor | None = None, **form: str) -> Visitor:
    visitor = visitor or console.visitor()
    visitor.get("/sign-in")
    visitor.post("/sign-in", {"login": login, "password": PASSWORD} | form)
    return visitor


def test_from_the_password_over_the_set_up_to_the_first_page(console: RunningConsole) -> None:
    console.add("lan", Role.OFFICER)
    visitor = first_step(console)
    assert visitor.get("/").headers["location"] == "/sign-in/second-factor"
    page = visitor.get("/sign-in/second-factor")
    assert 'src="data:image/png;base64,' in page.text
    visitor = console.signed_in("lan")
    page = visitor.get("/")
    assert "Chào Người lan" in words(page)
    assert "Cán bộ" in words(page)


def test_the_recovery_codes_are_shown_once(console: RunningConsole) -> None:
    visitor = console.signed_in("lan", Role.OFFICER)
    assert visitor.get("/sign-in/second-factor").headers["location"] == "/"
    assert "Còn 10 mã dự phòng" in words(visitor.get("/me"))


def test_the_cookie_that_came_with_the_password_is_replaced(console: RunningConsole) -> None:
    console.add("lan", Role.OFFICER)
    visitor = first_step(console)
    before = visitor.client.cookies["motcua_session"]
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', visitor.get("/sign-in/second-factor").text)
    assert found is not None
    code = pyotp.TOTP(found.group(1).replace(" ", "")).at(console.clock.now)
    assert visitor.post("/sign-in/second-factor", {"code": code}).status_code == 200
    after = visitor.client.cookies["motcua_session"]
    assert after != before
    assert console.services.opened.find(before) is None
    assert console.services.opened.find(after) is not None


def test_a_password_set_by_someone_else_must_be_changed_first(console: RunningConsole) -> None:
    console.add("lan", Role.AUDITOR, must_change=True)
    visitor = console.signed_in("lan")
    assert visitor.get("/audit").headers["location"] == "/sign-in/password"
    visitor.get("/sign-in/password")
    form = {"present": PASSWORD, "new": "câu của riêng tôi đây", "again": "câu của riêng tôi đây"}
    assert visitor.post("/sign-in/password", form | {"again": "khác"}).status_code == 422
    assert visitor.post("/sign-in/password", form | {"present": "sai"}).status_code == 422
    assert visitor.post("/sign-in/password", form).headers["location"] == "/"
    assert visitor.get("/audit").status_code == 200


@pytest.mark.parametrize(
    ("login", "password"),
    [("lan", "sai"), ("nobody", PASSWORD), ("lan' --", PASSWORD), ("", ""), ("lan\x00", "\x00"), ("x" * 9_000, "y")],
)
def test_whatever_is_wrong_the_answer_is_the_same(console: RunningConsole, login: str, password: str) -> None:
    console.add("lan", Role.OFFICER)
    visitor = console.visitor()
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", {"login": login, "password": password})
    assert answer.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in words(answer)
    assert "motcua_session" not in visitor.client.cookies


def test_too_many_tries_are_told_with_the_wait(console: RunningConsole) -> None:
    visitor = console.visitor()
    visitor.get("/sign-in")
    for _ in range(5):
        visitor.post("/sign-in", {"login": "lan", "password": "sai"})
    answer = visitor.post("/sign-in", {"login": "lan", "password": "sai"})
    assert answer.status_code == 429
    assert "15 phút" in words(answer)


def test_markup_that_was_typed_is_shown_as_text(console: RunningConsole) -> None:
    visitor = console.visitor()
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", {"login": '"><script>alert(1)</script>', "password": "x"})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_after_signing_in_one_lands_where_one_wanted_to_go(console: RunningConsole) -> None:
    console.signed_in("lan", Role.AUDITOR)
    visitor = console.visitor()
    assert visitor.get("/audit?act=account").headers["location"] == "/sign-in?next=%2Faudit%3Fact%3Daccount"
    page = visitor.get("/sign-in?next=%2Faudit%3Fact%3Daccount")
    assert 'name="next" value="/audit?act=account"' in page.text
    console.clock.move(minutes=1)
    answer = visitor.post("/sign-in", {"login": "lan", "password": PASSWORD, "next": "/audit?act=account"})
    visitor.get(answer.headers["location"])
    answer = visitor.post("/sign-in/code", {"code": console.code("lan"), "next": "/audit?act=account"})
    assert answer.headers["location"] == "/audit?act=account"


@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "evil",
        "/a\r\nX: y",
        "/" * 600,
        "/sign-out",
        "",
    ],
)
def test_nobody_is_sent_to_another_site(hostile: str) -> None:
    assert safe_next(hostile) == "/"


class TestForgery:
    """Requests that our own pages did not make."""

    def test_without_the_value_of_a_page_nothing_is_changed(self, console: RunningConsole) -> None:
        console.add("lan", Role.OFFICER)
        visitor = console.visitor()
        assert visitor.post("/sign-in", {"login": "lan", "password": PASSWORD}).status_code == 403
        visitor.get("/sign-in")
        visitor.token = ""
        answer = visitor.client.post("/sign-in", data={"login": "lan", "password": PASSWORD})
        assert answer.status_code == 403

    def test_a_value_of_another_browser_is_worth_nothing(self, console: RunningConsole) -> None:
        console.add("lan", Role.OFFICER)
        attacker, victim = console.visitor(), console.visitor()
        attacker.get("/sign-in")
        victim.get("/sign-in")
        victim.token = attacker.token
        assert victim.post("/sign-in", {"login": "lan", "password": PASSWORD}).status_code == 403

    def test_the_visitors_value_ends_with_the_sign_in(self, console: RunningConsole) -> None:
        console.add("lan", Role.OFFICER)
        visitor = console.visitor()
        visitor.get("/sign-in")
        before = visitor.token
        console.signed_in("lan", visitor=visitor)
        visitor.token = before
        assert visitor.post("/me/password", {}).status_code == 403

    def test_a_request_from_another_site_is_refused_even_with_the_value(self, console: RunningConsole) -> None:
        visitor = console.signed_in("lan", Role.OFFICER)
        assert visitor.post("/sign-out", {}, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert visitor.get("/me").status_code == 200

    def test_the_header_that_htmx_sends_counts(self, console: RunningConsole) -> None:
        visitor = console.signed_in("lan", Role.OFFICER)
        answer = visitor.client.post("/sign-out", headers={"X-CSRF-Token": visitor.token})
        assert answer.status_code == 303

    @pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x"])
    def test_other_bodies_are_refused(self, console: RunningConsole, kind: str) -> None:
        visitor = console.visitor()
        visitor.get("/sign-in")
        answer = visitor.client.post("/sign-in", content=b"\xff\x00{", headers={"content-type": kind})
        assert answer.status_code in (400, 403)

    def test_a_huge_body_is_refused(self, console: RunningConsole) -> None:
        visitor = console.visitor()
        visitor.get("/sign-in")
        assert visitor.post("/sign-in", {"login": "x" * 300_000}).status_code == 413


def test_signing_out_ends_the_session_in_the_ledger_too(console: RunningConsole) -> None:
    visitor = console.signed_in("lan", Role.OFFICER)
    kept = visitor.client.cookies["motcua_session"]
    assert visitor.post("/sign-out").headers["location"] == "/sign-in"
    visitor.client.cookies.set("motcua_session", kept, domain="127.0.0.1")
    assert visitor.get("/me").status_code == 303


def test_a_session_ends_after_half_an_hour_of_silence(console: RunningConsole) -> None:
    visitor = console.signed_in("lan", Role.OFFICER)
    console.clock.move(minutes=29)
    assert visitor.get("/me").status_code == 200
    console.clock.move(minutes=31)
    assert visitor.get("/me").status_code == 303


def test_another_session_can_be_ended_and_only_ones_own(console: RunningConsole) -> None:
    here = console.signed_in("lan", Role.OFFICER)
    there = console.signed_in("lan", visitor=console.visitor("198.51.100.9"))
    stranger = console.signed_in("minh", Role.OFFICER)
    ids = re.findall(r"/me/sessions/([0-9a-f]{16})/end", here.get("/me").text)
    assert len(ids) == 2
    for one in ids:
        assert stranger.post(f"/me/sessions/{one}/end").status_code == 404
    assert there.get("/me").status_code == 200
    for one in ids:
        here.post(f"/me/sessions/{one}/end")
    assert there.get("/me").status_code == 303


def test_cookies_are_closed_to_scripts_and_other_sites(console: RunningConsole) -> None:
    console.add("lan", Role.OFFICER)
    visitor = console.visitor()
    cookie = visitor.get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie


@pytest.mark.parametrize("changes", [{"console_url": "https://console.bacninh.example"}, {"bind_host": "0.0.0.0"}])
def test_everywhere_but_on_this_machine_cookies_are_secure(settings: Settings, changes: dict[str, str]) -> None:
    for console in running(settings.model_copy(update=changes)):
        cookie = console.visitor().get("/sign-in").headers["set-cookie"]
        assert cookie.startswith("__Host-motcua_visit=")
        assert "Secure" in cookie


@pytest.mark.parametrize("url", ["console.example", "ftp://x", "https://x/path", "https://user@x", "https://", "javascript:x"])
def test_an_unusable_address_stops_the_start(settings: Settings, url: str) -> None:
    with pytest.raises(ConsoleAddressError):
        console_address(settings.model_copy(update={"console_url": url}))


def test_a_set_up_link_works_once_and_for_a_day(console: RunningConsole) -> None:
    details = AccountDetails("Lan", None, (Role.OFFICER,), True, ())
    _, token = console.services.accounts.add(OPERATOR, "lan", details)
    visitor = console.visitor()
    assert "Tên đăng nhập là lan" in words(visitor.get(f"/setup/{token}"))
    short = visitor.post(f"/setup/{token}", {"new": "ngắn", "again": "ngắn"})
    assert short.status_code == 422
    assert "ít nhất 12 ký tự" in words(short)
    assert visitor.post(f"/setup/{token}", {"new": PASSWORD, "again": PASSWORD}).headers["location"] == "/sign-in"
    assert visitor.get(f"/setup/{token}").status_code == 404
    console.signed_in("lan")
    link = console.services.accounts.new_setup_link(OPERATOR, console.services.accounts.by_login("lan").id)
    console.clock.move(hours=24, seconds=1)
    assert visitor.get(f"/setup/{link}").status_code == 404
