"""One of the two engine slots: asks the model server what to serve, waits cheaply where that is nothing.

Nothing here imports Rasa: a slot that waits costs about 20 MB. ``ENGINE_SLOT`` (``a`` or ``b``) and ``MODEL_SERVER_URL`` make a
process a slot; without them it serves a local model. Contract: docs/developers/deployment.md.
"""

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, NoReturn
from urllib.parse import urlsplit

from engine.environment import MisconfiguredError, number_setting, secrets_setting, setting
from engine.logs import line_of_progress

Duty = Literal["pull", "local", "wait", "same", "away"]
"""What the model server says: load that model; serve the installation's own; serve nothing; go on; or it says nothing of use."""

ASK_SECONDS = 3.0
LOOK_EVERY_SECONDS = 1.0
_KEPT_FOLDER = "slots"
_STARTED_IN = os.getcwd()


@dataclass(frozen=True)
class Slot:
    """This process's slot and its model server. ``models_dir`` takes the copy of what was pulled last."""

    name: str
    server: str
    secret: str
    models_dir: Path
    patience: float = 5.0
    """So many seconds a slot that starts waits for a model server that does not answer."""

    @property
    def model_url(self) -> str:
        """Where this slot's model is, by Rasa's contract."""
        return f"{self.server}/slots/{self.name}/model"

    @property
    def authorization(self) -> str:
        """The header's value."""
        return f"Bearer {self.secret}"


def configured_slot(models_dir: Path) -> Slot | None:
    """The slot that the environment makes this process; None where it makes none. Raises ``MisconfiguredError``."""
    name, server = setting("ENGINE_SLOT"), setting("MODEL_SERVER_URL").rstrip("/")
    if not name and not server:
        return None
    if name not in ("a", "b") or urlsplit(server).scheme != "http" or not urlsplit(server).hostname:
        raise MisconfiguredError("ENGINE_SLOT must be a or b, and MODEL_SERVER_URL an http address (or both empty)")
    return Slot(name, server, secrets_setting("ENGINE_SECRET")[0], models_dir, number_setting("MODEL_SERVER_PATIENCE", 5.0))


def ask(slot: Slot, etag: str | None = None) -> Duty:
    """What the slot is to do, given what it has. Never raises: a server that is away is ``away``."""
    where = urlsplit(slot.model_url)
    headers = {"Authorization": slot.authorization, **({"If-None-Match": etag} if etag else {})}
    link = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=ASK_SECONDS)
    try:
        link.request("HEAD", where.path, headers=headers)
        answer = link.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return "away"
    finally:
        link.close()
    if answer.status == 204:
        return "local" if answer.headers.get("slot-duty") == "local" else "wait"
    return {200: "pull", 304: "same"}.get(answer.status, "away")  # type: ignore[return-value] # its values are duties


def ask_patiently(slot: Slot, monotonic: Callable[[], float] = time.monotonic) -> Duty:
    """As ``ask``, again and again while the server is away, as long as the slot's patience lasts."""
    end = monotonic() + slot.patience
    while (duty := ask(slot)) == "away" and monotonic() < end:
        time.sleep(0.2)
    return duty


def wait_until_needed(slot: Slot, host: str, port: int) -> None:
    """Returns when there is something to serve (or, for the slot of the installation's own model, when nobody can say that
    there is not). Until then the port answers that the slot waits."""
    duty = ask(slot)
    if duty not in ("wait", "away") or (duty == "away" and slot.name == "a"):
        return
    with WaitingPort(slot, host, port):
        began = time.monotonic()
        while True:
            duty = ask(slot)
            if duty in ("pull", "local"):
                return
            if duty == "away" and kept_model(slot) and time.monotonic() - began > slot.patience:
                return
            time.sleep(LOOK_EVERY_SECONDS)


