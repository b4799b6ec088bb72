"""Events to the assistant's webhook: signed by the Standard Webhooks scheme, retried, doubled and lost on command."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import Delivery, RetryLadder, WebhookDeliveries

LADDER = RetryLadder((5, 30, 120, 600, 3600))
DEADLINE_SECONDS = 5.0


class WebhookOrder(BaseModel):
    """Where events go, and how the next ones travel until the next order."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = None
    duplicate: int = Field(0, ge=0, le=20)
    concurrent: bool = False
    delay: float = Field(0, ge=0)
    drop: bool = False
    wrong_signature: bool = False


class Webhook:
    """Signs and sends events. ``order`` may be replaced at any time; ``base`` is the order that a reset returns to."""

    def __init__(self, secret: str, url: str | None, clock: SimClock) -> None:
        self._secret, self._clock = secret.encode(), clock
        self.base = WebhookOrder(url=url)
        self.order = self.base
        self.client = httpx.AsyncClient(trust_env=False)
        self.deliveries = WebhookDeliveries(
            clock, self.client, LADDER, DEADLINE_SECONDS, self._request, lambda: self.order.url, _give_up
        )

    async def send(self, kind: str, data: Mapping[str, Any]) -> None:
        """Sends an event on its way, if there is anywhere to send it."""
        if self.order.url is None:
            return
        event_id = "evt_" + secrets.token_hex(12)
        at = self._clock.now().isoformat(timespec="milliseconds")
        body = json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False).encode()
        order = self.order
        await self.deliveries.deliver(
            event_id,
            event_id.encode() + b"\n" + body,
            duplicate=order.duplicate,
            concurrent=order.concurrent,
            delay=order.delay,
            drop=order.drop,
        )

    def _request(self, kept: bytes, _attempt: int) -> tuple[bytes, Mapping[str, str]]:
        """Signed anew for every attempt, with its own time and the event's own id."""
        event_id, _, body = kept.partition(b"\n")
        stamp = str(int(self._clock.now().timestamp()))
        key = b"another secret" if self.order.wrong_signature else self._secret
        signature = hmac.new(key, event_id + b"." + stamp.encode() + b"." + body, hashlib.sha256).digest()
        return body, {
            "Content-Type": "application/json",
            "webhook-id": event_id.decode(),
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(signature).decode(),
        }

    async def stop(self) -> None:
        """Ends all deliveries and the connections."""
        await self.deliveries.stop()
        await self.client.aclose()


def _give_up(_delivery: Delivery) -> None:
    """After the last rung nothing more is tried; the changes stay on the list that is polled."""
