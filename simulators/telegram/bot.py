"""The state of the one simulated bot and what all its methods and the citizens' acts stand on."""

import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.transcript import Author, ShownButton, ShownMessage, Transcripts
from simulators.telegram.files import FileStore
from simulators.telegram.keyboards import Markup
from simulators.telegram.knobs import Knobs
from simulators.telegram.parameters import Call
from simulators.telegram.people import People, Person
from simulators.telegram.rates import SendingRates
from simulators.telegram.updates import Updates


@dataclass
class CallbackQuery:
    """A tap that waits for its answer."""

    person: Person
    until: datetime


@dataclass
class TelegramBot:
    """One bot and its world. ``token`` is what calls must carry; ``revoked`` tokens answer 401."""

    token: str
    clock: SimClock
    client: httpx.AsyncClient
    on_webhook_answer: Callable[[httpx.Response], Awaitable[None]]
    username: str = "motcua_mophong_bot"
    first_name: str = "Một Cửa (mô phỏng)"
    knobs: Knobs = field(default_factory=Knobs)
    people: People = field(default_factory=People)
    transcripts: Transcripts = field(default_factory=Transcripts)
    callbacks: dict[str, CallbackQuery] = field(default_factory=dict)
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.rates = SendingRates(self.clock)
        self.files = FileStore(self.clock)
        self.updates = Updates(self.clock, self.client, self.on_webhook_answer)

    @property
    def id(self) -> int:
        """The bot's user id: the first part of its token."""
        return int(self.token.partition(":")[0])

    def as_user(self) -> dict[str, Any]:
        """The bot's User object."""
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}

    def store_message(self, person: Person, sender: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        """A new message in the person's chat."""
        message = {
            "message_id": person.take_message_id(),
            "from": sender,
            "chat": person.as_chat(),
            "date": int(self.clock.now().timestamp()),
            **content,
        }
        person.messages[message["message_id"]] = message
        return message

    def show(
        self,
        person: Person,
        author: Author,
        text: str,
        *,
        message_id: int | None = None,
        buttons: Sequence[ShownButton] = (),
        attachments: Sequence[dict[str, Any]] = (),
        refused: str | None = None,
        note: str | None = None,
    ) -> None:
        """Puts a message on the person's screen."""
        shown_id = str(message_id) if message_id is not None else f"note-{secrets.token_hex(4)}"
        shown = ShownMessage(shown_id, self.clock.now(), author, text, buttons, attachments, refused, note)
        self.transcripts.show(person.key, shown)

    def apply_keyboard(self, person: Person, markup: Markup | None) -> None:
        """A new reply keyboard, or its removal, takes the old one from the screen."""
        if markup is not None and markup.kind in ("keyboard", "remove"):
            self.hide_keyboard(person)
            person.one_time_keyboard = markup.one_time

    def hide_keyboard(self, person: Person) -> None:
        """Takes the reply keyboard from the person's screen."""
        for message in self.transcripts.of(person.key):
            if message.refused is None and any(button["kind"] in ("reply", "contact", "location") for button in message.buttons):
                self.transcripts.edit(person.key, message.id, buttons=(), note="bàn phím đã ẩn")

    def new_callback(self, person: Person) -> str:
        """The id of a tap, which can be answered once and not for long."""
        self.callbacks = {key: query for key, query in self.callbacks.items() if self.clock.now() < query.until}
        query_id = str(secrets.randbelow(2**62) + 2**60)
        self.callbacks[query_id] = CallbackQuery(person, self.clock.now() + timedelta(seconds=self.knobs.callback_seconds))
        return query_id

    async def reset(self) -> None:
        """As just started, but for the token and the knobs."""
        await self.updates.reset()
        self.people.clear()
        self.transcripts.clear()
        self.callbacks.clear()
        self.commands.clear()
        self.calls.clear()
        self.rates.clear()
        self.files.clear()


@dataclass(frozen=True)
class Done:
    """The result of a method, with the description that some methods add."""

    result: Any
    description: str | None = None


# Carries a call out; raises ``BotApiError`` where the platform refuses.
Handler = Callable[[TelegramBot, Call], Awaitable[Done]]


@dataclass(frozen=True)
class Method:
    """A method of the Bot API: its name as documented, its parameters, and what it does."""

    name: str
    parameters: frozenset[str]
    handler: Handler
