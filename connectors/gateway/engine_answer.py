"""The engine's answer, read with distrust (contract §1)."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.conversations.citizen_text import carriable
from bot.messages import BotMessage, HandoffRequest, MalformedMessageError

FAILURES = ("no_reply", "action_failed", "engine_error")
_MAX_MESSAGES = 20
_MAX_TEXT = 20_000
_MAX_BUTTONS = 30
_MAX_NAME = 200


class MalformedAnswerError(ValueError):
    """The engine's answer is not what the contract says; the text names the fault and holds no message text."""


@dataclass(frozen=True)
class EngineAnswer:
    """A turn's result: messages in order; ``failed`` says why there may be none."""

    messages: tuple[BotMessage, ...]
    handoff: HandoffRequest | None
    failed: str | None
    nlu: Mapping[str, Any] | None
    model: str | None = None
    """The name of the model that answered, where the engine says it."""


def parse_answer(body: bytes, turn_id: str) -> EngineAnswer:
    """The answer to this turn. Raises ``MalformedAnswerError``."""
    try:
        data = _storable(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise MalformedAnswerError("not JSON") from error
    if not isinstance(data, dict) or data.get("turn_id") != turn_id:
        raise MalformedAnswerError("not the answer to this turn")
    failed = data.get("failed")
    if failed is not None and failed not in FAILURES:
        failed = "engine_error"
    messages = data.get("messages")
    if not isinstance(messages, list) or len(messages) > _MAX_MESSAGES:
        raise MalformedAnswerError("messages is no list, or too long")
    parsed = tuple(_message(one) for one in messages)
    handoff = _handoff(data.get("handoff"))
    if not parsed and failed is None and handoff is None:
        failed = "no_reply"
    model = data.get("model")
    return EngineAnswer(parsed, handoff, failed, _nlu(data.get("nlu")), model[:_MAX_NAME] if isinstance(model, str) else None)


def _storable(value: Any) -> Any:
    """The JSON value without what a database or an event stream cannot carry: control characters, lone surrogates, NaN."""
    if isinstance(value, str):
        return carriable(value)
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _is_optional_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _message(data: object) -> BotMessage:
    if not isinstance(data, Mapping):
        raise MalformedAnswerError("a message is no object")
    try:
        message = BotMessage.from_json(data)
    except (MalformedMessageError, TypeError, AttributeError) as error:
        raise MalformedAnswerError("a message is not of our schema") from error
    plain = (message.procedure_code, message.facet, message.expects)
    if not message.text.strip() or len(message.text) > _MAX_TEXT or not all(map(_is_optional_text, plain)):
        raise MalformedAnswerError("a message has no text, too much of it, or a field of the wrong type")
    if len(message.buttons) > _MAX_BUTTONS or not all(map(_button_is_sound, message.buttons)):
        raise MalformedAnswerError("a button is not of our schema")
    for source in message.sources:
        if not (isinstance(source.title, str) and isinstance(source.as_of, str) and _is_optional_text(source.url)):
            raise MalformedAnswerError("a source is not of our schema")
    return message


def _button_is_sound(button: Any) -> bool:
    return (
        isinstance(button.title, str)
        and bool(button.title.strip())
        and _is_optional_text(button.intent)
        and isinstance(button.entities, Mapping)
        and all(isinstance(value, str) for value in button.entities.values())
    )


def _handoff(data: object) -> HandoffRequest | None:
    if data is None:
        return None
    try:
        request = HandoffRequest.from_json(data) if isinstance(data, Mapping) else None
    except (MalformedMessageError, TypeError) as error:
        raise MalformedAnswerError("the handoff is not of our schema") from error
    if request is None or not isinstance(request.summary, Mapping):
        raise MalformedAnswerError("the handoff is not of our schema")
    return request


def _nlu(data: object) -> Mapping[str, Any] | None:
    """What the engine understood; a malformed report is left out, since the answer itself is sound."""
    if not isinstance(data, Mapping) or not isinstance(data.get("intent"), str):
        return None
    confidence = data.get("confidence")
    number = float(confidence) if isinstance(confidence, int | float) and not isinstance(confidence, bool) else 0.0
    clauses = data.get("clauses")
    kept = [one for one in clauses if isinstance(one, Mapping)] if isinstance(clauses, list) else []
    understood = {"intent": data["intent"], "confidence": number, "clauses": kept[:20]}
    ranking = _ranking(data.get("ranking"))
    return understood | {"ranking": ranking} if ranking else understood


def _ranking(data: object) -> list[list[Any]]:
    pairs = data if isinstance(data, list) else []
    sound = (pair for pair in pairs if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str))
    return [[name, confidence] for name, confidence in sound if isinstance(confidence, int | float)][:10]
