"""Gateway and worker as processes that a test may stop and start again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cryptography.fernet import Fernet

from tests.browser.answers import Answers
from tests.connectors.fake_engine import SECRET
from tests.databases import migrated_sqlite
from tests.engine_process import free_port
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@dataclass
class RunningGateway:
    """Gateway and worker as two processes over one SQLite ledger."""

    port: int
    environment: dict[str, str]
    log: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *modules: str) -> None:
        """Starts the modules (both where none is named) and waits until the gateway can do its work."""
        for module in modules or ("connectors.gateway", "connectors.gateway.worker"):
            with self.log.open("ab") as log:
                self.processes[module] = subprocess.Popen(
                    [sys.executable, "-m", module], cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )
        try:
            wait_for(self._is_healthy, seconds=START_SECONDS, what="the gateway's start")
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.log.read_text()[-3000:]}") from error

    def stop(self, *modules: str) -> None:
        """Ends the modules (both where none is named)."""
        for module in modules or tuple(self.processes):
            process = self.processes.pop(module)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _is_healthy(self) -> bool:
        try:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=3)
            connection.request("GET", "/health")
            status = connection.getresponse().status
            connection.close()
        except (OSError, HTTPException):
            return False
        return status == 200


@contextmanager
def gateway_on_fresh_ledger(answers: Answers, embedding_site: str, folder: Path) -> Iterator[RunningGateway]:
    """Gateway and worker for the length of the block, on a ledger of their own in the folder."""
    ledger = migrated_sqlite(folder / "ledger.sqlite3")
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": ledger,
        "GATEWAY_PORT": str(port),
        "ENGINE_PORT": str(answers.engine.port),
        # The fake engine's health stands for the action server's too; no platform is needed for a page.
        "ACTIONS_PORT": str(answers.engine.port),
        "CHANNELS": "",
        "TEAM_HOURS": "always",
        "ENGINE_SECRET": SECRET,
        "LEDGER_KEY": Fernet.generate_key().decode(),
        "WEB_SESSION_SECRET": "session-secret-of-the-browser-tests",
        "ALLOWED_EMBED_ORIGINS": embedding_site,
    }
    running = RunningGateway(port, environment, folder / "log.txt")
    running.start()
    try:
        yield running
    finally:
        running.stop()
