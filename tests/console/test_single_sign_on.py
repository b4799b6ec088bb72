"""Single sign-on against a real provider on loopback, and one that lies."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from bot.accounts.audit import OPERATOR
from bot.accounts.permissions import Role
from bot.conversations.clock import utc_now
from bot.settings import MissingSettingError, Settings
from console.address import console_address
from console.single_sign_on import ProviderSettingError, provider_of
from tests.console.conftest import RunningConsole, Visitor, running, words

CLIENT = "motcua-console"
# The stand-in still uses what its own libraries call old.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def mock_provider() -> Iterator[str]:
    """oidc-provider-mock: the address is its issuer."""
    oidc = pytest.importorskip("oidc_provider_mock")
    with oidc.run_server_in_thread(require_nonce=True) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def with_provider(settings: Settings, issuer: str, **more: Any) -> Settings:
    given = {"console_oidc_issuer": issuer, "console_oidc_client_id": CLIENT, "console_oidc_client_secret": "s"}
    return settings.model_validate(settings.model_dump() | given | more)


@contextmanager
def console_at(settings: Settings, issuer: str, **more: Any) -> Iterator[RunningConsole]:
    """The console with this provider, at the present time: providers have no clock of ours."""
    for console in running(with_provider(settings, issuer, **more)):
        console.clock.now = utc_now()
        yield console


def at_provider(issuer: str, address: str, subject: str, **claims: Any) -> str:
    """A person signs in at the provider; the path that it sends the browser back to."""
    httpx.put(f"{issuer}/users/{subject}", json=claims, trust_env=False).raise_for_status()
    answer = httpx.post(address, data={"sub": subject}, trust_env=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def to_provider(visitor: Visitor, path: str = "/sign-in/provider") -> str:
    answer = visitor.get(path)
    assert answer.status_code == 303
    return answer.headers["location"]


def come_back(console: RunningConsole, issuer: str, subject: str, **claims: Any) -> tuple[Visitor, httpx.Response, str]:
    visitor = console.visitor()
    path = at_provider(issuer, to_provider(visitor), subject, **claims)
    return visitor, visitor.get(path), path


def test_a_verified_address_links_the_account_and_the_subject_stays(settings: Settings, mock_provider: str) -> None:
    with console_at(settings, mock_provider) as console:
        console.add("lan", Role.AUDITOR, email="lan@bacninh.example")
        _, answer, _ = come_back(console, mock_provider, "s1", email="LAN@bacninh.example", email_verified=True)
        assert answer.headers["location"] == "/sign-in/code"
        visitor, answer, _ = come_back(console, mock_provider, "s1", email="other@bacninh.example", email_verified=True)
        assert answer.status_code == 303
        assert visitor.get("/audit").headers["location"] == "/sign-in/second-factor"
        assert console.acts() == ["account.added", "account.linked", "session.provider_accepted", "session.provider_accepted"]


def test_a_provider_that_is_trusted_with_the_second_factor_opens_everything(settings: Settings, mock_provider: str) -> None:
    with console_at(settings, mock_provider, console_oidc_trusts_second_factor=True) as console:
        console.add("lan", Role.AUDITOR, email="lan@bacninh.example")
        visitor = console.visitor()
        address = to_provider(visitor, "/sign-in/provider?next=%2Faudit")
        answer = visitor.get(at_provider(mock_provider, address, "s2", email="lan@bacninh.example", email_verified=True))
        assert visitor.get(answer.headers["location"]).headers["location"] == "/audit"
        assert visitor.get("/audit").status_code == 200


def test_the_request_carries_pkce_state_and_nonce(settings: Settings, mock_provider: str) -> None:
    with console_at(settings, mock_provider) as console:
        asked = parse_qs(urlsplit(to_provider(console.visitor())).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert len(asked["state"][0]) >= 32
        assert len(asked["nonce"][0]) >= 32
        assert asked["redirect_uri"] == ["http://127.0.0.1:8081/sign-in/provider/callback"]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "lan@bacninh.example", "email_verified": False},
        {"email": "lan@bacninh.example"},
        {"email": "x@y.example", "email_verified": True},
        {},
    ],
)
def test_whoever_has_no_account_stays_out(settings: Settings, mock_provider: str, claims: dict[str, Any]) -> None:
    with console_at(settings, mock_provider) as console:
        console.add("lan", Role.AUDITOR, email="lan@bacninh.example")
        visitor, answer, _ = come_back(console, mock_provider, f"stranger-{len(claims)}", **claims)
        assert answer.status_code == 403
        assert "Chưa có tài khoản" in words(answer)
        assert "motcua_session" not in visitor.client.cookies


def test_an_account_is_made_only_where_that_is_switched_on_and_then_without_any_right(
    settings: Settings, mock_provider: str
) -> None:
    with console_at(settings, mock_provider, console_oidc_create_accounts=True) as console:
        come_back(console, mock_provider, "new", email="hoa@bacninh.example", email_verified=True, name="Hoa")
        account = console.services.accounts.by_login("hoa")
        assert (account.display_name, account.roles, account.scope.agencies) == ("Hoa", (), frozenset())


def test_a_blocked_account_stays_out(settings: Settings, mock_provider: str) -> None:
    with console_at(settings, mock_provider) as console:
        account = console.add("lan", Role.AUDITOR, email="lan@bacninh.example")
        come_back(console, mock_provider, "s5", email="lan@bacninh.example", email_verified=True)
        console.services.accounts.block(OPERATOR, account)
        _, answer, _ = come_back(console, mock_provider, "s5", email="lan@bacninh.example", email_verified=True)
        assert answer.status_code == 403


class TestWhatIsNoProof:
    """Answers that prove nobody's identity."""

    def test_a_wrong_state(self, settings: Settings, mock_provider: str) -> None:
        with console_at(settings, mock_provider) as console:
            visitor = console.visitor()
            path = at_provider(mock_provider, to_provider(visitor), "s6")
            answer = visitor.get(path.replace("state=", "state=x"))
            assert answer.status_code == 401
            assert visitor.get(path).status_code == 401  # the cookie is used up

    def test_an_answer_meant_for_another_browser(self, settings: Settings, mock_provider: str) -> None:
        with console_at(settings, mock_provider) as console:
            attacker, victim = console.visitor(), console.visitor()
            path = at_provider(mock_provider, to_provider(attacker), "s7")
            to_provider(victim)
            assert victim.get(path).status_code == 401
            assert console.visitor().get(path).status_code == 401

    def test_a_code_that_was_used(self, settings: Settings, mock_provider: str) -> None:
        with console_at(settings, mock_provider) as console:
            console.add("lan", Role.AUDITOR, email="lan@bacninh.example")
            visitor = console.visitor()
            address = to_provider(visitor)
            kept = visitor.client.cookies["motcua_provider"]
            path = at_provider(mock_provider, address, "s8", email="lan@bacninh.example", email_verified=True)
            assert visitor.get(path).status_code == 303
            again = console.visitor()
            again.client.cookies.set("motcua_provider", kept, domain="127.0.0.1")
            assert again.get(path).status_code == 401

    def test_an_answer_that_comes_too_late(self, settings: Settings, mock_provider: str) -> None:
        with console_at(settings, mock_provider) as console:
            visitor = console.visitor()
            path = at_provider(mock_provider, to_provider(visitor), "s9")
            console.clock.move(minutes=11)
            assert visitor.get(path).status_code == 401

    @pytest.mark.parametrize("path", ["", "?error=access_denied", "?code=x", "?state=x&code=x", "?state=%00&code=%ff"])
    def test_broken_answers(self, settings: Settings, mock_provider: str, path: str) -> None:
        with console_at(settings, mock_provider) as console:
            visitor = console.visitor()
            to_provider(visitor)
            assert visitor.get("/sign-in/provider/callback" + path).status_code == 401


