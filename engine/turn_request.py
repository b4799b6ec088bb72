"""The body of ``POST /webhooks/motcua/turn``, read strictly (docs/developers/architecture.md, section 1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.json_text import loads_strictly

MAX_BODY_BYTES = 64 * 1024
_MAX_ID = 255  # column sender_id of Rasa's events table
_INTENT = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FIELDS = {"turn_id", "conversation", "text", "act", "metadata"}


class MalformedTurnError(ValueError):
    """The body is not a turn. The text names the field, never its content."""


@dataclass(frozen=True)
class Act:
    """A pressed button: an intent with its entities, decided by the gateway and not by the classifier."""

    intent: str
    entities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TurnRequest:
    """One turn; exactly one of ``text`` and ``act`` is set. ``text`` never begins with a slash."""

    turn_id: str
    conversation: str
    text: str | None
    act: Act | None
    metadata: Mapping[str, Any]


def _identifier(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_ID or not value.isprintable():
        raise MalformedTurnError(f"{name} must be a printable string of 1 to {_MAX_ID} characters")
    return value


def _act(value: object) -> Act:
    if not isinstance(value, dict) or not set(value) <= {"intent", "entities"}:
        raise MalformedTurnError("act must be an object of intent and entities")
    intent, entities = value.get("intent"), value.get("entities", {})
    if not isinstance(intent, str) or not _INTENT.fullmatch(intent):
        raise MalformedTurnError("act.intent must be the name of an intent")
    if not isinstance(entities, dict) or not all(isinstance(v, str) for v in entities.values()):
        raise MalformedTurnError("act.entities must map names to strings")
    return Act(intent, entities)


def without_slashes(text: str) -> str:
    """The text without leading slashes and blanks: Rasa reads ``/intent`` as a command."""
    return text.lstrip("/ \t\r\n\u00a0\u200b\ufeff")


def _loaded(body: bytes) -> dict[str, Any]:
    try:
        data = loads_strictly(body)
    except ValueError as error:
        raise MalformedTurnError("the body is not JSON in UTF-8") from error
    if not isinstance(data, dict):
        raise MalformedTurnError("the body must be an object")
    return data


def parse_turn(body: bytes) -> TurnRequest:
    """The turn in a request's body; raises ``MalformedTurnError`` for anything that is not one."""
    data = _loaded(body)
    unknown = set(data) - _FIELDS
    if unknown:
        raise MalformedTurnError(f"unknown fields: {len(unknown)}")
    text, act, metadata = data.get("text"), data.get("act"), data.get("metadata")
    if (text is None) == (act is None):
        raise MalformedTurnError("exactly one of text and act is needed")
    if text is not None and not isinstance(text, str):
        raise MalformedTurnError("text must be a string")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict):
        raise MalformedTurnError("metadata must be an object")
    return TurnRequest(
        turn_id=_identifier(data, "turn_id"),
        conversation=_identifier(data, "conversation"),
        text=without_slashes(text) if text is not None else None,
        act=_act(act) if act is not None else None,
        metadata=metadata,
    )
