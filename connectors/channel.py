"""What every channel offers to the gateway and the sender. The dialogue knows none of this.

Errors of sending, one tree that a caller can act on::

    ChannelError
    ├── Temporary(retry_after, whole_account)   try the same call again later
    ├── Permanent(reason, effect)               this call will never succeed
    └── Ambiguous(reason)                       it may have arrived: not sent again by itself
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.conversations.events import PlatformEvent
from bot.conversations.platform_parts import FileContent as FileContent
from bot.conversations.platform_parts import PlatformCall as PlatformCall
from bot.conversations.speech import Author
from bot.conversations.windows import SendMode
from bot.messages import BotMessage

TextUnit = Literal["characters", "utf16"]
PermanentEffect = Literal["none", "contact_unavailable", "muted", "account_needs_attention", "quota_used_up"]


class ChannelError(Exception):
    """A call to a platform did not bring the expected answer. ``reason`` is short, stable and free of personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Temporary(ChannelError):
    """The call was surely not carried out and may be made again, after ``retry_after`` seconds where the platform says so.
    ``whole_account``: every call of this account has to wait, not only this citizen's."""

    def __init__(self, reason: str, retry_after: float | None = None, *, whole_account: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.whole_account = whole_account


class Permanent(ChannelError):
    """The platform refuses the call for good. ``effect`` says what else follows: the citizen cannot be reached, another app
    owns the thread (``muted``), our account needs a person, or its quota is used up."""

    def __init__(self, reason: str, effect: PermanentEffect = "none") -> None:
        super().__init__(reason)
        self.effect = effect


class Ambiguous(ChannelError):
    """Nobody knows whether the call was carried out (a time-out or a broken connection after it was sent)."""


@dataclass(frozen=True)
class Capabilities:
    """What a channel can show and do; rendering asks these and never a platform's name.

    Lengths are counted in ``text_unit``. ``quick_replies`` and ``buttons`` are how many the platform shows under one message
    (0: none); ``buttons_text_limit`` is the longest text that may carry buttons. ``keeps_order``: the platform hands over one
    citizen's messages one after the other. ``chat_interval`` is the least number of seconds between two messages to one citizen.
    """

    text_limit: int
    text_unit: TextUnit = "characters"
    quick_replies: int = 0
    quick_reply_title: int = 20
    buttons: int = 0
    button_title: int = 20
    buttons_text_limit: int = 2000
    url_buttons: bool = False
    call_buttons: bool = False
    rich_text: bool = False
    cards: int = 0
    card_title: int = 80
    image_bytes: int = 0
    file_bytes: int = 0
    phone_request: bool = False
    location_request: bool = False
    typing: bool = False
    officer_name: bool = False
    keeps_order: bool = False
    calls_per_second: float = 10.0
    burst: int = 10
    chat_interval: float = 0.0


@dataclass(frozen=True)
class Outgoing:
    """A message about to be rendered. Private numbers in ``message`` are masked already. ``tokens`` are the buttons' tokens by
    their position over ``message.all_buttons``; ``officer_name`` is shown before or beside what an officer wrote."""

    message: BotMessage
    author: Author = "bot"
    tokens: Mapping[int, str] = field(default_factory=dict)
    mode: SendMode = "free"
    officer_name: str | None = None
    template: Mapping[str, Any] | None = None
    """In the mode ``template``: ``name`` and ``parameters`` of what the platform approved, and ``shown``, about what is read."""


@dataclass(frozen=True)
class Sent:
    """The platform accepted a call. ``quota_left`` where it told. ``as_link``: why it got a file's link and not the file."""

    message_id: str | None = None
    quota_left: int | None = None
    as_link: str | None = None


@dataclass(frozen=True)
class AccountCheck:
    """What the platform says of our account, for ``motcua channels status``: each fact is a title and a value in words."""

    ok: bool
    facts: tuple[tuple[str, str], ...]
    needs: str | None = None
    """What a person has to do, in words; None where nothing."""


class Channel(Protocol):
    """One account on one platform. ``render`` is pure; the others call the platform."""

    name: str
    account: str
    capabilities: Capabilities

    def render(self, outgoing: Outgoing) -> list[PlatformCall]:
        """The calls that show the message, in order. Nothing of it is left out: what the platform has no form for is text."""

    async def send(self, call: PlatformCall, external_id: str, *, delivery_id: int, mode: SendMode) -> Sent:
        """Makes the call once. Raises ``Temporary``, ``Permanent`` or ``Ambiguous``."""

    async def show_typing(self, external_id: str) -> None:
        """Shows that an answer is being written, where the platform can. Raises ``ChannelError``."""

    async def set_webhook(self, url: str) -> str:
        """Registers our address with the platform; returns what was done, or what a person has to do, in words."""

    async def check_account(self) -> AccountCheck:
        """Asks the platform about our account. Raises ``ChannelError``."""

    async def tend(self, since: datetime) -> Sequence[PlatformEvent]:
        """Keeps the account alive (renews tokens that age) and gives back what the webhook should have brought since then, where
        the platform tells it. Called every ten minutes. Raises ``ChannelError``."""

    async def aclose(self) -> None:
        """Frees connections."""
