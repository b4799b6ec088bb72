"""A small engine that speaks contract §1 over real HTTP and does what a test tells it."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "fake-engine-secret"
Script = Callable[[dict[str, Any]], tuple[int, Any]]


def message(text: str, **more: Any) -> dict[str, Any]:
    """A ``motcua.message/1``."""
    return {"schema": "motcua.message/1", "text": text, "kind": "answer", "buttons": [], "sources": []} | more


def reply(
    turn: dict[str, Any], *messages: dict[str, Any], failed: str | None = None, handoff: str | None = None
) -> dict[str, Any]:
    """An answer to the turn."""
    return {
        "turn_id": turn["turn_id"],
        "failed": failed,
        "messages": list(messages),
        "handoff": {"schema": "motcua.handoff/1", "reason": handoff, "summary": {"misses": 2}} if handoff else None,
        "nlu": {"intent": "ask_fee", "confidence": 0.9, "clauses": []},
    }


def echo(turn: dict[str, Any]) -> tuple[int, Any]:
    """Says back what it was asked."""
    return 200, reply(turn, message(f"Trả lời: {turn['text'] or turn['act']['intent']}"))


class QuietServer(ThreadingHTTPServer):
    """A client that is killed is no news."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class FakeEngine:
    """``script`` makes the answer of a turn: a status and a JSON value, or raw bytes. ``turns`` holds what was asked."""

    def __init__(self) -> None:
        self.script: Script = echo
        self.healthy = True
        self.health_asked = 0
        self.turns: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    def start(self) -> None:
        """Listens, on the port that it had before if it was stopped."""
        self._server = QuietServer(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        """Refuses connections from now on."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def answer(self, turn: dict[str, Any]) -> tuple[int, Any]:
        """Notes the turn and runs the script."""
        with self._lock:
            self.turns.append(turn)
        return self.script(turn)

    def asked(self) -> list[str | None]:
        """The texts it was asked, in order."""
        with self._lock:
            return [turn["text"] for turn in self.turns]


def _handler(engine: FakeEngine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            engine.health_asked += 1
            self._send(200 if engine.healthy else 503, {"status": "ok"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Authorization"] != f"Bearer {SECRET}":
                self._send(401, {"failed": "unauthorised", "detail": ""})
            elif self.path != "/webhooks/motcua/turn":
                self._send(404, {"failed": "not_found", "detail": ""})
            else:
                self._send(*engine.answer(json.loads(body)))

        def _send(self, status: int, value: Any) -> None:
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler


@contextmanager
def running_engine() -> Iterator[FakeEngine]:
    """An engine that listens."""
    engine = FakeEngine()
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()
