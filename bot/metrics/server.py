"""The private port of a process: ``GET /metrics``, ``/healthz`` and ``/readyz``, in a thread of its own.

It answers while the process's own loop hangs: that is what it is for. Never on a port that citizens or officers reach.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder

from bot.handover import METRICS_FD, inherited_listener
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import Readiness

_SOCKET_SECONDS = 10


class MetricsPortTakenError(OSError):
    """The port of METRICS_PORT cannot be listened on; the message names it."""


@dataclass(frozen=True)
class Probes:
    """What the port tells. ``ready`` may take a moment; it is asked in the thread of the request."""

    pulse: Pulse
    ready: Callable[[], Readiness]
    registry: CollectorRegistry = REGISTRY


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def make_server(probes: Probes, host: str, port: int) -> ThreadingHTTPServer:
    """The server, listening (``port`` 0: any free one); ``serve_forever`` serves. Raises ``MetricsPortTakenError``."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "motcua", ""
        timeout = _SOCKET_SECONDS

        def do_GET(self) -> None:
            answer = {"/metrics": self._metrics, "/healthz": self._healthz, "/readyz": self._readyz}.get(self.path.split("?")[0])
            if answer is None:
                self._say_json(404, {"status": "not_found"})
            else:
                answer()

        def _metrics(self) -> None:
            encode, content_type = choose_encoder(self.headers.get("Accept") or "")
            self._say(200, content_type, encode(probes.registry))

        def _healthz(self) -> None:
            alive, age = probes.pulse.alive, probes.pulse.age
            body = {"status": "ok" if alive else "down", "loop_age_seconds": None if age is None else round(age, 1)}
            self._say_json(200 if alive else 503, body)

        def _readyz(self) -> None:
            found = probes.ready()
            body = {"status": "ok" if found.ok else "down", "reason": found.problem, **found.parts}
            self._say_json(200 if found.ok else 503, body)

        def _say_json(self, status: int, value: Mapping[str, object]) -> None:
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

    inherited = inherited_listener(METRICS_FD)
    if inherited is not None:
        return _on(inherited, Handler)
    try:
        return _Server((host, port), Handler)
    except OSError as error:
        raise MetricsPortTakenError(f"METRICS_PORT: {host}:{port} cannot be listened on ({error.strerror})") from error


def _on(listener: socket.socket, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on a socket that listens already, and that a successor may accept from too: it never waits in ``accept`` for a
    caller whom the other took."""
    server = _Server(listener.getsockname()[:2], handler, bind_and_activate=False)
    server.socket.close()
    listener.setblocking(False)
    server.socket = listener
    return server


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serves beside whatever is done within."""
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
