"""The processes of one engine slot as one engine: each conversation has an order of them that is its own (rendezvous hashing),
so that it stays with one process while the list stays, and one that is away moves its conversations alone.

A turn goes on to the next process only where the one before has surely not taken it (``EngineUnavailable``).
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from connectors.gateway.engine_answer import EngineAnswer
from connectors.gateway.engine_client import EngineClient, EngineTurn, EngineUnavailable

logger = logging.getLogger(__name__)

REST_SECONDS = 2.0
"""A process that was away is passed over for so long, then asked for its health before it gets a turn again."""
GO_ON_SECONDS = 3.0
"""Later than this after its beginning a turn goes to no further process: the worker's lease must outlive all attempts."""
_HEALTH_SECONDS = 0.5


def rendezvous(key: str, addresses: Sequence[str]) -> list[str]:
    """The addresses in this key's order: evenly spread over keys, and unchanged among themselves when one comes or goes."""
    return sorted(addresses, key=lambda address: hashlib.sha256(f"{address} {key}".encode()).digest(), reverse=True)


class EngineProcesses:
    """Safe to share between threads. ``clients``: one of each process, by its address."""

    def __init__(self, clients: Mapping[str, EngineClient], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clients, self._monotonic = dict(clients), monotonic
        self._lock = threading.Lock()
        self._rests_until: dict[str, float] = {}

    @property
    def addresses(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self._clients)

    def client(self, address: str) -> EngineClient:
        """The client of one process."""
        return self._clients[address]

    def turn(self, turn: EngineTurn) -> EngineAnswer:
        """The answer of the first process in the conversation's order that takes the turn. Raises as ``EngineClient.turn``."""
        order = rendezvous(str(turn.metadata.get("conversation_id") or turn.conversation), self.addresses)
        if len(order) == 1:
            return self._clients[order[0]].turn(turn)
        began = self._monotonic()
        awake = [address for address in order if not self._rests(address)]
        failure: EngineUnavailable | None = None
        for address in awake or order:
            if failure is not None and self._monotonic() - began > GO_ON_SECONDS:
                break
            try:
                return self._clients[address].turn(turn)
            except EngineUnavailable as error:
                logger.warning("engine.process_away", extra={"address": address, "reason": error.reason})
                self._rest(address)
                failure = error
        raise failure or EngineUnavailable("unreachable")

    def _rest(self, address: str) -> None:
        with self._lock:
            self._rests_until[address] = self._monotonic() + REST_SECONDS

    def _rests(self, address: str) -> bool:
        """Whether the process is passed over now. The first who asks after its rest looks whether it is back."""
        with self._lock:
            until = self._rests_until.get(address)
            if until is None:
                return False
            now = self._monotonic()
            if now < until:
                return True
            self._rests_until[address] = now + REST_SECONDS
        if not self._clients[address].is_healthy(_HEALTH_SECONDS):
            return True
        with self._lock:
            self._rests_until.pop(address, None)
        logger.info("engine.process_back", extra={"address": address})
        return False

    def answering(self) -> int:
        """How many say that they can work; they are asked at once."""
        clients = list(self._clients.values())
        if len(clients) == 1:
            return int(clients[0].is_healthy())
        with ThreadPoolExecutor(len(clients), thread_name_prefix="engine-health") as asked:
            return sum(asked.map(lambda client: client.is_healthy(), clients))

    def is_healthy(self) -> bool:
        """Whether some process says that it can work. Those that rest are asked last: a dead host answers slowly."""
        with self._lock:
            resting = set(self._rests_until)
        for address in sorted(self._clients, key=lambda one: one in resting):
            if self._clients[address].is_healthy():
                return True
            self._rest(address)
        return False

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            client.close()
