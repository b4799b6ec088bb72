"""The model server: tells each engine slot which model is its own, and hands it out by Rasa's own contract.

    GET (or HEAD) /slots/a/model     Authorization: Bearer ENGINE_SECRET
    200   the model (tar.gz), ``ETag``: its SHA-256 in quotes, ``filename``: its name
    304   ``If-None-Match`` names the model that this slot is to serve
    204   none is assigned; ``slot-duty``: ``local`` (serve the installation's own model) or ``wait`` (serve nothing)
    503   the ledger is away, or the kept file is not what it should be: go on with what you have

What is handed out is found by the slot alone: no part of a path ever comes from a request. Run it with
``python -m motcua.model_server``; it listens on loopback where ``MODEL_SERVER_HOST`` names no other address.
"""

import json
import logging
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import ledger_readiness
from bot.secret_lists import is_one_of, listed_secrets
from bot.secret_strength import refuse_weak_secrets
from bot.settings import Settings
from bot.storage.database import SessionFactory, open_database
from bot.training.promoted_files import ModelFileError, promoted_file, sha256_of
from bot.training.routes import Slot, as_slot, read_route
from bot.training.slots import read_slots

logger = logging.getLogger(__name__)

DUTY = "slot-duty"
_SOCKET_SECONDS = 30
_PIECE = 256 * 1024


@dataclass(frozen=True)
class ModelAnswer:
    """What a slot is answered. ``file``: what is sent with 200."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None


class ModelDesk:
    """Knows each slot's model. Safe from several threads."""

    def __init__(self, sessions: SessionFactory, models_dir: Path) -> None:
        self._sessions, self._models_dir = sessions, models_dir
        self._checked: dict[str, tuple[int, int, int]] = {}

    def answer(self, slot: Slot, if_none_match: str | None) -> ModelAnswer:
        """The answer to this slot, which says by ``if_none_match`` what it has."""
        try:
            with self._sessions() as session:
                route, view = read_route(session), read_slots(session)[slot]
        except SQLAlchemyError as error:
            logger.error("models.ledger_away", extra={"error": type(error).__name__})
            return ModelAnswer(503, {"Retry-After": "2"})
        if view.assigned_sha256 is None or view.assigned_name is None:
            return ModelAnswer(204, {DUTY: "local" if slot == "a" and route.live == "a" else "wait"})
        etag = f'"{view.assigned_sha256}"'
        if _names(if_none_match, view.assigned_sha256):
            return ModelAnswer(304, {"ETag": etag})
        try:
            file = self._sound(view.assigned_sha256)
        except (OSError, ModelFileError) as error:
            logger.error("alarm.model_file", extra={"slot": slot, "sha256": view.assigned_sha256, "error": str(error)})
            return ModelAnswer(503, {"Retry-After": "2"})
        return ModelAnswer(200, {"ETag": etag, "filename": _file_name(view.assigned_name)}, file)

    def _sound(self, sha256: str) -> Path:
        """The kept file, once its content is what its name says. A file that did not change is not read again."""
        file = promoted_file(self._models_dir, sha256)
        about = file.stat()
        mark = (about.st_ino, about.st_size, about.st_mtime_ns)
        if self._checked.get(sha256) != mark:
            if sha256_of(file) != sha256:
                raise ModelFileError("the content is not what it should be")
            self._checked[sha256] = mark
        return file


def _names(header: str | None, sha256: str) -> bool:
    """Whether an ``If-None-Match`` names this content; Rasa sends back the ETag as it came."""
    tags = [one.strip().removeprefix("W/").strip('"') for one in (header or "").split(",")]
    return sha256 in tags


def _file_name(name: str) -> str:
    """The name that Rasa stores the download under, in a folder of its own: never with a part of a path."""
    base = Path(name).name or "model"
    return base if base.endswith(".tar.gz") else f"{base}.tar.gz"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    pulse = Pulse()

    def service_actions(self) -> None:
        """Called by the loop twice a second."""
        self.pulse.beat()


def make_server(
    desk: ModelDesk, secrets: str, port: int, host: str = "127.0.0.1", pulse: Pulse | None = None
) -> ThreadingHTTPServer:
    """The server, listening on ``host`` (``port`` 0: any free one); ``serve_forever`` serves. ``secrets``: the list of those that
    are accepted. ``pulse`` beats with its loop. Raises ``OSError``."""
    expected = [f"Bearer {secret}".encode() for secret in listed_secrets(secrets)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "motcua", ""
        timeout = _SOCKET_SECONDS

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def _answer(self) -> None:
            if self.path == "/health":
                self._say(200, {"status": "ok"})
                return
            if not is_one_of((self.headers.get("Authorization") or "").encode("utf-8", "replace"), expected):
                self._say(401, {"failed": "unauthorized"})
                return
            parts = self.path.split("?")[0].split("/")
            slot = as_slot(parts[2]) if len(parts) == 4 and parts[:2] == ["", "slots"] and parts[3] == "model" else None
            if slot is None:
                self._say(404, {"failed": "not_found"})
                return
            self._send(desk.answer(slot, self.headers.get("If-None-Match")))

        def _send(self, answer: ModelAnswer) -> None:
            if answer.file is None:
                self._head(answer.status, answer.headers, 0)
                return
            with answer.file.open("rb") as file:
                self._head(200, {**answer.headers, "Content-Type": "application/gzip"}, answer.file.stat().st_size)
                while self.command != "HEAD" and (piece := file.read(_PIECE)):
                    self.wfile.write(piece)

        def _say(self, status: int, value: Mapping[str, Any]) -> None:
            body = json.dumps(value).encode()
            self._head(status, {"Content-Type": "application/json"}, len(body))
            if self.command != "HEAD":
                self.wfile.write(body)

        def _head(self, status: int, headers: Mapping[str, str], length: int) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status not in (204, 304):
                self.send_header("Content-Length", str(length))
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Two questions every two seconds are no news."""

    server = _Server((host, port), Handler)
    server.pulse = pulse or Pulse()
    return server


def main() -> None:
    """Serves until SIGTERM or SIGINT. A missing setting stops the start, by name."""
    settings = Settings()
    configure_logging(settings.log_level, "model-server", settings.log_format)
    refuse_weak_secrets(settings)
    database = open_database(settings.database_url, pool_size=2)
    desk = ModelDesk(database.sessions, settings.models_dir)
    pulse = Pulse()
    secrets = settings.engine_secret.get_secret_value()
    server = make_server(desk, secrets, settings.model_server_port, settings.model_server_host, pulse)
    serving = threading.Thread(target=server.serve_forever, name="model-server")
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    serving.start()
    logger.info("models.serving", extra={"port": settings.model_server_port})
    with observed(settings, "model-server", pulse, lambda: ledger_readiness(database.engine, loop=pulse.begun)):
        signal.sigwait((signal.SIGTERM, signal.SIGINT))
    server.shutdown()
    serving.join()
    server.server_close()
    database.engine.dispose()


if __name__ == "__main__":
    main()
