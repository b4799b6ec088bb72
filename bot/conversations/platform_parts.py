"""What the outbox, a channel and the sender say to each other: a message to render, a call, a part under way, and its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.conversations.speech import Author
from bot.conversations.windows import SendMode
from bot.messages import BotMessage

SENT_AS_LINK = "sent_as_link: "
"""Begins the note on a part whose file the platform did not take, so that its link went out instead."""


@dataclass(frozen=True)
class FileContent:
    """An officer's file as a platform gets it."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class PlatformCall:
    """One call to a platform, as JSON that the ledger keeps. ``shown`` is what the citizen reads of it, for matching echoes.
    A body with ``officer_file`` hands over that file: the sender puts its ``content`` in, which the outbox never keeps."""

    method: str
    body: Mapping[str, Any]
    shown: str = ""
    content: FileContent | None = None


@dataclass(frozen=True)
class MessageToRender:
    """What a renderer needs: the message with its private numbers masked, its buttons' tokens, and how it may be sent."""

    channel: str
    account: str
    message: BotMessage
    author: Author
    tokens: Mapping[int, str]
    mode: SendMode
    officer_name: str | None = None
    template: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class PartToSend:
    """One part whose ``sending`` mark is committed: call the platform now, after ``wait`` seconds, exactly once."""

    conversation_id: str
    channel: str
    account: str
    external_id: str
    sender: str
    fence: int
    outbound_id: int
    delivery_id: int
    call: PlatformCall
    mode: SendMode
    attempt: int
    wait: float
    written_at: datetime | None = None
    """When the message was said."""
    traceparent: str | None = None
    """The place in the trace of the message that it answers, where one is recorded."""


@dataclass(frozen=True)
class PartEnd:
    """How the call ended. ``state`` ``pending`` is another try later, at ``not_before``. ``error`` of a ``sent`` part: why it
    went out in another form than it was meant to (``sent_as_link: …``)."""

    state: Literal["sent", "pending", "ambiguous", "dead"]
    error: str | None = None
    message_id: str | None = None
    quota_left: int | None = None
    not_before: datetime | None = None
    pause_account_until: datetime | None = None
    account_needs: str | None = None
    contact_unavailable: str | None = None
    muted: bool = False


@dataclass(frozen=True)
class EndWritten:
    """What became of a part's end. ``held``: the conversation was still this sender's. ``more``: something else of the same
    conversation waits to be sent."""

    held: bool
    more: bool = False
