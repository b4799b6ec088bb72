"""Between Rasa's tracker and the dialogue: what the engine sends in, what it gets back. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.dialogue.turn import Clause, Turn
from bot.messages import BotMessage, Button, HandoffRequest

SLOT = "dialogue"


def turn_of(latest_message: Mapping[str, Any]) -> Turn:
    """The turn in ``tracker.latest_message``. Missing or odd parts read as empty: a citizen's message is never refused here.

    Only an act begins with a slash: the private channel takes it away from typed text."""
    intent = _object(latest_message.get("intent"))
    metadata = _object(latest_message.get("metadata"))
    text = str(latest_message.get("text") or "")
    is_act = text.startswith("/")
    return Turn(
        text="" if is_act else text,
        intent=str(intent.get("name") or "nlu_fallback"),
        confidence=_number(intent.get("confidence")),
        clauses=tuple(_clauses(_objects(latest_message.get("clauses")))),
        entities=_first_values(_objects(latest_message.get("entities"))),
        is_act=is_act,
        conversation_id=str(metadata.get("conversation_id") or ""),
        address=str(metadata["address"]) if metadata.get("address") else None,
        ranking=tuple(_ranking(_objects(latest_message.get("intent_ranking")))),
        channel=str(metadata.get("channel") or ""),
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def _number(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:
        return 0.0


def _first_values(raw: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """One value per kind of entity, the first one named: a message may name several places or cases, a button's act names
    each kind once."""
    values: dict[str, str] = {}
    for entity in raw:
        if "entity" in entity and "value" in entity:
            values.setdefault(str(entity["entity"]), str(entity["value"]))
    return values


def _clauses(raw: Iterable[Mapping[str, Any]]) -> Iterable[Clause]:
    for clause in raw:
        if clause.get("text"):
            confidence = _number(clause.get("confidence"))
            yield Clause(str(clause["text"]), str(clause.get("intent") or "nlu_fallback"), confidence)


def _ranking(raw: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, float]]:
    for guess in raw:
        if guess.get("name"):
            yield str(guess["name"]), _number(guess.get("confidence"))


def rasa_buttons(buttons: Iterable[Button]) -> list[dict[str, str]]:
    """Buttons of ours in the spelling of Rasa's responses, to which Rasa adds them."""
    return [{"title": one.title, "payload": f"/{one.intent}{json.dumps(dict(one.entities))}"} for one in buttons]


def payloads(messages: Iterable[BotMessage], handoff: HandoffRequest | None) -> list[dict[str, Any]]:
    """What the dispatcher sends, in order: the messages, then the handoff."""
    sent = [message.to_json() for message in messages]
    return [*sent, handoff.to_json()] if handoff else sent
