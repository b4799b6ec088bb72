"""The portal's webhook: only the portal is let in, and each event is carried out once."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.settings import Settings
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch, PortalEventSeen, Submission
from bot.storage.models import Conversation
from connectors.gateway.app import create_app
from tests.connectors.harness import served, settings_for

SECRET = "a-webhook-secret"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def gateway(database: Database, database_url: str) -> Iterator[str]:
    with writing(database.sessions) as session:
        session.add(Conversation(id="c1", channel="webchat", account="web", external_id="c1", opened_at=NOW))
        session.flush()
        session.add(
            DossierWatch(
                id="w1",
                conversation_id="c1",
                dossier_key="k",
                shown="***0001",
                state="active",
                consent_at=NOW,
                consent_text="watch_consent_1",
                portal_ended=False,
            )
        )
        session.add(
            Submission(
                portal_draft_id="d1",
                draft_id="o1",
                conversation_id="c1",
                kind="submission",
                state="handed_over",
                handed_over_at=NOW,
            )
        )
    with served(create_app(settings_for(database_url, 1, portal_webhook_secret=SECRET))) as base:
        yield base


def change(reference: str = "w1", change_id: str = "chg_1", at: datetime = NOW, status: str = "4") -> dict[str, Any]:
    dossier = {
        "dossier_code": "H05.12.3-261120-0001",
        "source_system": "provincial",
        "status_code": status,
        "as_of": at.isoformat(),
        "procedure_code": None,
        "procedure_name": None,
        "receiving_unit": None,
        "received_at": None,
        "due_at": None,
        "ended_at": None,
        "current_step": None,
        "current_unit": None,
        "must_act": None,
        "supplement_requests": [],
        "result_method": None,
        "result_place": None,
        "owner_name": "must go no further",
    }
    return {
        "change_id": change_id,
        "reference": reference,
        "occurred_at": at.isoformat(),
        "dossier": dossier,
        "ended": False,
    }


def event(kind: str = "dossier.changed", data: Any = None) -> bytes:
    return json.dumps({"type": kind, "timestamp": NOW.isoformat(), "data": change() if data is None else data}).encode()


def post(base: str, body: bytes, *, event_id: str = "", shift: int = 0, secret: str = SECRET) -> httpx.Response:
    event_id, stamp = event_id or "evt_" + secrets.token_hex(8), str(int(time.time()) + shift)
    mac = hmac.new(secret.encode(), f"{event_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1,bm90IHRoaXM= v1," + base64.b64encode(mac).decode(),
    }
    with httpx.Client(trust_env=False, timeout=20) as client:
        return client.post(f"{base}/webhooks/portal", content=body, headers=headers)


def counts(database: Database) -> tuple[int, int]:
    """Events that were kept, notices."""
    with database.sessions() as session:
        kept = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (PortalEventSeen, DossierNotice)]
    return kept[0], kept[1]


def test_a_change_becomes_a_notice_once_however_often_it_comes(gateway: str, database: Database) -> None:
    assert post(gateway, event(), event_id="evt_1").status_code == 200
    assert post(gateway, event(), event_id="evt_1").status_code == 200
    with ThreadPoolExecutor(6) as senders:
        again = [senders.submit(post, gateway, event(), event_id="evt_2") for _ in range(6)]
    assert {one.result().status_code for one in again} == {200}
    assert counts(database) == (2, 1)
    with database.sessions() as session:
        [notice] = session.scalars(select(DossierNotice)).all()
    kept = json.dumps(notice.content)
    assert "must go no further" not in kept
    assert "0001" not in kept


def test_out_of_order_the_older_state_is_kept_and_not_to_be_told(gateway: str, database: Database) -> None:
    post(gateway, event(data=change(change_id="chg_2", at=NOW + timedelta(hours=1), status="9")))
    post(gateway, event(data=change(change_id="chg_1")))
    with database.sessions() as session:
        found = {row.occasion: (row.state, row.reason) for row in session.scalars(select(DossierNotice)) if row.kind == "change"}
    assert found == {"chg_2": ("waiting", None), "chg_1": ("not_told", "older")}


def test_what_means_nothing_to_us_is_taken_and_ignored(gateway: str, database: Database) -> None:
    assert post(gateway, event("fee.changed", {"any": "thing"})).status_code == 200
    assert post(gateway, event(data=change(reference="nobody"))).status_code == 200
    assert counts(database) == (2, 0)


def test_a_draft_that_was_sent_is_noted(gateway: str, database: Database) -> None:
    draft = {
        "draft_id": "d1",
        "kind": "application",
        "status": "submitted",
        "payment": "not_required",
        "fee": None,
        "missing_papers": [],
        "expires_at": NOW.isoformat(),
        "receipt": {"dossier_code": "H05.12.3-261120-0001", "lookup_code": "7K2M", "received_at": NOW.isoformat()},
    }
    answer = post(gateway, event("draft.changed", draft))
    assert answer.status_code == 200, answer.text
    with database.sessions() as session:
        assert session.get_one(Submission, "d1").state == "sent"


@pytest.mark.parametrize(
    ("body", "how", "status"),
    [
        (event(), {"secret": "another"}, 401),
        (event(), {"shift": -400}, 401),
        (event(), {"shift": 400}, 401),
        (event(), {"event_id": "evt/../1"}, 400),
        (event(), {"event_id": "e" * 65}, 400),
        (b"", {}, 400),
        (b"[]", {}, 400),
        (b"{not json", {}, 400),
        (b"\xff\xfe\x00", {}, 400),
        (b"[" * 100_000, {}, 400),
        (event(data={"change_id": "x"}), {}, 400),
        (event(data=change() | {"ended": "yes"}), {}, 400),
        (event(data=change() | {"reference": "w1'; DROP TABLE conversation; --"}), {}, 400),
        (b'{"type": "' + b"x" * 300_000 + b'"}', {}, 413),
    ],
)
def test_anything_else_is_turned_away_and_stored_nowhere(
    gateway: str, database: Database, body: bytes, how: dict[str, Any], status: int
) -> None:
    answer = post(gateway, body, **how)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert counts(database) == (0, 0)


def test_the_signature_covers_the_very_bytes(gateway: str) -> None:
    stamp = str(int(time.time()))
    mac = base64.b64encode(hmac.new(SECRET.encode(), f"e.{stamp}.".encode() + event(), hashlib.sha256).digest()).decode()
    headers = {"webhook-id": "e", "webhook-timestamp": stamp, "webhook-signature": f"v1,{mac}"}
    with httpx.Client(trust_env=False) as client:
        assert client.post(f"{gateway}/webhooks/portal", content=event() + b" ", headers=headers).status_code == 401
        assert client.post(f"{gateway}/webhooks/portal", content=event()).status_code == 400
        assert client.get(f"{gateway}/webhooks/portal").status_code == 405


def test_a_fault_of_ours_leaves_nothing_so_that_the_portal_sends_again(database_url: str) -> None:
    """The tables are not there yet: 503 or 500, and after the repair the same event is taken."""
    from bot.storage.migrate import upgrade

    with served(create_app(settings_for(database_url, 1, portal_webhook_secret=SECRET))) as base:
        assert post(base, event(), event_id="evt_1").status_code in (500, 503)
        upgrade(database_url)
        assert post(base, event(), event_id="evt_1").status_code == 200


def test_without_a_secret_there_is_no_door_and_the_start_says_so(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    settings: Settings = settings_for(database_url, 1, portal_webhook_secret=None)
    with served(create_app(settings)) as base:
        assert post(base, event()).status_code == 404
    assert "portal.webhook_off" in caplog.text
