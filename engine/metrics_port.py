"""The engine's private port: ``GET /metrics``, ``/healthz`` and ``/readyz``, in a thread of its own, so that it answers while the
server's loop hangs. The same contract as the other processes' (docs/operators/metrics.md); this environment shares no code with
them."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from engine.environment import MisconfiguredError, port_setting, setting
from engine.metrics import READ_AT_SCRAPE

_HANGS_AFTER_SECONDS = 60.0
_BEATS_EVERY_SECONDS = 1.0
_READINESS_SECONDS = 1.0
_SIZE_SECONDS = 60.0
_SOCKET_SECONDS = 10


class EngineState:
    """What the port tells of the engine. ``serve`` names the agent once it is loaded; until then nothing can be answered."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._agent: Any = None
        self.beating: asyncio.Task[None] | None = None
        """The beating, held so that it is not forgotten."""
        self._beat_at: float | None = None
        self._lock = threading.Lock()
        self._problem: tuple[float, str | None] | None = None
        self._bytes: tuple[float, int | None] | None = None

    def serve(self, agent: Any) -> None:
        """This agent answers from now on."""
        self._agent = agent

    async def beat(self) -> None:
        """Beats for as long as the server's loop runs tasks."""
        while True:
            self._beat_at = self._monotonic()
            await asyncio.sleep(_BEATS_EVERY_SECONDS)

    @property
    def loop_age(self) -> float | None:
        """Seconds since the loop last beat; None before the first time."""
        return None if self._beat_at is None else self._monotonic() - self._beat_at

    @property
    def alive(self) -> bool:
        """Whether the loop runs; a process that still loads its model lives."""
        age = self.loop_age
        return age is None or age <= _HANGS_AFTER_SECONDS

    def problem(self) -> str | None:
        """What keeps turns from being answered: ``no_model``, ``tracker_store``; None where nothing does. At most one look a
        second."""
        with self._lock:
            if self._problem is None or self._monotonic() - self._problem[0] >= _READINESS_SECONDS:
                self._problem = (self._monotonic(), self._look())
            return self._problem[1]

    def _look(self) -> str | None:
        if self._agent is None or not self._agent.is_ready():
            return "no_model"
        # Large: a slot that waits has not loaded it. Another store is Rasa's own, in measurements (``run --unpatched``).
        from engine.tracker_store import LoudTrackerStore, TrackerStoreAwayError

        try:
            if isinstance(self._agent.tracker_store, LoudTrackerStore):
                self._agent.tracker_store.check_now()
        except TrackerStoreAwayError:
            return "tracker_store"
        return None

    def tracker_bytes(self) -> int | None:
        """Size of the tracker store; None where it cannot be told."""
        with self._lock:
            if self._bytes is None or self._monotonic() - self._bytes[0] >= _SIZE_SECONDS:
                size = getattr(self._agent.tracker_store, "size", None) if self._agent is not None else None
                self._bytes = (self._monotonic(), size() if size is not None else None)
            return self._bytes[1]


class EngineCollector(Collector):
    """What is asked of the engine at each scrape."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def describe(self) -> Iterable[Metric]:
        """Nothing is read at the start."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures now."""
        values = {
            "motcua_engine_ready": float(self._state.problem() is None),
            "motcua_engine_tracker_bytes": self._state.tracker_bytes(),
        }
        for name, text in READ_AT_SCRAPE.items():
            if (value := values[name]) is not None:
                yield GaugeMetricFamily(name, text, value=value)


def make_port(state: EngineState, host: str, port: int) -> ThreadingHTTPServer:
    """The server, listening; ``serve_forever`` serves. Raises ``MisconfiguredError`` where the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "motcua", ""
        timeout = _SOCKET_SECONDS

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path == "/metrics":
                encode, content_type = choose_encoder(self.headers.get("Accept") or "")
                self._say(200, content_type, encode(REGISTRY))
            elif path == "/healthz":
                age = state.loop_age
                body = {"status": "ok" if state.alive else "down", "loop_age_seconds": None if age is None else round(age, 1)}
                self._json(200 if state.alive else 503, body)
            elif path == "/readyz":
                problem = state.problem()
                self._json(503 if problem else 200, {"status": "down" if problem else "ok", "reason": problem})
            else:
                self._json(404, {"status": "not_found"})

        def _json(self, status: int, value: Mapping[str, object]) -> None:
            self._say(status, "application/json", json.dumps(value).encode())

        def _say(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """A question every few seconds is no news."""

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise MisconfiguredError(f"METRICS_PORT: {host}:{port} cannot be listened on ({error.strerror})") from error


def open_port(state: EngineState) -> None:
    """Serves at METRICS_PORT until the process ends; does nothing where that is 0. Raises ``MisconfiguredError``."""
    if setting("METRICS_PORT", "0") == "0":
        return
    server = make_port(state, setting("METRICS_HOST", "127.0.0.1"), port_setting("METRICS_PORT", 9108))
    REGISTRY.register(EngineCollector(state))
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