class LyingProvider:
    """A provider whose ID token is what the test makes of it."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
        self.claims: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.sign_with: Any = self.key
        self.token_answer: Any = None
        self.metadata: dict[str, Any] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = {"/.well-known/openid-configuration": provider.described(), "/jwks": provider.keys()}
                self._answer(known.get(self.path, {}))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self._answer(provider.token_answer or {"access_token": "a", "token_type": "Bearer", "id_token": provider.token()})

            def _answer(self, content: Any) -> None:
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def described(self) -> dict[str, Any]:
        named = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{path}" for name, path in named.items()} | self.metadata

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def token(self) -> str:
        return jwt.encode({"alg": self.algorithm, "kid": "k1"}, self.claims, self.sign_with, algorithms=[self.algorithm])


@pytest.fixture
def liar() -> Iterator[LyingProvider]:
    provider = LyingProvider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


def answered(console: RunningConsole, liar: LyingProvider, **changed: Any) -> int:
    """How the console answers to an ID token that is right but for what is changed (None: left out)."""
    visitor = console.visitor()
    asked = parse_qs(urlsplit(to_provider(visitor)).query)
    now = int(utc_now().timestamp())
    right = {"iss": liar.issuer, "aud": CLIENT, "sub": "s", "iat": now, "exp": now + 300, "nonce": asked["nonce"][0]}
    right |= {"email": "lan@bacninh.example", "email_verified": True}
    liar.claims = {name: value for name, value in (right | changed).items() if value is not None}
    return visitor.get(f"/sign-in/provider/callback?code=c&state={asked['state'][0]}").status_code


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"azp": "another-client"},
        {"exp": int((datetime.now().astimezone() - timedelta(minutes=5)).timestamp())},
        {"exp": None},
        {"exp": "soon"},
        {"iat": int((datetime.now().astimezone() + timedelta(hours=1)).timestamp())},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 300},
    ],
)
def test_a_token_that_says_something_else_is_refused(settings: Settings, liar: LyingProvider, changed: dict[str, Any]) -> None:
    with console_at(settings, liar.issuer) as console:
        console.add("lan", Role.AUDITOR, email="lan@bacninh.example")
        assert answered(console, liar, **changed) == 401
        assert answered(console, liar) == 303


def test_a_token_signed_by_another_key_is_refused(settings: Settings, liar: LyingProvider) -> None:
    with console_at(settings, liar.issuer) as console:
        liar.sign_with = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
        assert answered(console, liar) == 401


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused(settings: Settings, liar: LyingProvider) -> None:
    with console_at(settings, liar.issuer) as console:
        liar.algorithm, liar.sign_with = "HS256", OctKey.import_key(base64.b64encode(b"public key of the provider" * 2).decode())
        assert answered(console, liar) == 401


@pytest.mark.parametrize(
    "token", [{}, {"id_token": "x.y.z", "token_type": "Bearer", "access_token": "a"}, {"error": "invalid_grant"}, {"id_token": 7}]
)
def test_a_broken_token_answer_is_refused(settings: Settings, liar: LyingProvider, token: dict[str, Any]) -> None:
    with console_at(settings, liar.issuer) as console:
        liar.token_answer = token or {"token_type": "Bearer"}
        assert answered(console, liar) == 401


@pytest.mark.parametrize("answer", [b"not json", b"[]", b"7"])
def test_an_answer_that_is_no_token_at_all_is_told_as_an_outage(settings: Settings, liar: LyingProvider, answer: bytes) -> None:
    with console_at(settings, liar.issuer) as console:
        liar.token_answer = answer
        assert answered(console, liar) in (401, 503)


@pytest.mark.parametrize("metadata", [{"issuer": "https://evil.example"}, {"token_endpoint": None}, {"jwks_uri": 7}])
def test_a_provider_that_describes_itself_wrongly_is_not_used(
    settings: Settings, liar: LyingProvider, metadata: dict[str, Any]
) -> None:
    with console_at(settings, liar.issuer) as console:
        liar.metadata = metadata
        answer = console.visitor().get("/sign-in/provider")
        assert answer.status_code == 503
        assert "không trả lời" in words(answer)


def test_a_provider_that_is_away_leaves_the_password(settings: Settings) -> None:
    with console_at(settings, "http://127.0.0.1:9") as console:
        answer = console.visitor().get("/sign-in/provider")
        assert answer.status_code == 503
        assert 'name="password"' in answer.text


def test_without_a_provider_there_is_no_such_page_and_no_button(console: RunningConsole) -> None:
    assert console.visitor().get("/sign-in/provider").status_code == 404
    assert "/sign-in/provider" not in console.visitor().get("/sign-in").text


def test_half_a_setting_stops_the_start_by_name(settings: Settings) -> None:
    given = settings.model_copy(update={"console_oidc_issuer": "https://sso.example"})
    with pytest.raises(MissingSettingError, match="CONSOLE_OIDC_CLIENT_ID"):
        provider_of(given, console_address(given))
    plain = settings.model_copy(update={"console_oidc_issuer": "http://sso.example"})
    with pytest.raises(ProviderSettingError, match="https"):
        provider_of(plain, console_address(plain))
