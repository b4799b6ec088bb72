"""The two engine slots as one engine: each conversation goes to the slot that the route names, and to the other where that one is
away, so that no change of models costs a citizen an answer.

A turn is sent to the other slot only where the first has surely not taken it (``EngineUnavailable``). One conversation has one
turn at a time (the worker holds its lease), so the two slots never work on the same conversation at once: docs/decisions/0020.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx

from bot.metrics.declared import ENGINE_CALL_SECONDS, ENGINE_CALLS
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.training.routes import Route, RouteWatch, Slot, other
from connectors.gateway.engine_answer import EngineAnswer, MalformedAnswerError
from connectors.gateway.engine_client import EngineClient, EngineError, EngineRefused, EngineSilent, EngineTurn, EngineUnavailable

_RESULTS: dict[type[EngineError], str] = {
    EngineUnavailable: "unavailable",
    EngineSilent: "silent",
    EngineRefused: "refused",
}

logger = logging.getLogger(__name__)


class RoutedEngine:
    """Safe to share between threads. ``route``: where turns go now."""

    def __init__(self, clients: Mapping[Slot, EngineClient], route: Callable[[], Route]) -> None:
        self._clients, self._route = clients, route

    def turn(self, turn: EngineTurn) -> EngineAnswer:
        """The answer of the conversation's slot, marked with the slot and its model. Raises as ``EngineClient.turn``; the error
        says which slot it was."""
        chosen = self._route().slot_of(str(turn.metadata.get("conversation_id") or turn.conversation))
        try:
            return _marked(self._ask(chosen, turn), chosen)
        except EngineUnavailable as error:
            spare = other(chosen)
            if not self._clients[spare].is_healthy():
                raise
            logger.warning("engine.other_slot", extra={"slot": chosen, "answers": spare, "reason": error.reason})
            return _marked(self._ask(spare, turn), spare, instead_of=chosen)

    def _ask(self, slot: Slot, turn: EngineTurn) -> EngineAnswer:
        began, result = time.perf_counter(), "fault"
        try:
            answer = self._clients[slot].turn(turn)
            result = answer.failed or "answered"
            return answer
        except EngineError as error:
            error.slot = slot
            result = _RESULTS.get(type(error), "fault")
            raise
        except MalformedAnswerError:
            result = "malformed"
            raise
        finally:
            ENGINE_CALLS.labels(slot, result).inc()
            ENGINE_CALL_SECONDS.labels(slot).observe(time.perf_counter() - began)

    def is_healthy(self) -> bool:
        """Whether some slot can answer: the live one, or the other in its place."""
        live = self._route().live
        return self._clients[live].is_healthy() or self._clients[other(live)].is_healthy()

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            client.close()


def _marked(answer: EngineAnswer, slot: Slot, instead_of: Slot | None = None) -> EngineAnswer:
    """The answer with who gave it, for the ledger's row: what models are compared by."""
    marks: dict[str, Any] = {"slot": slot, "model": answer.model, "failed": answer.failed, "instead_of": instead_of}
    known = {name: value for name, value in marks.items() if value is not None}
    return replace(answer, nlu={**(answer.nlu or {}), **known})


def slot_clients(settings: Settings, http: httpx.Client | None = None) -> dict[Slot, EngineClient]:
    """A client of each slot that the settings name."""
    secret = settings.engine_secret.get_secret_value()
    ports: dict[Slot, int] = {"a": settings.engine_port, "b": settings.engine_b_port}
    return {slot: EngineClient(f"http://127.0.0.1:{port}", secret, http=http) for slot, port in ports.items()}


def routed_engine(settings: Settings, sessions: SessionFactory) -> RoutedEngine:
    """The engine that the settings and the ledger name."""
    return RoutedEngine(slot_clients(settings), RouteWatch(sessions))
