"""What a platform may tell us, in our own words: the only shapes that a channel's parser hands to the ledger.

A parser turns one request into a list of these. ``Intake.take_in`` stores and applies all of them in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

AttachmentKind = Literal["image", "file", "audio", "video", "sticker", "location", "contact", "link", "other"]
ReceiptKind = Literal["delivered", "read"]
AvailabilityChange = Literal["reachable", "unreachable"]


@dataclass(frozen=True)
class Origin:
    """Where an event comes from. ``event_id`` is unique per channel and account: a second arrival is a duplicate.

    ``name`` is the platform's own name of the event (``user_send_text``, ``message``, ``my_chat_member``). ``platform_at`` is the
    platform's time, ``raw`` the body (or the part of it that holds this event) as it came.
    """

    channel: str
    account: str
    event_id: str
    name: str
    raw: bytes
    platform_at: datetime | None = None
    traceparent: str | None = None
    """Its place in our trace, where one is recorded."""


@dataclass(frozen=True)
class IncomingAttachment:
    """Something beside text. ``source`` is the link or the platform's file id by which it can be fetched, once. A location has
    ``latitude`` and ``longitude`` in ``facts``; nothing here is fetched or believed yet."""

    kind: AttachmentKind
    source: str | None = None
    name: str | None = None
    media_type: str | None = None
    size: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """What the dialogue may know of it: no link, no number."""
        return {"kind": self.kind, "name": self.name, "media_type": self.media_type, "size": self.size}


@dataclass(frozen=True)
class CitizenMessage:
    """A citizen says something: ``text``, or ``button`` (one of our tokens), and perhaps attachments.

    With a button, ``text`` may hold its title as the platform repeats it; it is shown where the token is unknown.
    ``starts`` marks the platform's way of opening the chat (``/start``, Get Started): the greeting is the answer,
    or comes before the answer where ``text`` asks something (a link on a poster). ``own_phone``
    is a number that the platform vouches for as the citizen's own.
    """

    origin: Origin
    external_id: str
    text: str | None = None
    button: str | None = None
    attachments: tuple[IncomingAttachment, ...] = ()
    starts: bool = False
    own_phone: str | None = None


@dataclass(frozen=True)
class PlatformEcho:
    """A message that our account sent, as the platform repeats it. ``delivery_id`` is our own mark where the platform carries
    one; ``by_person`` is true where the platform says that a person wrote it."""

    origin: Origin
    external_id: str
    platform_message_id: str | None
    text: str | None
    delivery_id: int | None = None
    by_person: bool = False
    by_us: bool = False
    """The platform names our own app as the sender."""
    marks_people: bool = False
    """The platform says of every message that a person wrote that it is one, so that without that word it is ours."""

    @property
    def surely_ours(self) -> bool:
        """Whether no person can have written it, as far as the platform tells."""
        return not self.by_person and (self.by_us or self.delivery_id is not None or self.marks_people)


@dataclass(frozen=True)
class ThreadControl:
    """Who may write on the platform from now on: ``person`` (another app or an officer) or ``bot`` (ours again)."""

    origin: Origin
    external_id: str
    holder: Literal["person", "bot"]


@dataclass(frozen=True)
class ContactChange:
    """A citizen can be reached, or cannot. ``acted``: it was an act of the citizen, so that the platform's window opens anew."""

    origin: Origin
    external_id: str
    change: AvailabilityChange
    reason: str | None = None
    acted: bool = False


@dataclass(frozen=True)
class DeliveryReceipt:
    """The platform says that messages of ours arrived or were read: those named, or all up to ``watermark``."""

    origin: Origin
    external_id: str
    kind: ReceiptKind
    message_ids: tuple[str, ...] = ()
    watermark: datetime | None = None


@dataclass(frozen=True)
class DeletionRequest:
    """The citizen withdraws: all that we hold of them on this channel must go."""

    origin: Origin
    external_id: str


@dataclass(frozen=True)
class AccountNotice:
    """The platform tells our account something that people have to see (a template refused, a quota changed)."""

    origin: Origin
    detail: str


@dataclass(frozen=True)
class IgnoredEvent:
    """A known or unknown event that means nothing to us. Stored by name, so that what is ignored can be counted."""

    origin: Origin
    detail: str = "not_used"
    external_id: str | None = None


PlatformEvent = (
    CitizenMessage
    | PlatformEcho
    | ThreadControl
    | ContactChange
    | DeliveryReceipt
    | DeletionRequest
    | AccountNotice
    | IgnoredEvent
)
