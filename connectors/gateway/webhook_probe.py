"""Tries our own webhooks as a platform would: one request signed rightly, one wrongly. The event is of a kind that nobody has,
so that it changes nothing but the list of ignored events."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from bot.settings import Settings
from connectors.facebook.account import FacebookAccount
from connectors.facebook.signature import webhook_signature
from connectors.gateway.channels import telegram_secrets, webhook_address
from connectors.zalo.setup import webhook_secret, zalo_ids
from connectors.zalo.signature import signature_of

PROBE_EVENT = "motcua_webhook_test"


@dataclass(frozen=True)
class Probe:
    """A request as the platform would send it, and the headers of a forger."""

    body: bytes
    signed: Mapping[str, str]
    forged: Mapping[str, str]


@dataclass(frozen=True)
class ProbeResult:
    """The status codes that our webhook answered; None where nobody answered."""

    url: str
    signed: int | None
    forged: int | None

    @property
    def ok(self) -> bool:
        """A platform is let in and a forger is not."""
        return self.signed == 200 and self.forged in (401, 403)


def probe_for(name: str, settings: Settings, now_ms: int) -> Probe:
    """The request for this platform. Raises ``MissingSettingError``."""
    match name:
        case "zalo":
            ids, secret = zalo_ids(settings), webhook_secret(settings).oa_secret
            event = {"app_id": ids.app_id, "oa_id": ids.oa_id, "event_name": PROBE_EVENT, "timestamp": str(now_ms)}
            body = json.dumps(event).encode()
            mac = signature_of(body, str(now_ms), ids.app_id, secret)
            return Probe(body, {"X-ZEvent-Signature": f"mac={mac}"}, {"X-ZEvent-Signature": "mac=" + "0" * 64})
        case "facebook":
            account = FacebookAccount.from_settings(settings)
            item = {"sender": {"id": "0"}, "recipient": {"id": account.page_id}, "timestamp": now_ms, PROBE_EVENT: {}}
            body = json.dumps(
                {"object": "page", "entry": [{"id": account.page_id, "time": now_ms, "messaging": [item]}]}
            ).encode()
            signature = webhook_signature(body, account.app_secret)
            return Probe(body, {"X-Hub-Signature-256": signature}, {"X-Hub-Signature-256": "sha256=" + "0" * 64})
        case _:
            _, word = telegram_secrets(settings)
            body = json.dumps({"update_id": now_ms % 2_000_000_000, PROBE_EVENT: {}}).encode()
            header = "X-Telegram-Bot-Api-Secret-Token"
            return Probe(body, {header: word}, {header: "wrong"})


def try_webhook(name: str, settings: Settings, client: httpx.Client) -> ProbeResult:
    """Sends both requests to the address that the platform would use. Raises ``MissingSettingError``."""
    url = webhook_address(settings, name)
    probe = probe_for(name, settings, int(time.time() * 1000))
    return ProbeResult(url, _status(client, url, probe.body, probe.signed), _status(client, url, probe.body, probe.forged))


def _status(client: httpx.Client, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
    try:
        return client.post(url, content=body, headers={"Content-Type": "application/json", **headers}).status_code
    except httpx.TransportError:
        return None
