"""The engine over HTTP (contract §1).

EngineError
├── EngineUnavailable   not reached, or it said 5xx: the turn was not taken, another attempt is safe
├── EngineSilent        taken, perhaps carried out, no answer within the time: never sent again blindly
└── EngineRefused       it said 4xx: another attempt would be refused too
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from bot import tracing
from connectors.gateway.engine_answer import EngineAnswer, MalformedAnswerError, parse_answer
from connectors.gateway.engine_connections import (
    AnswerTooLongError,
    BrokenConnectionError,
    EngineConnections,
    NoAnswerInTimeError,
    NotReachedError,
)

TURN_SECONDS = 10.0
_CONNECT_SECONDS = 2.0
_MAX_ANSWER_BYTES = 1024 * 1024


class EngineError(Exception):
    """The engine gave no answer. ``reason`` is short, for the ledger and the logs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.slot: str | None = None
        """Which of several engines it was, where there are several."""


class EngineUnavailable(EngineError):
    """Not reached, gone before it answered, or 5xx."""


class EngineSilent(EngineError):
    """No answer in time, or it broke off."""


class EngineRefused(EngineError):
    """4xx."""


@dataclass(frozen=True)
class EngineTurn:
    """What is asked of the engine: exactly one of ``text`` and ``act``."""

    turn_id: str
    conversation: str
    text: str | None
    act: Mapping[str, Any] | None
    metadata: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The request's body. Text that begins with a slash is left as it is: the engine strips it."""
        return {
            "turn_id": self.turn_id,
            "conversation": self.conversation,
            "text": None if self.act is not None else self.text,
            "act": dict(self.act) if self.act is not None else None,
            "metadata": dict(self.metadata),
        }


class Engine(Protocol):
    """Whoever answers turns."""

    def turn(self, turn: EngineTurn) -> EngineAnswer:
        """The answer. Raises ``EngineError`` and ``MalformedAnswerError``."""


class EngineClient:
    """Safe to share between threads. ``seconds`` bounds a whole turn, answer included."""

    def __init__(
        self,
        base_url: str,
        secret: str,
        *,
        seconds: float = TURN_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self._connections = EngineConnections(base_url, connect_seconds=_CONNECT_SECONDS, monotonic=monotonic)
        self._seconds = seconds

    def turn(self, turn: EngineTurn) -> EngineAnswer:
        """The engine's answer. Raises ``EngineError`` and ``MalformedAnswerError``."""
        with tracing.span("engine", kind="client") as span:
            answer = self._ask(turn)
            intent = (answer.nlu or {}).get("intent")
            span.note(intent=intent, model=answer.model, failed=answer.failed, messages=len(answer.messages))
            return answer

    def _ask(self, turn: EngineTurn) -> EngineAnswer:
        content, headers = json.dumps(turn.to_json()).encode(), self._headers | tracing.headers()
        try:
            with self._connections.ask(
                "POST", "/webhooks/motcua/turn", seconds=self._seconds, body=content, headers=headers
            ) as answer:
                _check_status(answer.status)
                body = answer.body(_MAX_ANSWER_BYTES)
        except NotReachedError as error:
            raise EngineUnavailable("unreachable") from error
        except NoAnswerInTimeError as error:
            raise EngineSilent("timeout") from error
        except AnswerTooLongError as error:
            raise MalformedAnswerError("the answer is larger than a megabyte") from error
        except BrokenConnectionError as error:
            raise (EngineSilent if error.answering else EngineUnavailable)("connection_broken") from error
        return parse_answer(body, turn.turn_id)

    def is_healthy(self, seconds: float = 2.0) -> bool:
        """Whether the engine says that it can work."""
        try:
            with self._connections.ask("GET", "/health", seconds=seconds) as answer:
                answer.body(_MAX_ANSWER_BYTES)
                return answer.status == HTTPStatus.OK
        except (NotReachedError, NoAnswerInTimeError, AnswerTooLongError, BrokenConnectionError):
            return False

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()


def _check_status(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise EngineUnavailable(f"status_{status}")
    raise EngineRefused(f"status_{status}")
