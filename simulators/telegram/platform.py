"""Telegram as the control plane sees it."""

import secrets
from collections.abc import Collection
from types import TracebackType
from typing import Any, Self

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import WebhookDeliveries
from simulators.messaging.faults import FaultBoard
from simulators.messaging.orders import ActOrder, NewUser, OfficerOrder, RawPost, SecretOrder, SentFile, SimUser
from simulators.messaging.platform import ActRefused, UnknownAct
from simulators.messaging.posting import KeptPosts
from simulators.messaging.transcript import Transcripts
from simulators.telegram.api import carry_out_webhook_answer
from simulators.telegram.bot import TelegramBot
from simulators.telegram.citizen import ACTS
from simulators.telegram.knobs import Knobs
from simulators.telegram.updates import SECRET_HEADER

_RAW_SECONDS = 60.0


class TelegramPlatform:
    """The simulated platform with one bot. An async context manager: it ends its deliveries and its HTTP client."""

    name = "telegram"
    title = "Telegram"
    colour = "#2a6f97"
    acts: Collection[str] = tuple(ACTS)

    def __init__(self, token: str, clock: SimClock | None = None, knobs: Knobs | None = None) -> None:
        """``token`` as BotFather gives it (``<digits>:<secret>``); raises ``ValueError`` where it is not one."""
        number, colon, secret = token.partition(":")
        if not (number.isascii() and number.isdecimal() and colon and secret):
            raise ValueError("a bot token is <digits>:<secret>")
        self.clock = clock or SimClock()
        self.faults = FaultBoard()
        self._client = httpx.AsyncClient(transport=KeptPosts())
        self.bot = TelegramBot(token, self.clock, self._client, self._on_webhook_answer, knobs=knobs or Knobs())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.deliveries.stop()
        await self._client.aclose()

    @property
    def deliveries(self) -> WebhookDeliveries:
        """The delivery engine of the bot's updates."""
        return self.bot.updates.deliveries

    @property
    def transcripts(self) -> Transcripts:
        """The citizens' screens."""
        return self.bot.transcripts

    def users(self) -> list[SimUser]:
        """All citizens."""
        return [person.as_sim_user() for person in self.bot.people.all()]

    def make_user(self, order: NewUser) -> SimUser:
        """Adds a citizen; ``extra.chat_type`` "group" makes one who writes in a group."""
        return self.bot.people.make(order).as_sim_user()

    async def act(self, user: str, act: str, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
        """Does what a citizen does."""
        person = self.bot.people.get(user)
        person.last_act = self.clock.now()
        return await ACTS[act](self.bot, person, order, file)

    async def officer_says(self, order: OfficerOrder) -> dict[str, Any]:
        """Telegram gives a bot no inbox for people."""
        raise UnknownAct(f"Telegram has no inbox in which an officer could answer {order.user}")

    async def post_raw(self, order: RawPost) -> dict[str, Any]:
        """Posts bytes to the webhook; "signed" means with the secret header."""
        settings = self.bot.updates.settings
        if not settings.url:
            raise ActRefused("there is no webhook: the bot has not called setWebhook")
        headers = {"Content-Type": order.content_type} if order.content_type else {}
        if order.signature != "none" and settings.secret_token:
            headers[SECRET_HEADER] = settings.secret_token if order.signature == "right" else "wrong-secret"
        try:
            answer = await self._client.post(
                settings.url, content=order.content(), headers=headers | order.headers, timeout=_RAW_SECONDS
            )
        except httpx.HTTPError as error:
            return {"status": None, "body": "", "error": f"{type(error).__name__}: {error}"}
        return {"status": answer.status_code, "body": answer.text}

    async def rotate_secret(self, order: SecretOrder) -> dict[str, Any]:
        """Revokes the bot's token, as BotFather does: calls with the old one answer 401."""
        secret = order.value or f"{self.bot.id}:{secrets.token_urlsafe(26)}"
        number, colon, rest = secret.partition(":")
        if number != str(self.bot.id) or not colon or not rest:
            raise ActRefused(f"the new token must begin with {self.bot.id}:")
        self.bot.token = secret
        return {"token": secret}

    async def reset(self) -> None:
        """As just started, with the present token and knobs."""
        self.clock.reset()
        self.faults.clear()
        await self.bot.reset()

    def facts(self) -> dict[str, Any]:
        """The webhook (without its secret), the filter, the limits and how often each method was called."""
        settings = self.bot.updates.settings
        return {
            "officer_inbox": False,
            "webhook": settings.url,
            "has_secret": bool(settings.secret_token),
            "allowed_updates": list(settings.allowed_updates),
            "pending_update_count": len(self.bot.updates.pending()),
            "knobs": self.bot.knobs.model_dump(),
            "calls": dict(self.bot.calls),
        } | self.bot.updates.last_error()

    async def _on_webhook_answer(self, answer: httpx.Response) -> None:
        await carry_out_webhook_answer(self.bot, answer)
