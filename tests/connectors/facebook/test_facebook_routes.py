"""The webhook over HTTP: handshake, signature before parsing, 200 only after the ledger has it."""

import logging
from collections.abc import Iterator, Sequence

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from bot.conversations.events import CitizenMessage, PlatformEvent
from connectors.facebook.routes import facebook_routes
from connectors.facebook.signature import webhook_signature
from connectors.gateway.problems import install_problem_answers
from connectors.gateway.webhooks import MAX_WEBHOOK_BYTES, WebhookDoor
from tests.connectors.facebook.recorded import ACCOUNT, FIXTURES, recorded


class Ledger:
    """Remembers what was taken in, each event once; can be away."""

    def __init__(self) -> None:
        self.taken: dict[str, PlatformEvent] = {}
        self.away = False

    def take_in(self, events: Sequence[PlatformEvent]) -> None:
        if self.away:
            raise OperationalError("INSERT", {}, Exception("away"))
        for event in events:
            self.taken.setdefault(event.origin.event_id, event)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def http(ledger: Ledger) -> Iterator[TestClient]:
    app = FastAPI()
    install_problem_answers(app)
    app.include_router(facebook_routes(WebhookDoor(ledger.take_in), ACCOUNT))
    with TestClient(app) as client:
        yield client


def post(http: TestClient, body: bytes, signature: str | None = "right") -> tuple[int, str]:
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["X-Hub-Signature-256"] = webhook_signature(body, ACCOUNT.app_secret) if signature == "right" else signature
    answer = http.post("/webhooks/facebook", content=body, headers=headers)
    return answer.status_code, answer.text


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.json")))
def test_every_signed_event_of_the_platform_is_answered_200(http: TestClient, name: str) -> None:
    assert post(http, recorded(name)) == (200, "EVENT_RECEIVED")


def test_a_message_is_in_the_ledger_once_however_often_it_comes(http: TestClient, ledger: Ledger) -> None:
    for _ in range(5):
        assert post(http, recorded("text"))[0] == 200
    assert [e.text for e in ledger.taken.values() if isinstance(e, CitizenMessage)] == ["Làm giấy khai sinh cần gì?"]


def test_a_batch_is_in_the_ledger_whole(http: TestClient, ledger: Ledger) -> None:
    post(http, recorded("batch_2x3"))
    assert len(ledger.taken) == 6


@pytest.mark.parametrize("signature", [None, "", "sha256=00", "sha1=00"])
def test_a_wrong_or_missing_signature_is_refused_and_nothing_stored(
    http: TestClient, ledger: Ledger, signature: str | None
) -> None:
    assert post(http, recorded("text"), signature)[0] == 403
    assert not ledger.taken


def test_a_signature_that_is_no_ascii_is_refused(http: TestClient) -> None:
    answer = http.post("/webhooks/facebook", content=recorded("text"), headers={b"X-Hub-Signature-256": b"sha256=\xe9"})
    assert answer.status_code == 403


def test_the_signature_is_checked_before_anything_is_read(http: TestClient, ledger: Ledger) -> None:
    assert post(http, b"not json", "sha256=00")[0] == 403
    assert post(http, b"not json")[0] == 400
    assert not ledger.taken


@pytest.mark.parametrize("name", ["other_page", "not_a_page"])
def test_what_is_for_another_page_is_counted_and_not_stored(
    http: TestClient, ledger: Ledger, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(http, recorded(name))[0] == 200
    assert not ledger.taken
    assert "webhook.rejected" in caplog.messages


def test_a_huge_body_is_refused(http: TestClient) -> None:
    assert post(http, b" " * (MAX_WEBHOOK_BYTES + 1))[0] == 413


def test_a_ledger_that_is_away_makes_facebook_send_again(http: TestClient, ledger: Ledger) -> None:
    ledger.away = True
    assert post(http, recorded("text"))[0] == 503
    ledger.away = False
    assert post(http, recorded("text"))[0] == 200


def test_no_log_holds_what_the_citizen_wrote(http: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post(http, recorded("text"))
    post(http, recorded("batch_with_broken"))
    logged = " ".join(str(vars(record)) for record in caplog.records if record.name.startswith("connectors"))
    assert "khai sinh" not in logged
    assert "7412345678901234" not in logged


def handshake(http: TestClient, **query: str) -> tuple[int, str]:
    answer = http.get("/webhooks/facebook", params={f"hub.{key}": value for key, value in query.items()})
    return answer.status_code, answer.text


def test_the_handshake_gives_the_bare_challenge(http: TestClient) -> None:
    assert handshake(http, mode="subscribe", verify_token=ACCOUNT.verify_token, challenge="1158201444") == (200, "1158201444")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "wrong", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "tiếng Việt", "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": ACCOUNT.verify_token, "challenge": "1"},
        {"mode": "subscribe", "verify_token": ACCOUNT.verify_token},
        {"mode": "subscribe", "verify_token": ACCOUNT.verify_token, "challenge": "1" * 501},
    ],
)
def test_any_other_handshake_is_refused(http: TestClient, query: dict[str, str]) -> None:
    status, text = handshake(http, **query)
    assert (status, text) == (403, "wrong verify token")


def test_a_challenge_cannot_become_a_page(http: TestClient) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": ACCOUNT.verify_token, "hub.challenge": "<script>x</script>"}
    answer = http.get("/webhooks/facebook", params=query)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
