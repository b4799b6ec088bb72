"""How each side is asked, and what counts as an answer. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.engine.conversations import Said

Door = Literal["private", "rest"]


@dataclass(frozen=True)
class Request:
    """One POST."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def request(door: Door, conversation: str, number: int, said: Said, secret: str) -> Request:
    """The message as this side takes it, with the same metadata."""
    about = {"conversation_id": conversation, "channel": "webchat", "seq": number}
    if door == "rest":
        body: dict[str, Any] = {"sender": conversation, "message": said.as_text(), "metadata": about}
        return Request("/webhooks/rest/webhook", {}, json.dumps(body).encode())
    act = said.as_act()
    body = {
        "turn_id": f"{conversation}.{number}",
        "conversation": conversation,
        "text": None if act else said.text,
        "act": act,
        "metadata": about,
    }
    return Request("/webhooks/motcua/turn", {"Authorization": f"Bearer {secret}"}, json.dumps(body).encode())


def fault(door: Door, status: int, body: bytes) -> str | None:
    """Why this is no answer to a citizen; None where it is one. An empty list of stock Rasa is none: that is how it tells that an
    action or a lock failed."""
    if status != 200:
        return f"status_{status}"
    try:
        said = json.loads(body)
    except ValueError:
        return "not_json"
    if door == "rest":
        return None if isinstance(said, list) and said else "empty"
    if not isinstance(said, dict):
        return "not_json"
    if said.get("failed"):
        return str(said["failed"])
    return None if said.get("messages") else "empty"
