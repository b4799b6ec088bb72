"""The page's webhook: registration with its handshake, subscription, and posting events signed."""

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import Attempt, Delivery, DeliveryOptions, RetryLadder, WebhookDeliveries
from simulators.messaging.guard import refuse_real_platform
from simulators.messaging.platform import ActRefused
from simulators.messenger import webhook_events as events
from simulators.messenger.graph_errors import GraphError, bad_parameter
from simulators.messenger.signatures import signature_headers, webhook_body
from simulators.messenger.structured_templates import check_url

DEADLINE_SECONDS = 5
RETRIES = RetryLadder((1, 5, 15, 60, 120, 300, 600, 900, 1599))
"""A few retries at once, then ever rarer; they end one hour after the first attempt."""
ALERT_SECONDS = 15 * 60
_PAGE = "page"


class PageWebhook:
    """Where events go. Nothing is posted before a URL is registered and a field subscribed, nor once it is disabled."""

    def __init__(self, page_id: str, clock: SimClock, client: httpx.AsyncClient, app_secret: Callable[[], str]) -> None:
        self.url: str | None = None
        self.fields: tuple[str, ...] = ()
        self.disabled = False
        self._failing_since: datetime | None = None
        self._page_id, self._clock, self._client, self._app_secret = page_id, clock, client, app_secret
        self._gathered: list[tuple[events.Channel, events.Event]] | None = None
        self.deliveries = WebhookDeliveries(
            clock,
            client,
            RETRIES,
            DEADLINE_SECONDS,
            lambda body, _attempt: (body, self._headers(body)),
            lambda: None if self.disabled else self.url,
            self._gave_up,
            accepts=lambda status: status == 200,
            on_answer=self._answered,
            on_failed_attempt=self._failed,
        )

    def _headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", **signature_headers(self._app_secret(), body)}

    async def _answered(self, _delivery: Delivery, _answer: httpx.Response) -> None:
        self._failing_since = None

    def _failed(self, _delivery: Delivery, attempt: Attempt) -> None:
        if self._failing_since is None:
            self._failing_since = attempt.at

    def _gave_up(self, _delivery: Delivery) -> None:
        self.disabled = True

    async def register(self, url: str, verify_token: str) -> None:
        """Asks the URL to prove itself and keeps it. Raises ``ActRefused`` where it is none, leads to a real platform, or does
        not return the bare challenge."""
        try:
            refuse_real_platform(check_url(url, "callback_url"))
        except (ValueError, GraphError) as error:
            raise ActRefused(str(error)) from error
        challenge = str(secrets.randbelow(10**10))
        asked = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        try:
            answer = await self._client.get(url, params=asked, timeout=DEADLINE_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ActRefused(f"the webhook could not be asked: {type(error).__name__}") from error
        if answer.status_code != 200 or answer.text != challenge:
            raise ActRefused(f"the webhook did not return the challenge: HTTP {answer.status_code}")
        self.url, self.disabled = url, False

    def subscribe(self, fields: Collection[str]) -> None:
        """Exactly these fields from now on; ends a disabling. Raises error 100 for an unknown field."""
        for name in fields:
            if name not in events.FIELDS:
                raise bad_parameter(f"Param subscribed_fields must be one of {{{', '.join(events.FIELDS)}}}: got {name}")
        self.fields, self.disabled = tuple(fields), False

    def unsubscribe(self) -> None:
        """No events any more."""
        self.fields = ()

    async def tell(
        self, person: str, field: str, event: events.Event, options: DeliveryOptions | None = None, *, standby: bool = False
    ) -> Delivery | None:
        """Posts one event in an envelope of its own; None where the page is not subscribed to it (or only gathers)."""
        if field not in self.fields or (standby and "standby" not in self.fields):
            return None
        channel: events.Channel = "standby" if standby else "messaging"
        told = events.overheard(event) if standby else event
        if self._gathered is not None:
            self._gathered.append((channel, told))
            return None
        return await self._post(person, [events.entry(self._page_id, self._clock.now_ms(), channel, [told])], options)

    async def tell_of_template(self, entry: events.Event) -> Delivery | None:
        """Posts the result of a template's review."""
        if "message_template_status_update" not in self.fields:
            return None
        return await self._post(_PAGE, [entry], None)

    def gather(self) -> None:
        """Keeps the next events back, for one post of them all."""
        self._gathered = []

    def gathered(self) -> list[tuple[events.Channel, events.Event]]:
        """Ends gathering and gives what was kept back."""
        kept, self._gathered = self._gathered or [], None
        return kept

    async def post_batch(
        self, batches: Sequence[Sequence[tuple[events.Channel, events.Event]]], options: DeliveryOptions
    ) -> Delivery:
        """One post with an entry per batch (and channel), each with all events of it."""
        entries = []
        for batch in batches:
            for channel in ("messaging", "standby"):
                chosen = [event for where, event in batch if where == channel]
                if chosen:
                    entries.append(events.entry(self._page_id, self._clock.now_ms(), channel, chosen))
        return await self._post(_PAGE, entries, options)

    async def _post(self, person: str, entries: Sequence[events.Event], options: DeliveryOptions | None) -> Delivery:
        body = webhook_body(events.envelope(entries))
        return await self.deliveries.deliver(person, body, **(options or DeliveryOptions()).model_dump())

    def facts(self) -> dict[str, Any]:
        """URL, fields and health; ``alert`` after fifteen minutes without a success."""
        since, now = self._failing_since, self._clock.now()
        return {
            "url": self.url,
            "subscribed_fields": list(self.fields),
            "disabled": self.disabled,
            "alert": since is not None and (now - since).total_seconds() >= ALERT_SECONDS,
        }

    async def reset(self) -> None:
        """Ends all deliveries; URL and fields stay, as the console keeps them."""
        self.disabled, self._gathered, self._failing_since = False, None, None
        await self.deliveries.reset()
