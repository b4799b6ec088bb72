"""What a browser posts, read with distrust."""

import json
from dataclasses import dataclass
from uuid import UUID

MAX_BODY_BYTES = 32 * 1024
_MAX_BUTTON = 32


class MalformedPostError(ValueError):
    """The body is not what the contract says."""


@dataclass(frozen=True)
class ChatPost:
    """One message: exactly one of ``text`` and ``button`` (a token). ``client_id`` in its one spelling."""

    client_id: str
    text: str | None
    button: str | None


def parse_post(body: bytes) -> ChatPost:
    """The message. Raises ``MalformedPostError``; unknown fields are ignored, so that an older page keeps working."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedPostError("not JSON") from error
    if not isinstance(data, dict):
        raise MalformedPostError("not an object")
    text, button = data.get("text"), data.get("button")
    if (text is None) == (button is None):
        raise MalformedPostError("needs either text or button")
    if text is not None and not isinstance(text, str):
        raise MalformedPostError("text is no text")
    if button is not None and not (isinstance(button, str) and 0 < len(button) <= _MAX_BUTTON and button.isascii()):
        raise MalformedPostError("button is no token")
    return ChatPost(_client_id(data.get("client_id")), text, None if button is None else button.replace("\x00", "\ufffd"))


def _client_id(value: object) -> str:
    if not isinstance(value, str) or len(value) > 45:
        raise MalformedPostError("client_id is no UUID")
    try:
        return str(UUID(value))
    except ValueError as error:
        raise MalformedPostError("client_id is no UUID") from error


def event_id(conversation_id: str, client_id: str) -> str:
    """The event's key in the ledger: a client id is unique within its conversation only."""
    return f"{conversation_id}:{client_id}"


def client_id_of(event: str | None) -> str | None:
    """The client id in an event's key."""
    return event.partition(":")[2] or None if event else None
