"""The neutral message model: what the assistant says, before any channel renders it.

Action server, engine, gateway and channels exchange these objects as JSON (``to_json`` / ``from_json``); nothing here knows
a platform. The engine passes the JSON through untouched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from bot.json_values import as_json_values

MESSAGE_SCHEMA = "motcua.message/1"
HANDOFF_SCHEMA = "motcua.handoff/1"

MessageKind = Literal["answer", "question", "status", "notice", "apology", "handoff"]
MessageRequest = Literal["phone", "location"]
HandoffReason = Literal[
    "asked", "two_misses", "complaint", "late_dossier", "portal_failure", "sensitive", "abuse", "low_confidence_risky"
]

_PHONE = re.compile(r"\+?\d{3,15}")


class MalformedMessageError(ValueError):
    """A neutral message or handoff arrived in a shape that this version does not know."""


@dataclass(frozen=True)
class Button:
    """A choice offered to the citizen: exactly one of an act (``intent`` + ``entities``), an ``https`` link and a telephone
    number to call (``phone``: digits, perhaps with a leading plus).

    Channels never show ``intent``: the gateway exchanges the act for an opaque token.
    """

    title: str
    intent: str | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        if [self.intent, self.url, self.phone].count(None) != 2:
            raise MalformedMessageError(f"button {self.title!r} needs exactly one of an intent, a url and a phone")
        if self.url is not None and not self.url.startswith("https://"):
            raise MalformedMessageError(f"button {self.title!r}: only https links are shown, got {self.url!r}")
        if self.phone is not None and not _PHONE.fullmatch(self.phone):
            raise MalformedMessageError(f"button {self.title!r}: {self.phone!r} is no telephone number")


@dataclass(frozen=True)
class Card:
    """One of several things shown side by side, each with its own buttons (at most three)."""

    title: str
    subtitle: str = ""
    image_url: str | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class OfferedFile:
    """An image or a file that comes with the message, under an ``https`` link that needs no login. An officer's file
    (``officer_file``: its number in the ledger) is handed to the platform itself, and its link (any address of ours) is given
    only where the platform does not take it."""

    kind: Literal["image", "file"]
    url: str
    title: str
    officer_file: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("image", "file"):
            raise MalformedMessageError(f"file {self.title!r}: unknown kind {self.kind!r}")
        if self.officer_file is None and not self.url.startswith("https://"):
            raise MalformedMessageError(f"file {self.title!r}: needs an https link")


@dataclass(frozen=True)
class Source:
    """Where a spoken fact comes from: procedure code, publishing decision or system, and the date of the data as spoken."""

    title: str
    as_of: str
    procedure_code: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class BotMessage:
    """One bubble. ``facet`` names what is answered (``fee``, ``documents`` …); ``expects`` names the private value that
    the next citizen message is likely to hold (``dossier_code``, ``lookup_code``), so that the gateway masks it; ``paper`` where
    a paper is asked for. ``request`` asks for the citizen's own telephone number or place, by a button where there is one."""

    text: str
    kind: MessageKind = "answer"
    buttons: tuple[Button, ...] = ()
    procedure_code: str | None = None
    facet: str | None = None
    sources: tuple[Source, ...] = ()
    expects: str | None = None
    cards: tuple[Card, ...] = ()
    files: tuple[OfferedFile, ...] = ()
    request: MessageRequest | None = None

    @property
    def all_buttons(self) -> tuple[Button, ...]:
        """The message's own buttons, then those of its cards: a button's place here is its position everywhere."""
        return (*self.buttons, *(button for card in self.cards for button in card.buttons))

    def to_json(self) -> dict[str, Any]:
        """The message as plain JSON values, with the schema's name."""
        return {"schema": MESSAGE_SCHEMA} | as_json_values(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "BotMessage":
        """Rebuilds a message; raises ``MalformedMessageError`` where it is not one of ours."""
        if data.get("schema") != MESSAGE_SCHEMA or not isinstance(data.get("text"), str):
            raise MalformedMessageError("not a message of schema " + MESSAGE_SCHEMA)
        kind = data.get("kind", "answer")
        if kind not in get_args(MessageKind):
            raise MalformedMessageError(f"unknown kind {kind!r}")
        if data.get("request") not in (None, *get_args(MessageRequest)):
            raise MalformedMessageError(f"unknown request {data['request']!r}")
        try:
            return BotMessage(
                text=data["text"],
                kind=kind,
                buttons=tuple(Button(**b) for b in data.get("buttons", ())),
                procedure_code=data.get("procedure_code"),
                facet=data.get("facet"),
                sources=tuple(Source(**s) for s in data.get("sources", ())),
                expects=data.get("expects"),
                cards=tuple(_card(c) for c in data.get("cards", ())),
                files=tuple(OfferedFile(**f) for f in data.get("files", ())),
                request=data.get("request"),
            )
        except (TypeError, AttributeError) as error:
            raise MalformedMessageError(str(error)) from error


def _card(data: Mapping[str, Any]) -> Card:
    return Card(**{**data, "buttons": tuple(Button(**b) for b in data.get("buttons", ()))})


@dataclass(frozen=True)
class HandoffRequest:
    """The typed event that gives the conversation to a person. ``summary`` holds masked text only."""

    reason: HandoffReason
    summary: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The request as plain JSON values, with the schema's name."""
        return {"schema": HANDOFF_SCHEMA, "reason": self.reason, "summary": dict(self.summary)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "HandoffRequest":
        """Rebuilds a request; raises ``MalformedMessageError`` where schema or reason is unknown."""
        if data.get("schema") != HANDOFF_SCHEMA or data.get("reason") not in get_args(HandoffReason):
            raise MalformedMessageError("not a handoff of schema " + HANDOFF_SCHEMA)
        return HandoffRequest(reason=data["reason"], summary=data.get("summary") or {})
