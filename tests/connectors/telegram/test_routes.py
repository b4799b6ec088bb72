"""The webhook: who may speak to it, when it says 200, and what never blocks a chat."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from bot.conversations.events import CitizenMessage, PlatformEvent
from connectors.gateway.problems import install_problem_answers
from connectors.gateway.webhooks import MAX_WEBHOOK_BYTES, WebhookDoor
from connectors.telegram.routes import SECRET_HEADER, telegram_routes
from tests.connectors.telegram.recorded import ACCOUNT, FIXTURES, body_of, update_of

SECRET = "a-secret_word"
PATH = "/webhooks/telegram"


class Ledger:
    """Remembers what it was given; may be away."""

    def __init__(self) -> None:
        self.events: list[PlatformEvent] = []
        self.away = False

    def take_in(self, events: Sequence[PlatformEvent]) -> None:
        if self.away:
            raise OperationalError("insert", {}, Exception("away"))
        self.events += events


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def client(ledger: Ledger) -> Iterator[TestClient]:
    app = FastAPI()
    install_problem_answers(app)
    app.include_router(telegram_routes(WebhookDoor(ledger.take_in), account=ACCOUNT, secret=SECRET))
    with TestClient(app, raise_server_exceptions=False) as one:
        yield one


def post(client: TestClient, body: bytes, secret: str | None = SECRET) -> Any:
    return client.post(PATH, content=body, headers={SECRET_HEADER: secret.encode("latin-1")} if secret is not None else {})


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.json")))
def test_every_update_of_telegram_is_stored_and_answered_with_200(client: TestClient, ledger: Ledger, name: str) -> None:
    assert post(client, body_of(name)).status_code == 200
    (event,) = ledger.events
    assert event.origin.event_id == str(update_of(name)["update_id"])


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "é"])
def test_without_our_secret_nothing_is_read(client: TestClient, ledger: Ledger, secret: str | None) -> None:
    assert post(client, body_of("text"), secret).status_code == 401
    assert post(client, b"not even JSON", "wrong").status_code == 401
    assert ledger.events == []


def test_the_secret_does_not_count_in_the_address(client: TestClient, ledger: Ledger) -> None:
    assert client.post(f"{PATH}?secret_token={SECRET}", content=body_of("text")).status_code == 401
    assert ledger.events == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"message": {}}', b"\xff"])
def test_what_is_no_update_is_400_and_counted(
    client: TestClient, ledger: Ledger, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert post(client, body).status_code == 400
    assert ledger.events == []
    assert [(r.getMessage(), r.__dict__["reason"]) for r in caplog.records] == [("webhook.rejected", "malformed")]


def test_an_unreadable_update_does_not_block_the_chat_and_raises_an_alarm(
    client: TestClient, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert post(client, b'{"update_id": 9, "message": {"chat": 5, "text": "0912345678"}}').status_code == 200
    assert len(ledger.events) == 1
    assert [record.getMessage() for record in caplog.records] == ["telegram.unreadable_update"]
    assert "0912345678" not in caplog.text


def test_a_huge_body_is_refused(client: TestClient, ledger: Ledger) -> None:
    assert post(client, b" " * (MAX_WEBHOOK_BYTES + 1)).status_code == 413
    assert ledger.events == []


def test_while_the_ledger_is_away_telegram_has_to_send_again(client: TestClient, ledger: Ledger) -> None:
    ledger.away = True
    assert post(client, body_of("text")).status_code == 503
    assert post(client, body_of("button")).status_code == 503
    ledger.away = False
    assert post(client, body_of("text")).status_code == 200
    assert len(ledger.events) == 1


@pytest.mark.parametrize("name", ["button", "button_without_message", "button_of_a_game", "group_button"])
def test_a_pressed_button_is_acknowledged_in_the_answer(client: TestClient, name: str) -> None:
    answer = post(client, body_of(name))
    assert answer.json() == {
        "method": "answerCallbackQuery",
        "callback_query_id": update_of(name)["callback_query"]["id"],
    }


def test_a_message_gets_an_empty_answer(client: TestClient) -> None:
    assert post(client, body_of("text")).content == b""


def test_an_update_that_comes_twice_is_handed_over_with_the_same_id(client: TestClient, ledger: Ledger) -> None:
    for _ in range(2):
        assert post(client, body_of("text")).status_code == 200
    first, second = ledger.events
    assert isinstance(first, CitizenMessage)
    assert first == second


def test_get_is_no_way_in(client: TestClient) -> None:
    assert client.get(PATH, headers={SECRET_HEADER: SECRET}).status_code == 405
