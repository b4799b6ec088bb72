"""The webhook as Zalo meets it: what it takes in, what it turns away, and that 200 means committed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from bot.conversations.events import CitizenMessage, IgnoredEvent, PlatformEvent
from connectors.gateway.problems import install_problem_answers
from connectors.gateway.webhooks import MAX_WEBHOOK_BYTES, WebhookDoor
from connectors.zalo.routes import WebhookSecret, zalo_routes
from connectors.zalo.signature import SignatureMode
from tests.connectors.zalo.recorded import IDS, NAMES, OA_SECRET, as_sent, event, recorded, signed

pytestmark = pytest.mark.anyio


@dataclass
class Ledger:
    taken: list[PlatformEvent] = field(default_factory=list)
    is_away: bool = False

    def take_in(self, events: Sequence[PlatformEvent]) -> None:
        if self.is_away:
            raise OperationalError("insert", {}, Exception("away"))
        self.taken += events


def gateway(ledger: Ledger, mode: SignatureMode = "enforce") -> httpx.AsyncClient:
    app = FastAPI()
    install_problem_answers(app)
    app.include_router(zalo_routes(WebhookDoor(ledger.take_in), IDS, WebhookSecret(OA_SECRET, mode)))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway.test")


async def post(
    ledger: Ledger, raw: bytes, headers: dict[str, str] | None = None, mode: SignatureMode = "enforce"
) -> httpx.Response:
    async with gateway(ledger, mode) as client:
        return await client.post("/webhooks/zalo", content=raw, headers=headers or {})


@pytest.mark.parametrize("name", NAMES)
async def test_every_genuine_event_is_taken_in_and_answered_200(name: str) -> None:
    ledger, raw = Ledger(), recorded(name)
    assert (await post(ledger, raw, signed(raw))).status_code == 200
    assert len(ledger.taken) == 1


async def test_the_consoles_probe_is_answered_without_effect() -> None:
    ledger = Ledger(is_away=True)
    assert (await post(ledger, b"{}")).status_code == 200
    async with gateway(ledger) as client:
        assert (await client.get("/webhooks/zalo")).status_code == 200
    assert ledger.taken == []


@pytest.mark.parametrize("headers", [{}, {"X-ZEvent-Signature": "mac=" + "0" * 64}, {"X-ZEvent-Signature": "ü"}])
async def test_an_unsigned_or_badly_signed_event_is_refused_and_stored_nowhere(
    headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    encoded: Any = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await post(ledger, recorded("user_send_text"), encoded)
    assert (answer.status_code, ledger.taken) == (401, [])
    assert [record.__dict__["reason"] for record in caplog.records if record.message == "webhook.rejected"] == ["bad_signature"]


async def test_a_rewritten_body_is_refused() -> None:
    ledger, raw = Ledger(), recorded("user_send_text")
    assert (await post(ledger, raw.replace(b",", b", "), signed(raw))).status_code == 401
    assert ledger.taken == []


async def test_log_only_takes_in_what_is_badly_signed_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger()
    assert (await post(ledger, recorded("user_send_text"), mode="log_only")).status_code == 200
    assert isinstance(ledger.taken[0], CitizenMessage)
    assert "bad_signature_taken_in" in [record.__dict__.get("reason") for record in caplog.records]


@pytest.mark.parametrize(("change", "why"), [({"app_id": "1"}, "wrong_app"), ({"recipient": {"id": "1"}}, "wrong_oa")])
async def test_another_accounts_event_is_refused_by_name(
    change: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    ledger, raw = Ledger(), as_sent(event("user_send_text") | change)
    answer = await post(ledger, raw, signed(raw))
    assert (answer.status_code, answer.json(), ledger.taken) == (403, {"error": why}, [])
    assert why in [record.__dict__.get("reason") for record in caplog.records]


@pytest.mark.parametrize("body", [{"timestamp": "1"}, {"timestamp": "1", "event_name": []}])
async def test_a_signed_body_that_is_no_event_is_malformed(body: dict[str, Any]) -> None:
    ledger, raw = Ledger(), as_sent(body)
    assert (await post(ledger, raw, signed(raw))).status_code == 400
    assert ledger.taken == []


@pytest.mark.parametrize("raw", [b"", b"not JSON", b"[]", b"null", b"\xff"])
async def test_what_is_not_even_signed_json_is_refused(raw: bytes) -> None:
    ledger = Ledger()
    assert (await post(ledger, raw)).status_code == 401
    assert ledger.taken == []


async def test_an_unreadable_event_is_kept_by_name_and_alarms(caplog: pytest.LogCaptureFixture) -> None:
    ledger, raw = Ledger(), as_sent(event("user_send_text") | {"sender": {}})
    assert (await post(ledger, raw, signed(raw))).status_code == 200
    assert isinstance(ledger.taken[0], IgnoredEvent)
    assert any(record.levelno == logging.ERROR and record.message == "webhook.unreadable" for record in caplog.records)


async def test_a_huge_body_is_refused_before_anything_else() -> None:
    ledger = Ledger()
    assert (await post(ledger, b" " * (MAX_WEBHOOK_BYTES + 1))).status_code == 413
    assert ledger.taken == []


async def test_a_ledger_that_is_away_makes_zalo_send_again() -> None:
    raw = recorded("user_send_text")
    assert (await post(Ledger(is_away=True), raw, signed(raw))).status_code == 503


async def test_no_words_of_the_citizen_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    raw = recorded("user_send_text")
    await post(Ledger(), raw, signed(raw))
    await post(Ledger(), raw)
    assert "khai sinh" not in "".join(str(record.__dict__) for record in caplog.records)
    assert OA_SECRET not in "".join(str(record.__dict__) for record in caplog.records)
