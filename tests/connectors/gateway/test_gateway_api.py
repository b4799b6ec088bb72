"""The gateway answers as its OpenAPI file says, whatever it is sent, and the file names every call."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from sqlalchemy import select

from bot.settings import PROJECT_ROOT, Settings
from bot.storage.database import open_database
from bot.storage.models import Inbound
from connectors.gateway import sources
from connectors.gateway.app import create_app
from connectors.gateway.rate_limit import Rate
from connectors.gateway.webhook_probe import try_webhook
from tests.connectors.harness import served, settings_for
from tests.connectors.platform_accounts import PLATFORM_ACCOUNTS
from tests.databases import KINDS, migrated_postgres, migrated_sqlite

DOCUMENT: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / "docs" / "gateway-api.yaml").read_text(encoding="utf-8"))
API = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MADE_UP = settings(max_examples=20, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture(scope="module", params=KINDS)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of a gateway with all channels on, which is being served: one for all generated requests."""
    if request.param == "sqlite":
        yield from served_house(migrated_sqlite(tmp_path_factory.mktemp("gateway") / "ledger.sqlite3"))
        return
    with migrated_postgres.lent() as url:
        yield from served_house(url)


def served_house(url: str) -> Iterator[Settings]:
    """The same on this ledger."""
    own = settings_for(url, 1, **PLATFORM_ACCOUNTS)
    with pytest.MonkeyPatch.context() as patch:
        # A thousand strange requests of one source are the point here; its limits have tests of their own.
        for limit in ("OF_A_SOURCE", "REFUSED_WEBHOOKS"):
            patch.setattr(sources, limit, Rate(100_000, 1_000))
        app = create_app(own)
        # Starlette builds its middleware with the first request or the start of serving.
        app.middleware_stack = app.build_middleware_stack()
    with served(app) as base:
        yield own.model_copy(update={"gateway_port": int(base.rsplit(":", 1)[1])})


def signed(path: str, body: bytes) -> Mapping[str, str]:
    """The headers with which the platform would send this body."""
    if path == "/webhooks/zalo":
        stamp = _stamp(body)
        parts = (
            PLATFORM_ACCOUNTS["zalo_app_id"].encode(),
            body,
            stamp.encode(),
            PLATFORM_ACCOUNTS["zalo_oa_secret_key"].encode(),
        )
        return {"X-ZEvent-Signature": "mac=" + hashlib.sha256(b"".join(parts)).hexdigest(), "X-ZEvent-Timestamp": stamp}
    if path == "/webhooks/facebook":
        mac = hmac.new(PLATFORM_ACCOUNTS["facebook_app_secret"].encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={mac}"}
    if path == "/webhooks/portal":
        now = str(int(time.time()))
        mac = hmac.new(b"webhook-secret-of-the-portal", f"evt_{now}.{now}.".encode() + body, hashlib.sha256).digest()
        signature = "v1," + base64.b64encode(mac).decode()
        return {"webhook-id": f"evt_{now}", "webhook-timestamp": now, "webhook-signature": signature}
    return {"X-Telegram-Bot-Api-Secret-Token": PLATFORM_ACCOUNTS["telegram_webhook_secret"]}


def _stamp(body: bytes) -> str:
    try:
        found = json.loads(body).get("timestamp")
    except (ValueError, AttributeError):
        return "1"
    return str(found) if isinstance(found, str | int) else "1"


def test_the_file_is_valid_and_names_every_call() -> None:
    validate(DOCUMENT)
    app = create_app(settings_for("sqlite://", 1, **PLATFORM_ACCOUNTS))
    served_paths = {(path, method) for path, calls in app.openapi()["paths"].items() for method in calls}
    assert served_paths == {(path, method) for path, calls in DOCUMENT["paths"].items() for method in calls}


@API.exclude(path="/webchat/events").exclude(path="/health").parametrize()
@MADE_UP
def test_whatever_a_stranger_sends_gets_an_answer_of_the_file(case: schemathesis.Case, house: Settings) -> None:
    case.call_and_validate(base_url=f"http://127.0.0.1:{house.gateway_port}", checks=CHECKS, timeout=20)


@API.include(path_regex="^/webhooks/").include(method="POST").parametrize()
@MADE_UP
def test_whatever_a_platform_signs_gets_an_answer_of_the_file(case: schemathesis.Case, house: Settings) -> None:
    kwargs = case.as_transport_kwargs(base_url=f"http://127.0.0.1:{house.gateway_port}")
    request = requests.Request(**{name: value for name, value in kwargs.items() if name != "timeout"}).prepare()
    body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
    request.headers.update(signed(case.path, body))
    with requests.Session() as session:
        session.trust_env = False
        answer = session.send(request, timeout=20)
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize("name", ["zalo", "facebook", "telegram"])
def test_a_platform_is_let_in_and_a_forger_is_not(name: str, house: Settings) -> None:
    with httpx.Client(trust_env=False, timeout=20) as client:
        assert try_webhook(name, house, client).ok
    database = open_database(house.database_url)
    with database.sessions() as session:
        assert session.scalars(select(Inbound).where(Inbound.channel == name, Inbound.text.is_not(None))).all() == []
    database.engine.dispose()
