"""A gateway, workers and a browser's calls over real HTTP, for the tests of this folder."""

import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI

from bot.officers.people import People
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.wakeup import PolledWakeup, Wakeup
from connectors.gateway.engine_client import EngineClient
from connectors.gateway.outreach_desk import OutreachDesk
from connectors.gateway.readiness import AssistantReadiness
from connectors.gateway.worker import Worker
from connectors.gateway.worker_pace import WorkerPace
from tests.connectors.fake_engine import SECRET, FakeEngine
from tests.waiting import SHORT_KEPT, wait_for

FAST = WorkerPace(lease=timedelta(seconds=5), retry_after=(timedelta(seconds=0.05), timedelta(seconds=0.1)))


def settings_for(database_url: str, engine_port: int, **more: Any) -> Settings:
    """Settings with fresh secrets."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "engine_port": engine_port,
        # Both slots: nothing else may answer for the fake engine.
        "engine_b_port": engine_port,
        # The fake engine's health stands for the action server's too.
        "actions_port": engine_port,
        "engine_secret": SECRET,
        "ledger_key": Fernet.generate_key().decode(),
        "web_session_secret": secrets.token_urlsafe(32),
        "channels": "",
        # Whatever the hour of the run, there are officers.
        "team_hours": "always",
    }
    return Settings(**(values | more))


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The app behind a real HTTP server; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive(), what="the gateway's start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def working(
    database: Database,
    engine: FakeEngine,
    *,
    workers: int = 1,
    pace: WorkerPace = FAST,
    watches_health: bool = False,
    people: People | None = None,
    outreach: OutreachDesk | None = None,
    wakeup: Callable[[], Wakeup] = PolledWakeup,
) -> Iterator[list[Worker]]:
    """Workers in threads of their own, stopped at the end. ``wakeup`` makes what one learns of new messages by."""
    client = EngineClient(f"http://127.0.0.1:{engine.port}", SECRET, seconds=3)
    ready = AssistantReadiness([client.is_healthy]) if watches_health else lambda: True
    bells = [wakeup() for _ in range(workers)]
    crew = [
        Worker(database.sessions, client, pace=pace, ready=ready, people=people, outreach=outreach, wakeup=bell) for bell in bells
    ]
    threads = [threading.Thread(target=worker.run) for worker in crew]
    for thread in threads:
        thread.start()
    try:
        yield crew
    finally:
        for worker in crew:
            worker.stop()
        for thread in threads:
            thread.join()
        for bell in bells:
            bell.close()
        client.close()


@contextmanager
def running(worker: Worker) -> Iterator[None]:
    """A worker of the test's own making, in a thread until the end."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


class Browser:
    """One citizen's browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = httpx.Client(base_url=base, timeout=20, limits=SHORT_KEPT)
        opened = self.http.post("/webchat/session").raise_for_status().json()
        self.token: str = opened["token"]
        self.conversation_id: str = opened["conversation_id"]
        self.greeting: list[dict[str, Any]] = opened["greeting"]

    @property
    def headers(self) -> dict[str, str]:
        """The session's authorization."""
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, **body: Any) -> httpx.Response:
        """Posts a message as it is given."""
        return self.http.post("/webchat/messages", json={"client_id": str(uuid4())} | body, headers=self.headers)

    def say(self, text: str) -> None:
        """Sends a text, which must be accepted."""
        assert self.post(text=text).status_code == 202

    def press(self, title: str) -> None:
        """Presses the newest button with this title."""
        tokens = [b["token"] for m in self.messages() for b in m["buttons"] if b["title"] == title and "token" in b]
        assert self.post(button=tokens[-1]).status_code == 202

    def transcript(self, after: int = 0) -> dict[str, Any]:
        """The transcript call's answer."""
        answer = self.http.get("/webchat/messages", params={"after": after}, headers=self.headers)
        return dict(answer.raise_for_status().json())

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """All messages after a number."""
        return list(self.transcript(after)["messages"])

    def replies(self) -> list[str]:
        """What was said to the citizen after the greeting."""
        return [m["text"] for m in self.messages(after=1) if m["from"] != "citizen"]

    def wait_replies(self, count: int, seconds: float = 20) -> list[str]:
        """The replies, once there are at least this many."""
        return wait_for(lambda: r if len(r := self.replies()) >= count else None, seconds=seconds, what=f"{count} replies")

    def close(self) -> None:
        """Closes the browser."""
        self.http.close()


@contextmanager
def browsing(base: str) -> Iterator[Browser]:
    """A browser with a conversation of its own."""
    browser = Browser(base)
    try:
        yield browser
    finally:
        browser.close()
