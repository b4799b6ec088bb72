"""Understanding many messages at once, exactly as a turn does: ``python -m engine.launch parse``.

Reads JSON lines ``{"id": …, "text": str}`` and writes JSON lines. The first line describes the model
(``{"model", "fingerprint", "fits", "trained_at", "bytes", "intents"}``; ``fits``: trained from the present data and code), then
comes one line a message, in order: ``{"id", "intent", "confidence", "ranking", "clauses", "entities", "ms"}``. Texts come as the
gateway would send them: private numbers are already placeholders.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from engine.project import description_of
from engine.turn_request import without_slashes

MAX_LINE = 64 * 1024
_WARM_UP = "xin chào"
# Rasa adds these to every domain; no message is understood as one.
_COMMANDS = frozenset({"restart", "back", "session_start"})


class MalformedLineError(ValueError):
    """A line is no message to understand. The text names the line, never its content."""


def message_of(line: str, number: int) -> tuple[Any, str]:
    """The id and the text of one line; raises ``MalformedLineError``."""
    if len(line) > MAX_LINE:
        raise MalformedLineError(f"line {number}: longer than {MAX_LINE} characters")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise MalformedLineError(f"line {number}: not JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise MalformedLineError(f'line {number}: needs an object with a "text"')
    return data.get("id", number), without_slashes(data["text"])


def outcome(message_id: Any, understood: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The line of one message from Rasa's parse data."""
    intent = understood.get("intent") or {}
    return {
        "id": message_id,
        "intent": intent.get("name"),
        "confidence": intent.get("confidence") or 0.0,
        "ranking": [[one["name"], one["confidence"]] for one in understood.get("intent_ranking") or ()],
        "clauses": understood.get("clauses") or [],
        "entities": [one["entity"] for one in understood.get("entities") or ()],
        "ms": round(seconds * 1000, 3),
    }


def described(model: Path, intents: Iterable[str], present: str) -> dict[str, Any]:
    """The first line: which model answers. ``present``: the fingerprint of the project as it is now."""
    beside = description_of(model)
    return {
        "model": model.name,
        "fingerprint": beside.get("fingerprint"),
        "fits": beside.get("fingerprint") == present,
        "trained_at": beside.get("trained_at"),
        "bytes": model.stat().st_size,
        "intents": sorted(intents),
    }


def answers_only_on(descriptor: int) -> IO[str]:
    """The standard output for our lines alone: whatever Rasa or a library prints from now on goes to standard error."""
    ours = os.fdopen(os.dup(descriptor), "w", encoding="utf-8", buffering=1)
    os.dup2(2, descriptor)
    return ours


def parsed_lines(model: Path, lines: Iterable[str], present: str) -> Iterator[dict[str, Any]]:
    """The description of the model, then an outcome a line; blank lines are passed over."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    from engine.patches import apply_patches

    # Without this Rasa's structured log prints every text.
    configure_structlog(logging.WARNING)
    logging.getLogger().setLevel(logging.WARNING)
    apply_patches(action_timeout_seconds=6.0)
    agent = Agent.load(model_path=str(model))
    loop = asyncio.new_event_loop()
    parse = agent.processor.parse_message
    loop.run_until_complete(parse(UserMessage(text=_WARM_UP)))  # a served model has read its tables too
    yield described(model, set(agent.domain.intents) - _COMMANDS, present)
    for number, line in enumerate(lines, start=1):
        if line.strip():
            message_id, text = message_of(line, number)
            started = time.perf_counter()
            understood = loop.run_until_complete(parse(UserMessage(text=text)))
            yield outcome(message_id, understood, time.perf_counter() - started)
    loop.close()
