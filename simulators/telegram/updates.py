"""Updates on their way to the bot: the webhook's settings, what is pending, and the deliveries."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import Attempt, Delivery, DeliveryOptions, RetryLadder, WebhookDeliveries

DEADLINE_SECONDS = 60.0
KEPT_SECONDS = 24 * 3600.0
LADDER = RetryLadder(tuple(float(2**rung) for rung in range(12)) + (3600.0,) * 23)
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


# Ids go on from the real time, so that no restart repeats one that a bot already knows (at under 20 updates a second on average).
_FIRST_ID_AT_MS = 1_767_225_600_000
_MS_PER_ID = 50


@dataclass
class WebhookSettings:
    """What setWebhook set. ``allowed_updates`` empty = all but those in ``NOT_BY_DEFAULT``."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    allowed_updates: tuple[str, ...] = ()


@dataclass(frozen=True)
class PendingUpdate:
    """An update that the bot has not confirmed."""

    update_id: int
    user: str
    body: bytes
    at: float


class Updates:
    """The queue of one bot. Updates of one chat go one after the other, chats beside each other."""

    def __init__(
        self, clock: SimClock, client: httpx.AsyncClient, on_answer: Callable[[httpx.Response], Awaitable[None]]
    ) -> None:
        self.settings = WebhookSettings()
        self.last_failure: Attempt | None = None
        self._clock, self._on_answer = clock, on_answer
        self._next_id = (clock.now_ms() - _FIRST_ID_AT_MS) // _MS_PER_ID
        self._pending: dict[int, PendingUpdate] = {}
        self._arrived = asyncio.Event()
        self.deliveries = WebhookDeliveries(
            clock,
            client,
            LADDER,
            DEADLINE_SECONDS,
            self._request,
            lambda: self.settings.url or None,
            self._forget,
            per_user_sequential=True,
            keep_seconds=KEPT_SECONDS,
            on_answer=self._accepted,
            on_failed_attempt=self._failed,
        )

    async def add(self, user: str, kind: str, content: Mapping[str, Any], options: DeliveryOptions) -> Delivery | None:
        """A new update; None where it is not posted now: the filter leaves it out, or it stays pending without a webhook."""
        allowed = self.settings.allowed_updates
        if kind not in allowed if allowed else kind in NOT_BY_DEFAULT:
            return None
        return await self.add_unfiltered(user, kind, content, options)

    async def add_unfiltered(self, user: str, kind: str, content: Mapping[str, Any], options: DeliveryOptions) -> Delivery | None:
        """As ``add``, past the filter."""
        update_id, self._next_id = self._next_id, self._next_id + 1
        body = json.dumps({"update_id": update_id, kind: content}, separators=(",", ":")).encode()
        if options.drop:
            return await self.deliveries.deliver(user, body, drop=True)
        self._pending[update_id] = PendingUpdate(update_id, user, body, self._clock.now().timestamp())
        if not self.settings.url:
            arrived, self._arrived = self._arrived, asyncio.Event()
            arrived.set()
            return None
        return await self.deliveries.deliver(user, body, **options.model_dump())

    async def set_webhook(self, settings: WebhookSettings, *, drop_pending: bool) -> None:
        """New settings; pending updates go to a new webhook, the oldest first."""
        moved = settings.url != self.settings.url
        self.settings = settings
        self.deliveries.limit_connections(settings.max_connections)
        if moved or drop_pending:
            await self.deliveries.cancel_all()
            self.last_failure = None
        if drop_pending:
            self._pending.clear()
        elif moved and settings.url:
            for update in self.pending():
                await self.deliveries.deliver(update.user, update.body)

    def pending(self) -> list[PendingUpdate]:
        """What is not confirmed and not older than 24 hours, oldest first."""
        oldest = self._clock.now().timestamp() - KEPT_SECONDS
        self._pending = {key: update for key, update in self._pending.items() if update.at > oldest}
        return list(self._pending.values())

    async def wait_for_pending(self, seconds: float) -> None:
        """Waits until something is pending, at most so many simulated seconds."""
        if not self.pending() and seconds > 0:
            waiting = asyncio.create_task(self._arrived.wait())
            ending = asyncio.create_task(self._clock.sleep(seconds))
            try:
                await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                ending.cancel()

    def confirm_before(self, update_id: int) -> None:
        """Forgets the updates with lower ids (the offset of getUpdates)."""
        self._pending = {key: update for key, update in self._pending.items() if key >= update_id}

    def last_error(self) -> dict[str, Any]:
        """``last_error_date`` and ``last_error_message`` of getWebhookInfo; empty where nothing failed since setWebhook."""
        failure = self.last_failure
        if failure is None:
            return {}
        return {"last_error_date": int(failure.at.timestamp()), "last_error_message": _message(failure)}

    async def reset(self) -> None:
        """No webhook, nothing pending; update ids go on."""
        await self.deliveries.reset()
        self.deliveries.limit_connections(WebhookSettings().max_connections)
        self.settings = WebhookSettings()
        self._pending.clear()
        self.last_failure = None

    def _request(self, body: bytes, _number: int) -> tuple[bytes, Mapping[str, str]]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
        secret = {SECRET_HEADER: self.settings.secret_token} if self.settings.secret_token else {}
        return body, headers | secret

    def _forget(self, delivery: Delivery) -> None:
        self._pending.pop(json.loads(delivery.body)["update_id"], None)

    def _failed(self, _delivery: Delivery, attempt: Attempt) -> None:
        self.last_failure = attempt

    async def _accepted(self, delivery: Delivery, answer: httpx.Response) -> None:
        self._forget(delivery)
        await self._on_answer(answer)


def _message(failure: Attempt) -> str:
    if failure.status is not None:
        return f"Wrong response from the webhook: {failure.status} {httpx.codes.get_reason_phrase(failure.status)}".rstrip()
    error = failure.error or ""
    if error.startswith("no answer"):
        return "Read timeout expired"
    if error.startswith("ConnectError"):
        return "Connection refused"
    return "Connection closed unexpectedly"


def refuse_bad_url(url: str, *, https_only: bool) -> str | None:
    """Why the platform would not take this webhook URL; None where it does."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return "bad webhook: invalid URL"
    if parts.scheme != "https" and (https_only or parts.scheme != "http"):
        return "bad webhook: An HTTPS URL must be provided for webhook"
    if not host:
        return "bad webhook: URL host is empty"
    if https_only and (port or 443) not in (80, 88, 443, 8443):
        return "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
    return None
