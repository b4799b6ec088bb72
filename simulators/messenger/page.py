"""All state of one simulated page, and the acts on it that more than one room needs."""

import secrets
from collections.abc import Callable
from typing import Any

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import Delivery, DeliveryOptions
from simulators.messaging.transcript import ShownMessage, Transcripts
from simulators.messenger import webhook_events as events
from simulators.messenger.attachments import FileHost
from simulators.messenger.call_limits import CallLimits
from simulators.messenger.conversation_routing import ConversationRouting, Handover
from simulators.messenger.credentials import Credentials
from simulators.messenger.knobs import Knobs
from simulators.messenger.messenger_profile import MessengerProfile
from simulators.messenger.people import People, Person
from simulators.messenger.screens import QUICK_REPLY_KINDS, Shown
from simulators.messenger.utility_templates import UtilityTemplates
from simulators.messenger.webhook import PageWebhook

INBOX_ECHO_APP = "26390203743090"
"""The application id in echoes of the page's inbox; not the one that control is passed to."""


def long_message_id() -> str:
    """A message id of the length that the platform uses."""
    return f"m_{secrets.token_urlsafe(72)}"


def digits(count: int) -> str:
    """A numeric id, too long for a float."""
    return str(secrets.randbelow(9) + 1) + "".join(str(secrets.randbelow(10)) for _ in range(count - 1))


class Page:
    """One page, its people and its one application. ``base_url``: where the Graph port answers."""

    def __init__(
        self,
        credentials: Credentials,
        clock: SimClock,
        client: httpx.AsyncClient,
        base_url: str,
        make_message_id: Callable[[], str] = long_message_id,
    ) -> None:
        self.credentials, self.clock, self.client = credentials, clock, client
        self.make_message_id = make_message_id
        self.knobs = Knobs()
        self.people = People(lambda: digits(17))
        self.profile = MessengerProfile()
        self.personas: dict[str, dict[str, str]] = {}
        self.templates = UtilityTemplates(lambda: digits(16))
        self.limits = CallLimits(self.seconds)
        self.transcripts = Transcripts()
        self.files = FileHost(self.seconds, lambda: digits(16), lambda: self.credentials.app_secret, base_url)
        self.webhook = PageWebhook(credentials.page_id, clock, client, lambda: self.credentials.app_secret)
        self.routing = self._new_routing()
        self._last_ms = 0

    def _new_routing(self) -> ConversationRouting:
        return ConversationRouting({self.credentials.app_id}, self.credentials.app_id)

    async def reset(self) -> None:
        """As just started; credentials, webhook URL and subscription stay."""
        await self.webhook.reset()
        self.knobs = Knobs()
        self.credentials.token_expired = False
        for part in (self.people, self.profile, self.personas, self.templates, self.limits, self.transcripts, self.files):
            part.clear()
        self.routing = self._new_routing()
        self.clock.reset()
        self._last_ms = 0

    def seconds(self) -> float:
        """Simulated time."""
        return self.clock.now().timestamp()

    def tick(self) -> int:
        """A timestamp in milliseconds, later than every one before."""
        self._last_ms = max(self.clock.now_ms(), self._last_ms + 1)
        return self._last_ms

    def seconds_since_last_act(self, person: Person) -> float | None:
        """How long this citizen has been silent, None = has never written."""
        return None if person.last_act is None else (self.clock.now() - person.last_act).total_seconds()

    def engaged(self) -> int:
        """How many people wrote within a day."""
        silences = (self.seconds_since_last_act(person) for person in self.people.all())
        return sum(1 for silence in silences if silence is not None and silence <= 24 * 3600)

    def in_standby(self, person: Person) -> bool:
        """Whether our application only listens to this citizen's thread now."""
        return self.routing.standby_for(self.credentials.app_id, person.id, self.seconds())

    async def tell_act(
        self, person: Person, field: str, content: events.Event, options: DeliveryOptions | None = None, at_ms: int | None = None
    ) -> Delivery | None:
        """Posts an event whose sender is the citizen, as message or as overheard."""
        event = events.from_person(self.credentials.page_id, person.id, at_ms or self.tick(), content)
        return await self.webhook.tell(person.id, field, event, options, standby=self.in_standby(person))

    async def tell_handovers(self, person: Person, handovers: list[Handover]) -> None:
        """Posts those changes of control that our application must know."""
        for handover in handovers:
            if handover.receiver != self.credentials.app_id:
                continue
            content = handover.event
            if "take_thread_control" in content and not self.knobs.take_names_new_owner:
                content = {"take_thread_control": content["take_thread_control"] | {"new_owner_app_id": None}}
            event = events.from_person(self.credentials.page_id, person.id, self.tick(), content)
            await self.webhook.tell(person.id, "messaging_handovers", event)

    def show(self, person: Person, shown: Shown, message_id: str, **how: Any) -> None:
        """Puts a message on the citizen's screen; older quick replies vanish."""
        self.hide_quick_replies(person)
        self.transcripts.show(
            person.id,
            ShownMessage(
                message_id,
                self.clock.now(),
                text=shown.text,
                buttons=tuple(shown.buttons),
                attachments=tuple(shown.attachments),
                **how,
            ),
        )
        if any(button["kind"] in QUICK_REPLY_KINDS for button in shown.buttons):
            person.offered = message_id

    def hide_quick_replies(self, person: Person) -> None:
        """The quick replies on the screen vanish: used, or overtaken by another message."""
        offered, person.offered = person.offered, None
        message = self.transcripts.find(person.id, offered) if offered else None
        if offered and message is not None:
            left = tuple(button for button in message.buttons if button["kind"] not in QUICK_REPLY_KINDS)
            self.transcripts.edit(person.id, offered, buttons=left, note="nút trả lời nhanh đã ẩn (quick replies gone)")

    async def page_said(self, person: Person, mid: str, parts: events.Event, app_id: str, metadata: str | None) -> None:
        """Echo and delivery receipt of something the page said."""
        event = events.echo(self.credentials.page_id, person.id, self.tick(), mid, app_id, parts, metadata)
        await self.webhook.tell(person.id, "message_echoes", event, standby=self.in_standby(person))
        person.unread = True
        if self.knobs.delivery_receipts != "off":
            at_ms = self.tick()
            mids = [mid] if self.knobs.delivery_receipts == "mids" else None
            await self.tell_act(person, "message_deliveries", events.delivered(mids, at_ms), at_ms=at_ms)
