"""The outside of an event: what every event of Zalo carries, read without trust. Pure.

Numbers are kept as the text that stands in the body: ids are longer than a float holds, and the signature is made over the
timestamp's own digits.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.conversations.citizen_text import carriable
from bot.conversations.events import Origin
from connectors.gateway.webhooks import MalformedEventError

CHANNEL = "zalo"
_ID = re.compile(r"[!-~]{1,128}")
_EVENT_ID = re.compile(r"[!-~]{1,200}")
_MAX_NAME = 60


class WrongAccountError(ValueError):
    """The event belongs to another app (``wrong_app``) or another Official Account (``wrong_oa``)."""


class UnreadableEventError(ValueError):
    """A known event without what it needs; ``str`` of it names the part, without anything personal."""


@dataclass(frozen=True)
class ZaloIds:
    """Who we are on Zalo."""

    app_id: str
    oa_id: str


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def json_object(raw: bytes | str) -> Mapping[str, Any]:
    """The body as a JSON object, its numbers as text. Raises ``MalformedEventError``."""
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
        body = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("not JSON") from error
    if not isinstance(body, dict):
        raise MalformedEventError("not a JSON object")
    return body


def part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under this name; empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def words(value: object) -> str | None:
    """A text as the ledger can hold it, or None where it is none or blank."""
    cleaned = carriable(value).strip() if isinstance(value, str) else ""
    return cleaned or None


def identifier(value: object) -> str | None:
    """An id of the platform, or None where this is none."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def moment(value: object) -> datetime | None:
    """A time in milliseconds since 1970, or None where it is none."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,15}", value):
        return None
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True)
class Envelope:
    """One event: its name and body, and who we are."""

    name: str
    body: Mapping[str, Any]
    raw: bytes
    ids: ZaloIds

    @property
    def message(self) -> Mapping[str, Any]:
        """The message's part; empty where the event has none."""
        return part(self.body, "message")

    @property
    def message_id(self) -> str | None:
        """``msg_id``, in some samples ``message_id``."""
        return identifier(self.message.get("msg_id")) or identifier(self.message.get("message_id"))

    @property
    def text(self) -> str | None:
        """The message's text or caption."""
        return words(self.message.get("text"))

    @property
    def citizen(self) -> str | None:
        """The id of the person concerned: of the two parties the one that we are not, or the follower."""
        found = [identifier(part(self.body, name).get("id")) for name in ("sender", "recipient", "follower", "user")]
        found += [identifier(self.body.get("user_id")), identifier(self.body.get("user"))]
        return next((one for one in found if one is not None and one != self.ids.oa_id), None)

    def needed_citizen(self) -> str:
        """The id of the person concerned. Raises ``UnreadableEventError`` where the event names none."""
        if self.citizen is None:
            raise UnreadableEventError("no user")
        return self.citizen

    def origin(self) -> Origin:
        """Where the event comes from. A citizen's message is known by its id alone, so that catching up finds the same one;
        other events name a message too (a receipt, an echo), so that their own name belongs to theirs."""
        stamp = self.body.get("timestamp")
        if self.name.startswith(("user_send_", "user_submit_info")) and self.message_id is not None:
            event_id = self.message_id
        elif self.message_id is not None and "react" not in self.name:
            event_id = f"{self.message_id}:{self.name}"
        else:
            event_id = ":".join((self.name, stamp if isinstance(stamp, str) else "", self._subject()))
        if not _EVENT_ID.fullmatch(event_id):
            event_id = hashlib.sha256(event_id.encode("utf-8", "backslashreplace")).hexdigest()
        return Origin(CHANNEL, self.ids.oa_id, event_id, self.name, self.raw, moment(stamp))

    def _subject(self) -> str:
        """Whom or what the event is about; where it names nothing, its whole body. A person shows as a digest only: the list of
        events outlives a person's wish to be forgotten."""
        if self.citizen is not None:
            return hashlib.sha256(f"{self.ids.oa_id}:{self.citizen}".encode()).hexdigest()[:32]
        return identifier(self.body.get("template_id")) or hashlib.sha256(self.raw).hexdigest()


def open_envelope(raw: bytes, ids: ZaloIds) -> Envelope:
    """The event of a request's body.

    Raises ``MalformedEventError`` where it is none, ``WrongAccountError`` where it is another account's.
    """
    body = json_object(raw)
    name = words(body.get("event_name"))
    if name is None:
        raise MalformedEventError("no event_name")
    envelope = Envelope(name[:_MAX_NAME], body, raw, ids)
    if body.get("app_id") not in (None, "", ids.app_id):
        raise WrongAccountError("wrong_app")
    if _named_account(envelope) not in (None, ids.oa_id):
        raise WrongAccountError("wrong_oa")
    return envelope


def _named_account(envelope: Envelope) -> str | None:
    """The Official Account that the event names, as far as its direction is known."""
    if "oa_id" in envelope.body:
        return identifier(envelope.body["oa_id"])
    sender = identifier(part(envelope.body, "sender").get("id"))
    recipient = identifier(part(envelope.body, "recipient").get("id"))
    if envelope.ids.oa_id in (sender, recipient):
        return envelope.ids.oa_id
    if envelope.name.startswith(("user_send_", "user_submit_info", "anonymous_")):
        return recipient
    return sender if envelope.name.startswith("oa_") else None
