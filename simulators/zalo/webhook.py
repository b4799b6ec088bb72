"""Posts events to the application's webhook: registration with a probe, signature, deadline, retries, and being switched off."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import Delivery, DeliveryOptions, RetryLadder, WebhookDeliveries
from simulators.messaging.guard import refuse_real_platform
from simulators.zalo.events import Event, as_bytes, is_from_template_side
from simulators.zalo.knobs import Knobs
from simulators.zalo.signature import event_mac

DEADLINE_SECONDS: Final = 2.0
RETRY_SECONDS: Final = (30.0, 300.0, 900.0, 1800.0, 3600.0)
HEADER_TIMESTAMP_LAG_MS: Final = 7
"""How far ``X-ZEvent-Timestamp`` lies behind the body's timestamp when the header feeds the MAC."""
_SIMULATED: Final = {"X-Simulated": "zalo", "Content-Type": "application/json"}
_PROBE_PAUSE_SECONDS: Final = 1.0


class WebhookRefused(Exception):
    """The webhook did not answer the probe with 200: it is not registered."""


class Webhook:
    """The application's webhook. ``oa_secret`` and ``app_secret`` may change while it runs."""

    def __init__(
        self,
        clock: SimClock,
        client: httpx.AsyncClient,
        knobs: Callable[[], Knobs],
        app_id: str,
        oa_secret: str,
        app_secret: Callable[[], str],
    ) -> None:
        self.url: str | None = None
        self.disabled = False
        self.oa_secret = oa_secret
        self._client, self._knobs, self._app_id, self._app_secret = client, knobs, app_id, app_secret
        self._registering: asyncio.Task[None] | None = None
        self.deliveries = WebhookDeliveries(
            clock,
            client,
            RetryLadder(RETRY_SECONDS),
            DEADLINE_SECONDS,
            self._request,
            self._target,
            self._gave_up,
            accepts=lambda status: status == 200,
        )

    async def register(self, url: str) -> None:
        """Saves the address, as the developer console does: posts an unsigned ``{}`` first.

        Raises ``WebhookRefused`` where that is not answered with 200 in time, ``ValueError`` for an address that cannot be used.
        """
        refuse_real_platform(url)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                answer = await self._client.post(url, content=b"{}", headers=_SIMULATED, timeout=None)
        except (httpx.HTTPError, TimeoutError) as error:
            raise WebhookRefused("Không thể kết nối với webhook") from error
        if answer.status_code != 200:
            raise WebhookRefused(f"Không thể kết nối với webhook (HTTP {answer.status_code})")
        self.url, self.disabled = url, False

    def register_when_up(self, url: str) -> None:
        """Tries to register every second until the webhook answers. Raises ``ValueError`` for an address that cannot be used."""
        refuse_real_platform(url)

        async def insist() -> None:
            while True:
                with contextlib.suppress(WebhookRefused):
                    await self.register(url)
                    return
                await asyncio.sleep(_PROBE_PAUSE_SECONDS)

        self._registering = asyncio.create_task(insist())

    def remove(self) -> None:
        """No webhook any more."""
        self.url, self.disabled = None, False

    async def emit(self, user: str, event: Event, options: DeliveryOptions | None = None) -> Delivery:
        """Sends an event on its way."""
        return await self.deliveries.deliver(user, as_bytes(event), **(options or DeliveryOptions()).model_dump())

    async def post_once(self, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Posts these bytes as they are, once. Raises ``WebhookRefused`` where there is no webhook or no answer."""
        if self.url is None:
            raise WebhookRefused("no webhook is registered")
        try:
            return await self._client.post(self.url, content=body, headers=dict(headers), timeout=30)
        except httpx.HTTPError as error:
            raise WebhookRefused(f"{type(error).__name__}: {error}") from error

    async def stop(self) -> None:
        """Ends all deliveries."""
        if self._registering is not None:
            self._registering.cancel()
            await asyncio.wait([self._registering])
            self._registering = None
        await self.deliveries.stop()

    def signature_headers(self, body: bytes) -> dict[str, str]:
        """The signature of these bytes, as the knobs have it; bytes that are no event are signed with an empty timestamp."""
        knobs = self._knobs()
        timestamp = str(_event_of(body).get("timestamp", ""))
        headers = {}
        if knobs.mac_timestamp == "header":
            late = int(timestamp) + HEADER_TIMESTAMP_LAG_MS if timestamp.isdecimal() else HEADER_TIMESTAMP_LAG_MS
            timestamp = headers["X-ZEvent-Timestamp"] = str(late)
        mac = event_mac(self._app_id, body, timestamp, self._secret(knobs))
        return headers | {"X-ZEvent-Signature": f"mac={mac}" if knobs.mac_prefix else mac}

    def _secret(self, knobs: Knobs) -> str:
        if knobs.wrong_secret:
            return secrets.token_hex(16)
        return self._app_secret() if knobs.oa_secret_is_app_secret else self.oa_secret

    def _request(self, body: bytes, attempt: int) -> tuple[bytes, dict[str, str]]:
        headers = _SIMULATED | self.signature_headers(body)
        if is_from_template_side(_event_of(body)):
            headers["X-ZEvent-Server"] = "ZNS"
        if attempt > 1:
            headers["num_retry"] = str(attempt - 1)
        return body, headers

    def _target(self) -> str | None:
        return None if self.disabled else self.url

    def _gave_up(self, _delivery: Delivery) -> None:
        self.disabled = True


def _event_of(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}
