"""One Official Account with one application: everything that is known, and what happens when either side acts."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import Delivery, DeliveryOptions
from simulators.messaging.faults import FaultBoard
from simulators.messaging.transcript import Author, ShownButton, ShownMessage, Transcripts
from simulators.zalo.chat_log import ChatLog, ChatRow
from simulators.zalo.demo_templates import DEMO_TEMPLATES
from simulators.zalo.events import Event, EventMaker
from simulators.zalo.files import FileStore
from simulators.zalo.knobs import Knobs
from simulators.zalo.people import People, Person
from simulators.zalo.rate import RequestRate
from simulators.zalo.templates import TemplateStore
from simulators.zalo.tokens import Tokens
from simulators.zalo.webhook import Webhook
from simulators.zalo.windows import ConsultingQuota, day_of


@dataclass(frozen=True)
class Credentials:
    """What the developer console shows."""

    app_id: str
    app_secret: str
    oa_id: str
    oa_secret: str
    oa_name: str = "Trung tâm Phục vụ hành chính công Bắc Ninh"


@dataclass
class AnonymousVisitor:
    """A web visitor without a Zalo id: ``user_id`` is whose screen shows the conversation."""

    user_id: str
    anonymous_id: str
    conversation_id: str


class Account:
    """The state of the stand-in. One event loop only."""

    def __init__(self, credentials: Credentials, client: httpx.AsyncClient, base_url: str, clock: SimClock | None = None) -> None:
        self.credentials, self.client = credentials, client
        self.clock = clock or SimClock()
        self.knobs = Knobs()
        self.faults, self.transcripts = FaultBoard(), Transcripts()
        now_ms = self.clock.now_ms
        self.tokens = Tokens(credentials.app_id, credentials.app_secret, now_ms, lambda: self.knobs)
        self.people = People(credentials.oa_id, credentials.app_id)
        self.files = FileStore(base_url, now_ms, lambda: self.knobs)
        self.quota = ConsultingQuota(credentials.oa_id)
        self.rate = RequestRate(now_ms, lambda: self.knobs.rate_per_minute)
        self.templates = TemplateStore()
        self._seed_templates()
        self.template_sends: dict[str, int] = {}
        self.template_changes: dict[str, int] = {}
        self.template_receipts: dict[str, bool] = {}
        self.visitors: dict[str, AnonymousVisitor] = {}
        self.chat = ChatLog(credentials.oa_id, credentials.oa_name)
        self.webhook = Webhook(
            self.clock, client, lambda: self.knobs, credentials.app_id, credentials.oa_secret, lambda: self.tokens.app_secret
        )

    async def reset(self) -> None:
        """As just started, but for the console's settings: credentials, tokens and the webhook's address stay."""
        await self.webhook.deliveries.reset()
        self.clock.reset()
        self.knobs = Knobs()
        for part in (self.faults, self.transcripts, self.people, self.files, self.quota, self.rate, self.templates, self.chat):
            part.clear()
        for counts in (self.template_sends, self.template_changes, self.template_receipts, self.visitors):
            counts.clear()
        self.webhook.disabled = False
        self._seed_templates()

    def _seed_templates(self) -> None:
        for template in DEMO_TEMPLATES:
            self.templates.put(template)

    def events(self) -> EventMaker:
        """Makes events of this moment."""
        return EventMaker(self.credentials.app_id, self.credentials.oa_id, self.clock.now_ms(), self.knobs)

    async def emit(self, subject: str, event: Event, options: DeliveryOptions | None = None) -> list[Delivery]:
        """Sends the event on its way; nothing where the account never granted the application a token."""
        if self.knobs.events_need_grant and not self.tokens.granted:
            return []
        return [await self.webhook.emit(subject, event, options)]

    def show(
        self,
        person: Person,
        message_id: str,
        author: Author,
        text: str,
        *,
        kind: str = "text",
        buttons: tuple[ShownButton, ...] = (),
        attachments: tuple[dict[str, Any], ...] = (),
        note: str | None = None,
        logged: bool = True,
    ) -> None:
        """Puts a message on the person's screen and, where ``logged``, into what the reading interfaces tell."""
        now = self.clock.now()
        shown = ShownMessage(message_id, now, author, text, buttons=buttons, attachments=attachments, note=note)
        self.transcripts.show(person.user_id, shown)
        if logged:
            row = ChatRow(message_id, person.user_id, person.name, author == "user", kind, text, self.clock.now_ms())
            self.chat.add(row)

    def show_refused(self, person: Person, text: str, reason: str) -> None:
        """Notes a message that the platform refused; the person saw nothing."""
        self.transcripts.show(person.user_id, ShownMessage(self.new_id(), self.clock.now(), "bot", text, refused=reason))

    async def received(self, person: Person, message_id: str) -> list[Delivery]:
        """The message reached the phone: a receipt, where the knob has receipts."""
        if not self.knobs.receipts:
            return []
        return await self.emit(person.user_id, self.events().receipt(person, "user_received_message", {"msg_id": message_id}))

    def templates_left_today(self) -> int:
        """ZBS messages left today."""
        return max(0, self.knobs.template_daily_quota - self.template_sends.get(day_of(self.clock.now_ms()), 0))

    @staticmethod
    def new_id() -> str:
        """A new message id."""
        return secrets.token_hex(10)