class WaitingPort:
    """The slot's port while nothing is served: 200 on ``/webhooks/motcua/slot``, 503 on all else."""

    def __init__(self, slot: Slot, host: str, port: int) -> None:
        state = json.dumps({"status": "waiting", "slot": slot.name}).encode()
        nothing = json.dumps({"failed": "no_model", "detail": "this slot has no model"}).encode()

        class Handler(BaseHTTPRequestHandler):
            timeout = ASK_SECONDS

            def do_GET(self) -> None:
                asked = self.path.split("?")[0] == "/webhooks/motcua/slot"
                self._say(200 if asked else 503, state if asked else nothing)

            def do_POST(self) -> None:
                self._say(503, nothing)

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Silent."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError:
            sys.exit(f"engine: port {port} on {host} is taken: end the other process or set the port of this slot")
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> None:
        print(line_of_progress(f"slot waits for a model on port {self._server.server_address[1]}"), flush=True)
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def sha256_of(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_model(slot: Slot, model: Path, sha256: str) -> None:
    """Keeps a copy of what was pulled, for a start without the model server. Raises ``OSError``."""
    folder = slot.models_dir / _KEPT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    about = folder / f"{slot.name}.json"
    about.unlink(missing_ok=True)
    unfinished = folder / f".{slot.name}-{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    _link_or_copy([slot.models_dir / "promoted" / f"{sha256}.tar.gz", model], unfinished)
    unfinished.replace(folder / f"{slot.name}.tar.gz")
    about.write_text(json.dumps({"name": model.name, "sha256": sha256}), encoding="utf-8")


def _link_or_copy(sources: Sequence[Path], target: Path) -> None:
    """A second name for the first of these files that can have one here, else a copy of the last. A link writes nothing to the
    disk, so that it holds nobody up."""
    for source in sources:
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copyfile(sources[-1], target)


def kept_model(slot: Slot) -> tuple[Path, Mapping[str, Any]] | None:
    """The copy that was kept, with its name and hash; None where there is none, or not a whole one."""
    folder = slot.models_dir / _KEPT_FOLDER
    file = folder / f"{slot.name}.tar.gz"
    try:
        about = json.loads((folder / f"{slot.name}.json").read_text(encoding="utf-8"))
        return (file, about) if sha256_of(file) == about["sha256"] and isinstance(about["name"], str) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget_kept_model(slot: Slot) -> None:
    """The slot serves nothing of ours any more: the next start must not go back to it."""
    for suffix in (".json", ".tar.gz"):
        (slot.models_dir / _KEPT_FOLDER / f"{slot.name}{suffix}").unlink(missing_ok=True)


class Served:
    """What this process serves, for its health and for ``SlotWatch``."""

    def __init__(self) -> None:
        self.slot: str | None = None
        self.sha256: str | None = None
        self.name: str | None = None
        """The model's name where it is another than its file's here."""


SERVED = Served()


class SlotWatch:
    """Looks whether the slot is still to serve what it serves; where not, ends the server politely (turns in hand are
    finished), and ``due`` says that the process begins anew."""

    def __init__(self, slot: Slot, *, every_seconds: float = LOOK_EVERY_SECONDS) -> None:
        self._slot, self._every = slot, every_seconds
        self.due = False

    def start(self) -> None:
        """Begins to look, in a thread of its own."""
        threading.Thread(target=self._run, name="slot-watch", daemon=True).start()

    def _run(self) -> None:
        while not self._over():
            time.sleep(self._every)
        self.due = True
        print("engine: this slot is to serve something else: ending politely", flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    def _over(self) -> bool:
        duty = ask(self._slot, f'"{SERVED.sha256}"')
        if duty == "local":
            # What is served stays until the next start, which then takes the installation's own model.
            forget_kept_model(self._slot)
        if duty == "wait":
            forget_kept_model(self._slot)
        return duty in ("wait", "pull")


def begin_anew() -> NoReturn:
    """The same process from its beginning: its memory is given back whole, and whoever looks after it sees no end."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(_STARTED_IN)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (what it was started with)
