"""The smallest platform that the control plane can drive: an event is the citizen's text, an answer is shown by the test."""

import itertools
from collections.abc import Collection
from typing import Any

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import RetryLadder, WebhookDeliveries
from simulators.messaging.faults import FaultBoard
from simulators.messaging.orders import ActOrder, NewUser, OfficerOrder, RawPost, SecretOrder, SentFile, SimUser
from simulators.messaging.platform import ActRefused, UnknownUser
from simulators.messaging.transcript import Author, ShownButton, ShownMessage, Transcripts


class SmallPlatform:
    """Implements ``SimulatedPlatform``."""

    name, title, colour = "small", "Nền tảng nhỏ", "#225522"
    acts: Collection[str] = ("say", "tap", "send_file", "share_location", "share_contact", "block", "unblock")

    def __init__(self, client: httpx.AsyncClient, webhook: str) -> None:
        self.clock, self.faults, self.transcripts = SimClock(), FaultBoard(), Transcripts()
        self.secret = "first"
        self.acted: list[tuple[str, str, ActOrder, SentFile | None]] = []
        self.raw: list[RawPost] = []
        self._users: dict[str, SimUser] = {}
        self._ids = itertools.count(1)
        self.deliveries = WebhookDeliveries(
            self.clock, client, RetryLadder(()), 10, lambda body, _: (body, {}), lambda: webhook, lambda _: None
        )

    def users(self) -> list[SimUser]:
        return list(self._users.values())

    def make_user(self, order: NewUser) -> SimUser:
        user = SimUser(id=order.id or str(next(self._ids)), name=order.name, phone=order.phone)
        if user.id in self._users:
            raise ActRefused("taken")
        self._users[user.id] = user
        return user

    async def act(self, user: str, act: str, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
        if user not in self._users:
            raise UnknownUser(user)
        self.acted.append((user, act, order, file))
        if act in ("block", "unblock"):
            self._users[user].blocked = act == "block"
        text = order.text or order.title or (file.name if file else act)
        self.show(user, "user", text)
        delivery = await self.deliveries.deliver(user, text.encode(), **order.delivery.model_dump())
        return {"deliveries": [delivery.id]}

    def show(
        self, user: str, author: Author, text: str, buttons: tuple[ShownButton, ...] = (), refused: str | None = None
    ) -> None:
        message = ShownMessage(str(next(self._ids)), self.clock.now(), author, text, buttons, refused=refused)
        self.transcripts.show(user, message)

    async def officer_says(self, order: OfficerOrder) -> dict[str, Any]:
        self.show(order.user, "officer", order.text)
        return {}

    async def post_raw(self, order: RawPost) -> dict[str, Any]:
        self.raw.append(order)
        return {"status": 403, "body": "no"}

    async def rotate_secret(self, order: SecretOrder) -> dict[str, Any]:
        self.secret = order.value or "second"
        return {"secret": self.secret}

    async def reset(self) -> None:
        self.clock.reset()
        self.faults.clear()
        await self.deliveries.reset()
        self.transcripts.clear()
        self._users.clear()

    def facts(self) -> dict[str, Any]:
        return {"colour_of_the_sky": "xanh"}
