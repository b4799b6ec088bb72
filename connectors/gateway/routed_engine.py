"""The two engine slots as one engine: each conversation goes to the slot that the route names, and to the other where that one is
away, so that no change of models costs a citizen an answer.

A turn is sent to the other slot only where the first has surely not taken it (``EngineUnavailable``). One conversation has one
turn at a time (the worker holds its lease), so the two slots never work on the same conversation at once: docs/decisions/0020.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.engine_processes import check_engine_processes, engine_addresses
from bot.metrics.declared import ENGINE_CALL_SECONDS, ENGINE_CALLS
from bot.secret_lists import listed_secrets
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.training.routes import Route, RouteWatch, Slot, other
from connectors.gateway.engine_answer import EngineAnswer, MalformedAnswerError
from connectors.gateway.engine_client import EngineClient, EngineError, EngineRefused, EngineSilent, EngineTurn, EngineUnavailable
from connectors.gateway.engine_processes import EngineProcesses

_RESULTS: dict[type[EngineError], str] = {
    EngineUnavailable: "unavailable",
    EngineSilent: "silent",
    EngineRefused: "refused",
}

logger = logging.getLogger(__name__)


class SlotEngine(Protocol):
    """Who answers for a slot: all its processes, or in tests a single client."""

    def turn(self, turn: EngineTurn) -> EngineAnswer:
        """The answer. Raises as ``EngineClient.turn``."""

    def is_healthy(self) -> bool:
        """Whether somebody there can answer."""

    def close(self) -> None:
        """Closes the connections."""


@dataclass(frozen=True)
class LiveProcesses:
    """How many processes of the live slot answer, and whether the other slot could stand in."""

    slot: Slot
    answering: int
    of: int
    other_slot: bool

    @property
    def ok(self) -> bool:
        """Whether citizens get answers."""
        return self.answering > 0 or self.other_slot


class RoutedEngine:
    """Safe to share between threads. ``route``: where turns go now."""

    def __init__(self, clients: Mapping[Slot, SlotEngine], route: Callable[[], Route]) -> None:
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


def slot_processes(settings: Settings) -> dict[Slot, EngineProcesses]:
    """All processes of each slot that the settings name. Raises ``EngineProcessesError``."""
    check_engine_processes(settings)
    secret = listed_secrets(settings.engine_secret.get_secret_value())[0]
    return {
        slot: EngineProcesses({address: EngineClient(address, secret) for address in addresses})
        for slot, addresses in engine_addresses(settings).items()
    }


def routed_engine(settings: Settings, sessions: SessionFactory) -> RoutedEngine:
    """The engine that the settings and the ledger name. Raises ``EngineProcessesError``."""
    return RoutedEngine(slot_processes(settings), RouteWatch(sessions))


def live_processes(slots: Mapping[Slot, EngineProcesses], route: Route) -> LiveProcesses:
    """How the live slot is now."""
    live = slots[route.live]
    answering = live.answering()
    spare = answering == 0 and slots[other(route.live)].is_healthy()
    return LiveProcesses(route.live, answering, len(live.addresses), spare)
