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
from typing import Any, Protocol

import httpx

from bot import tracing
from connectors.gateway.engine_answer import EngineAnswer, MalformedAnswerError, parse_answer

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
        http: httpx.Client | None = None,
        seconds: float = TURN_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        # A proxy named in the environment must never see this private call.
        self._http = http or httpx.Client(trust_env=False)
        self._seconds = seconds
        self._monotonic = monotonic

    def turn(self, turn: EngineTurn) -> EngineAnswer:
        """The engine's answer. Raises ``EngineError`` and ``MalformedAnswerError``."""
        with tracing.span("engine", kind="client") as span:
            answer = self._ask(turn)
            intent = (answer.nlu or {}).get("intent")
            span.note(intent=intent, model=answer.model, failed=answer.failed, messages=len(answer.messages))
            return answer

    def _ask(self, turn: EngineTurn) -> EngineAnswer:
        deadline = self._monotonic() + self._seconds
        limits = httpx.Timeout(self._seconds, connect=min(_CONNECT_SECONDS, self._seconds))
        content, headers = json.dumps(turn.to_json()).encode(), self._headers | tracing.headers()
        answering = False
        try:
            with self._http.stream(
                "POST", f"{self._base}/webhooks/motcua/turn", content=content, headers=headers, timeout=limits
            ) as response:
                _check_status(response.status_code)
                answering = True
                body = self._read(response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise EngineUnavailable("unreachable") from error
        except httpx.TimeoutException as error:
            raise EngineSilent("timeout") from error
        except httpx.HTTPError as error:
            raise (EngineSilent if answering else EngineUnavailable)("connection_broken") from error
        return parse_answer(body, turn.turn_id)

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _MAX_ANSWER_BYTES:
                raise MalformedAnswerError("the answer is larger than a megabyte")
            if self._monotonic() > deadline:
                raise EngineSilent("timeout")
        return bytes(body)

    def is_healthy(self, seconds: float = 2.0) -> bool:
        """Whether the engine says that it can work."""
        try:
            return self._http.get(f"{self._base}/health", timeout=seconds).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


def _check_status(status: int) -> None:
    if status == httpx.codes.OK:
        return
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise EngineUnavailable(f"status_{status}")
    raise EngineRefused(f"status_{status}")
