"""Starts the real engine (Rasa in ``.venv-engine``) for tests: training, serving, and a stand-in for the action server."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from motcua.stack import free_ports

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-engine" / "bin" / "python"
SECRET = "secret-of-the-tests"
OTHER_SECRET = "secret-before-that"
"""The shared engine accepts it too, as while a secret is exchanged."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now, and that no connection takes by itself."""
    return free_ports(1)[0]


def engine_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The surroundings' variables without any setting of ours, plus ``extra``."""
    ours = ("ENGINE_", "ACTIONS_", "TRACKER_URL", "REDIS_URL", "MODELS_DIR", "LOG_LEVEL", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **(extra or {})}


def launch(*arguments: str, env: Mapping[str, str] | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Runs ``python -m engine.launch`` to its end."""
    command = [str(PYTHON), "-m", "engine.launch", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=engine_environment(env), capture_output=True, text=True, timeout=timeout, check=False
    )


def train(project: Path, models_dir: Path) -> Path:
    """Trains the project, unless the folder has its model already, and returns the model file."""
    done = launch("--project", str(project), "train", "--if-needed", env={"MODELS_DIR": str(models_dir)})
    assert done.returncode == 0, done.stdout + done.stderr
    return max(models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


@dataclass
class RunningEngine:
    """A served model. ``start`` returns when ``/health`` says 200 (or, with ``healthy=False``, when it answers at all)."""

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path
    turns: int = 0

    @classmethod
    def start(
        cls,
        model: Path | None,
        project: Path,
        folder: Path,
        env: Mapping[str, str] | None = None,
        *,
        healthy: bool = True,
        options: Sequence[str] = (),
    ) -> "RunningEngine":
        """Serves ``model`` (the newest of ``MODELS_DIR`` where None). ``folder`` takes the log and, unless ``env`` says
        otherwise, the database of the conversations. ``options``: more of the command line of ``run``."""
        port = free_port()
        settings = {"ENGINE_SECRET": SECRET, "TRACKER_URL": f"sqlite:///{folder}/tracker.sqlite3", **(env or {})}
        log_file = folder / f"engine-{port}.log"
        command = [str(PYTHON), "-m", "engine.launch", "--project", str(project), "run", *options]
        command += ["--model", str(model)] if model else []
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=engine_environment({**settings, "ENGINE_PORT": str(port)}),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        engine = cls(process, f"http://127.0.0.1:{port}", log_file)
        try:
            engine.wait_until_up(healthy)
        except BaseException:
            engine.stop()
            raise
        return engine

    def wait_until_up(self, healthy: bool, seconds: float = 60) -> None:
        """Waits for ``/health``; fails with the log when the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                status = requests.get(f"{self.url}/health", timeout=5).status_code
            except requests.ConnectionError:
                threading.Event().wait(0.05)
                continue
            if status == 200 or not healthy:
                return
            threading.Event().wait(0.05)
        raise AssertionError(f"the engine did not come up:\n{self.log()}")

    def post(self, body: object, secret: str | None = SECRET) -> requests.Response:
        """A raw call of ``turn``; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
        return requests.post(f"{self.url}/webhooks/motcua/turn", data=data, headers=headers, timeout=30)

    def turn(self, conversation: str, text: str | None = None, act: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """One turn that must be answered with 200."""
        self.turns += 1
        body = {"turn_id": f"t{self.turns}", "conversation": conversation, "text": text, "act": act, "metadata": {}, **more}
        answer = self.post(body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def log(self) -> str:
        """All that the process wrote."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends the process and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(timeout=20)


@dataclass
class StandInActions:
    """An action server whose answer a test sets: ``status``, ``body``, and ``gate`` to hold answers back."""

    status: int = 200
    body: Any = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.reset()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["content-length"])))
                stand_in.calls.append(call)
                stand_in.gate.wait(20)
                body = stand_in.body(call) if callable(stand_in.body) else stand_in.body
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                try:
                    self.send_response(stand_in.status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True  # the engine gave up waiting

            def log_message(self, *_args: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Where the engine finds it (``ACTIONS_URL``)."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/webhook"

    def reset(self) -> None:
        """Answers at once with one neutral message."""
        self.status, self.body, self.calls = 200, says("Đây là câu trả lời."), []
        self.gate.set()

    def stop(self) -> None:
        """Ends the server."""
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def says(*texts: str) -> dict[str, Any]:
    """An action server's reply with neutral messages."""
    customs = [{"schema": "motcua.message/1", "text": text, "kind": "answer", "buttons": []} for text in texts]
    return {"events": [], "responses": [{"custom": custom} for custom in customs]}
