"""A slot asks the model server, waits cheaply, pulls by Rasa's contract, begins anew, and serves on where the server is away."""

import hashlib
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.engine_process import PYTHON, ROOT, SECRET, engine_environment, free_port, launch
from tests.waiting import wait_for

pytestmark = pytest.mark.engine


class StandInServer:
    """A model server whose answer a test sets: ``assigned`` and ``duty``; ``etag`` may lie."""

    def __init__(self) -> None:
        self.assigned: Path | None = None
        self.etag: str | None = None
        self.duty = "wait"
        self.asked: list[tuple[str, str | None]] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def _answer(self) -> None:
                stand_in.asked.append((self.command, self.headers["If-None-Match"]))
                assert self.headers["Authorization"] == f"Bearer {SECRET}"
                if stand_in.assigned is None:
                    self.send_response(204)
                    self.send_header("slot-duty", stand_in.duty)
                    self.end_headers()
                    return
                body = stand_in.assigned.read_bytes()
                etag = f'"{stand_in.etag or hashlib.sha256(body).hexdigest()}"'
                self.send_response(304 if self.headers["If-None-Match"] == etag else 200)
                self.send_header("ETag", etag)
                self.send_header("filename", stand_in.assigned.name)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def server() -> Iterator[StandInServer]:
    found = StandInServer()
    yield found
    found.stop()


class SlotProcess:
    """``engine.launch run`` as slot b, with a folder of models of its own."""

    def __init__(self, project: Path, folder: Path, server: str, models_dir: Path, slot: str = "b") -> None:
        self.port = free_port()
        env = {
            "ENGINE_SECRET": SECRET,
            "ENGINE_SLOT": slot,
            "MODEL_SERVER_URL": server,
            "MODEL_SERVER_PATIENCE": "0.5",
            "ENGINE_PORT": str(self.port),
            "MODELS_DIR": str(models_dir),
            "TRACKER_URL": f"sqlite:///{folder}/tracker.sqlite3",
        }
        self.log = folder / f"slot-{self.port}.log"
        with self.log.open("wb") as log:
            command = [str(PYTHON), "-m", "engine.launch", "--project", str(project), "run"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=engine_environment(env), stdout=log, stderr=log)

    def says(self) -> dict[str, Any]:
        try:
            answer = requests.get(f"http://127.0.0.1:{self.port}/webhooks/motcua/slot", timeout=5)
            return dict(answer.json()) if answer.status_code == 200 else {}
        except (requests.RequestException, ValueError):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            return {}

    def until(self, what: str, condition: Any) -> dict[str, Any]:
        found: dict[str, Any] = wait_for(lambda: s if condition(s := self.says()) else None, seconds=60, what=what)
        return found

    def memory_mb(self) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(text.split("VmRSS:")[1].split()[0]) // 1024

    def turn(self, text: str) -> requests.Response:
        body = {"turn_id": str(time.monotonic_ns()), "conversation": "c", "text": text, "act": None, "metadata": {}}
        headers = {"Authorization": f"Bearer {SECRET}"}
        return requests.post(f"http://127.0.0.1:{self.port}/webhooks/motcua/turn", json=body, headers=headers, timeout=30)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def test_a_slot_waits_pulls_serves_and_is_emptied_in_one_process(
    tiny_project: Path, tiny_model: Path, tmp_path: Path, server: StandInServer
) -> None:
    slot = SlotProcess(tiny_project, tmp_path, server.url, tmp_path / "models")
    try:
        slot.until("waiting", lambda said: said.get("status") == "waiting")
        assert slot.memory_mb() < 45
        assert slot.turn("xin chào").status_code == 503
        server.assigned = tiny_model
        wanted = hashlib.sha256(tiny_model.read_bytes()).hexdigest()
        said = slot.until("the model", lambda said: said.get("sha256") == wanted)
        assert (said["model"], said["slot"]) == (tiny_model.name, "b")
        answer = slot.turn("xin chào").json()
        assert (answer["failed"], answer["model"]) == (None, tiny_model.name)
        assert ("HEAD", f'"{wanted}"') in server.asked
        pulls = [one for one in server.asked if one[0] == "GET"]
        assert len(pulls) == 1
        server.assigned = None
        slot.until("waiting again", lambda said: said.get("status") == "waiting")
        assert slot.memory_mb() < 45
    finally:
        code = slot.stop()
    assert code in (0, -signal.SIGTERM)


def test_a_model_that_is_not_what_its_etag_says_is_never_served(
    tiny_project: Path, tiny_model: Path, tmp_path: Path, server: StandInServer
) -> None:
    server.assigned, server.etag = tiny_model, "0" * 64
    done = launch(
        "--project", str(tiny_project), "run",
        env={
            "ENGINE_SECRET": SECRET, "ENGINE_SLOT": "b", "MODEL_SERVER_URL": server.url, "ENGINE_PORT": str(free_port()),
            "MODELS_DIR": str(tmp_path / "models"), "TRACKER_URL": f"sqlite:///{tmp_path}/t",
        },
    )  # fmt: skip
    assert done.returncode == 1
    assert "model.not_whole" in done.stdout + done.stderr
    assert not (tmp_path / "models" / "slots").exists()


def test_without_the_server_a_slot_serves_on_and_starts_again_with_what_it_pulled_last(
    tiny_project: Path, tiny_model: Path, tmp_path: Path, server: StandInServer
) -> None:
    models = tmp_path / "models"
    server.assigned = tiny_model
    slot = SlotProcess(tiny_project, tmp_path, server.url, models, "a")
    slot.until("the model", lambda said: said.get("sha256"))
    server.stop()
    assert slot.turn("xin chào").status_code == 200
    slot.stop()
    shutil.copy(tiny_model, models / "installed.tar.gz")
    again = SlotProcess(tiny_project, tmp_path, server.url, models, "a")
    try:
        assert again.until("the kept model", lambda said: said.get("sha256"))["model"] == tiny_model.name
    finally:
        again.stop()
    assert "which was pulled last" in again.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "env",
    [{"ENGINE_SLOT": "c", "MODEL_SERVER_URL": "http://127.0.0.1:1"}, {"ENGINE_SLOT": "a"}, {"MODEL_SERVER_URL": "ftp://x"}],
    ids=["slot", "no server", "address"],
)
def test_half_a_configuration_is_named(tiny_project: Path, env: dict[str, str]) -> None:
    done = launch("--project", str(tiny_project), "run", env={"ENGINE_SECRET": SECRET, **env})
    assert done.returncode == 1
    assert "ENGINE_SLOT must be a or b" in done.stderr
