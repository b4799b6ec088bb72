"""The Messenger Platform as the control plane sees it."""

from collections.abc import Collection, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.faults import FaultBoard
from simulators.messaging.orders import ActOrder, NewUser, OfficerOrder, RawPost, SecretOrder, SentFile, SimUser
from simulators.messaging.platform import ActRefused
from simulators.messenger.citizen_acts import CitizenActs
from simulators.messenger.credentials import Credentials
from simulators.messenger.page import INBOX_ECHO_APP, Page
from simulators.messenger.screens import Shown
from simulators.messenger.sending import SendApi
from simulators.messenger.signatures import signature_headers


class MessengerPlatform:
    """Use it as an async context manager. ``base_url`` is where the Graph port will answer: it stands in links to files."""

    name = "messenger"
    title = "Messenger"
    colour = "#0866ff"

    def __init__(self, credentials: Credentials, clock: SimClock, client: httpx.AsyncClient, base_url: str) -> None:
        self.clock, self.faults = clock, FaultBoard()
        self.page = Page(credentials, clock, client, base_url)
        self.sending = SendApi(self.page)
        self._acts = CitizenActs(self.page)
        self.acts: Collection[str] = tuple(self._acts.by_name)
        self.deliveries = self.page.webhook.deliveries
        self.transcripts = self.page.transcripts
        self._client = client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.deliveries.stop()

    def users(self) -> Sequence[SimUser]:
        """All citizens."""
        return [person.as_user(self.page.seconds()) for person in self.page.people.all()]

    def make_user(self, order: NewUser) -> SimUser:
        """A citizen with a PSID, who has not written yet. Raises ``ActRefused``."""
        return self.page.people.add(order).as_user(self.page.seconds())

    async def act(self, user: str, act: str, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
        """Does what a citizen does. Raises ``UnknownUser``, ``ActRefused``."""
        return await self._acts.act(self.page.people.get(user), act, order, file)

    async def officer_says(self, order: OfficerOrder) -> dict[str, Any]:
        """An officer answers in Meta Business Suite: an echo without our metadata; with routing the inbox takes the thread."""
        page, person = self.page, self.page.people.get(order.user)
        if not person.in_conversation or person.blocked:
            raise ActRefused("there is no conversation with this citizen")
        mid = page.make_message_id()
        await page.tell_handovers(person, page.routing.inbox_replied(person.id, page.seconds()))
        page.show(person, Shown(order.text, [], []), mid, author="officer", note=order.officer)
        before = len(self.deliveries.log)
        await page.page_said(person, mid, {"text": order.text}, INBOX_ECHO_APP, None)
        return {"message_id": mid, "deliveries": [delivery.id for delivery in self.deliveries.log[before:]]}

    async def post_raw(self, order: RawPost) -> dict[str, Any]:
        """Posts any bytes to the webhook, once. Raises ``ActRefused``."""
        if self.page.webhook.url is None:
            raise ActRefused("no webhook is registered")
        body = order.content()
        headers = {} if order.content_type is None else {"Content-Type": order.content_type}
        if order.signature != "none":
            secret = self.page.credentials.app_secret if order.signature == "right" else "not the secret"
            headers |= signature_headers(secret, body)
        try:
            answer = await self._client.post(self.page.webhook.url, content=body, headers=headers | order.headers, timeout=30)
        except httpx.HTTPError as error:
            raise ActRefused(f"the webhook could not be reached: {type(error).__name__}") from error
        return {"status": answer.status_code, "body": answer.text}

    async def rotate_secret(self, order: SecretOrder) -> dict[str, Any]:
        """Changes the app secret, or with ``extra.which`` the page_token or verify_token. Raises ``ActRefused``."""
        which = str(order.extra.get("which", "app_secret"))
        try:
            return {"which": which, "value": self.page.credentials.rotate(which, order.value)}
        except ValueError as error:
            raise ActRefused(str(error)) from error

    async def reset(self) -> None:
        """As just started; the webhook and the credentials stay."""
        await self.page.reset()
        self.faults.clear()

    def facts(self) -> dict[str, Any]:
        """Ids, webhook, routing, profile and knobs."""
        page = self.page
        return {
            "page_id": page.credentials.page_id,
            "app_id": page.credentials.app_id,
            "token_expired": page.credentials.token_expired,
            "webhook": page.webhook.facts(),
            "default_app": page.routing.default_app,
            "profile": page.profile.get(["get_started", "greeting", "persistent_menu", "ice_breakers"]),
            "templates": [template.as_json() for template in page.templates.all()],
            "personas": list(page.personas.values()),
            "knobs": page.knobs.model_dump(),
        }
