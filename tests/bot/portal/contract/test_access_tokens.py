"""OAuth2 client credentials: one token for many calls, one renewal, and no credentials where they do not belong."""

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.portal.errors import ContractChanged, CredentialsRefused, PortalError, TooManyAttempts, Unavailable
from bot.portal.http_exchange import HttpExchange
from bot.portal.http_portal import HttpPortal
from bot.portal.oauth import AccessTokens, ClientCredentials
from bot.portal.records import LookupFactor


class TokenServer:
    """A portal that keeps account of tokens: those in ``good`` are accepted by ``/v1/``."""

    def __init__(self) -> None:
        self.granted, self.refused, self.calls = 0, 0, 0
        self.authorizations: list[str] = []
        self.status, self.life, self.answer = 200, 3600, b""
        self.accept = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/oauth/token":
                    outer.granted += 1
                    outer.authorizations.append(self.headers["Authorization"])
                    token = {"access_token": f"t{outer.granted}", "token_type": "bearer", "expires_in": outer.life}
                    self._say(outer.status, outer.answer or json.dumps(token).encode(), "application/json")
                    return
                outer.calls += 1
                if outer.accept and self.headers["Authorization"] == f"Bearer t{outer.granted}":
                    body = {"type": "urn:problem:dossier-not-found"}
                    self._say(404, json.dumps(body).encode(), "application/problem+json")
                    return
                outer.refused += 1
                self._say(401, b"{}", "application/problem+json")

            def _say(self, status: int, body: bytes, media_type: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Retry-After", "7")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.client = HttpPortal(self.url, ClientCredentials("một:cửa", "bí mật/+%"), total_seconds=10)

    def close(self) -> None:
        self.client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def ask(self, *_: object) -> str:
        try:
            self.client.lookup_dossier("H05.12.3-260101-0001", LookupFactor("7K2M"))
        except PortalError as error:
            return type(error).__name__
        return "answered"


@pytest.fixture
def server() -> Iterator[TokenServer]:
    made = TokenServer()
    yield made
    made.close()


def test_one_token_serves_many_calls_of_many_threads(server: TokenServer) -> None:
    with ThreadPoolExecutor(12) as threads:
        assert set(threads.map(server.ask, range(30))) == {"NotFound"}
    assert (server.granted, server.calls) == (1, 30)


def test_a_refused_token_is_renewed_once(server: TokenServer) -> None:
    assert server.ask() == "NotFound"
    server.granted += 1  # the portal has forgotten the first token
    assert server.ask() == "NotFound"
    assert (server.granted, server.refused) == (3, 1)


def test_a_portal_that_refuses_every_token_is_asked_twice_only(server: TokenServer) -> None:
    server.accept = False
    assert server.ask() == "CredentialsRefused"
    assert (server.granted, server.calls) == (2, 2)


def test_id_and_secret_are_encoded_before_they_are_joined(server: TokenServer) -> None:
    server.ask()
    sent = base64.b64decode(server.authorizations[0].removeprefix("Basic ")).decode()
    assert sent == "m%E1%BB%99t%3Ac%E1%BB%ADa:b%C3%AD%20m%E1%BA%ADt%2F%2B%25"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, CredentialsRefused),
        (401, CredentialsRefused),
        (429, TooManyAttempts),
        (500, Unavailable),
        (503, Unavailable),
        (302, ContractChanged),
    ],
)
def test_a_refused_grant_has_its_name(server: TokenServer, status: int, error: type[PortalError]) -> None:
    server.status = status
    assert server.ask() == error.__name__
    assert server.calls == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"{}",
        b"<html>",
        b'{"access_token": "t", "token_type": "mac", "expires_in": 60}',
        b'{"access_token": "t\\r\\nX: y", "token_type": "Bearer", "expires_in": 60}',
        b'{"access_token": "", "token_type": "Bearer", "expires_in": 60}',
        b'{"access_token": "t", "token_type": "Bearer", "expires_in": -1}',
        b'{"access_token": "t", "token_type": "Bearer", "expires_in": "soon"}',
        b'{"access_token": 5, "token_type": null, "expires_in": true}',
    ],
)
def test_a_grant_that_is_none_is_a_changed_contract(server: TokenServer, answer: bytes) -> None:
    server.answer = answer
    assert server.ask() == "ContractChanged"
    assert server.calls == 0


def test_a_token_is_given_up_before_its_end(server: TokenServer) -> None:
    now = [1000.0]
    exchange = HttpExchange()
    tokens = AccessTokens(f"{server.url}/oauth/token", ClientCredentials("a", "b"), exchange, lambda: now[0])

    def current() -> str:
        return exchange.within(10, tokens.current)

    assert current() == current() == "t1"
    now[0] += 3600 - 31
    assert current() == "t1"
    now[0] += 2
    assert current() == "t2"
    server.life = 10
    now[0] += 3600
    assert current() == "t3"
    now[0] += 5
    assert current() == "t4"
    exchange.close()


def test_the_secret_stands_in_no_representation() -> None:
    assert "hush" not in repr(ClientCredentials("motcua", "hush"))
