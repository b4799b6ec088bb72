"""What the bot says in one turn, collected as ``motcua.message/1`` and ``motcua.handoff/1`` JSON.

The engine writes these objects as plain JSON: their classes live in ``bot.messages``, which it may not import.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from rasa.core.channels.channel import OutputChannel

logger = logging.getLogger(__name__)

MESSAGE_SCHEMA = "motcua.message/1"
HANDOFF_SCHEMA = "motcua.handoff/1"

_SINGLE_BRACE = re.compile(r"(?<!\{)\{(?!\{)|(?<!\})\}(?!\})")
_PAYLOAD = re.compile(r"/([a-z][a-z0-9_]*)\s*(\{.*\})?", re.DOTALL)


class MalformedButtonError(ValueError):
    """A button of a response in ``domain/`` has a payload that is neither ``/intent{...}`` nor an https address."""


def neutral_button(button: Mapping[str, Any]) -> dict[str, Any]:
    """A Rasa button as a button of ``motcua.message/1``; raises ``MalformedButtonError``."""
    title, payload = button.get("title"), button.get("url") or button.get("payload")
    if not isinstance(title, str) or not isinstance(payload, str):
        raise MalformedButtonError(f"button {title!r} has no payload")
    if payload.startswith("https://"):
        return {"title": title, "intent": None, "entities": {}, "url": payload}
    match = _PAYLOAD.fullmatch(payload.strip())
    if match is None:
        raise MalformedButtonError(f"button {title!r}: the payload is neither /intent nor https://")
    try:
        entities = json.loads(match[2] or "{}")
    except ValueError as error:
        raise MalformedButtonError(f"button {title!r}: the entities are not JSON") from error
    if not all(isinstance(value, str) for value in entities.values()):
        raise MalformedButtonError(f"button {title!r}: entities must be strings")
    return {"title": title, "intent": match[1], "entities": entities, "url": None}


def neutral_message(text: str, buttons: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """A response with text as ``motcua.message/1``. Raises ``MalformedButtonError``."""
    return {
        "schema": MESSAGE_SCHEMA,
        "text": text,
        "kind": "answer",
        "buttons": [neutral_button(button) for button in buttons],
        "procedure_code": None,
        "facet": None,
        "sources": [],
        "expects": None,
    }


def response_problems(responses: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[str]:
    """Every malformed button of a domain's responses, as ``utter_name: why``; empty when all can be shown.

    ``responses`` is as written in ``domain/``, where the braces of a payload are doubled: Rasa fills slots into single ones.
    """
    problems = []
    for name, variations in responses.items():
        for button in [button for variation in variations for button in variation.get("buttons") or ()]:
            payload = str(button.get("payload") or "")
            if _SINGLE_BRACE.search(payload):
                problems.append(f"{name}: button {button.get('title')!r}: braces in a payload are doubled ({{{{ and }}}})")
                continue
            try:
                neutral_button({**button, "payload": payload.replace("{{", "{").replace("}}", "}")})
            except MalformedButtonError as error:
                problems.append(f"{name}: {error}")
    return problems


class TurnOutput(OutputChannel):
    """Collects one turn. ``failed_actions`` names the custom actions whose call or whose answer was unusable
    (``patches.report_failed_actions`` adds to it)."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.handoff: dict[str, Any] | None = None
        self.failed_actions: list[str] = []

    def failure(self) -> str | None:
        """Why a finished turn is not what it should be: ``action_failed``, ``no_reply``, or None."""
        if self.failed_actions:
            return "action_failed"
        return None if self.messages else "no_reply"

    def discard(self) -> None:
        """Forgets what was said: the turn broke off, and Rasa did not store it."""
        self.messages, self.handoff = [], None

    @classmethod
    def name(cls) -> str:
        """Rasa's name of the channel."""
        return "motcua"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Takes one response of the bot: text with buttons, a custom payload, or both."""
        del recipient_id
        if message.get("text"):
            buttons = [*(message.get("buttons") or ()), *(message.get("quick_replies") or ())]
            self.messages.append(neutral_message(message["text"], buttons))
        custom = message.get("custom")
        if custom:
            self._take_custom(custom, str(message.get("utter_action") or "custom action"))

    def _take_custom(self, custom: Any, said_by: str) -> None:
        schema = custom.get("schema") if isinstance(custom, dict) else None
        if schema == MESSAGE_SCHEMA and isinstance(custom.get("text"), str):
            self.messages.append(custom)
        elif schema == HANDOFF_SCHEMA and isinstance(custom.get("reason"), str):
            self.handoff = custom
        else:
            # Better a failed turn than a message that nobody sees.
            logger.error("turn_output.unknown_payload schema=%s", schema if isinstance(schema, str) else None)
            self.failed_actions.append(said_by)
