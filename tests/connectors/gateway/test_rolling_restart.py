"""A rolling restart while citizens write: nobody is refused, nothing is lost, nothing is said twice."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.models import Inbound
from motcua.preparation import child_environment
from motcua.processes import product_processes
from motcua.supervisor import Supervisor
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import Browser
from tests.databases import ON_A_SERVER
from tests.engine_process import free_port
from tests.waiting import wait_for

RENEWED = ("worker", "gateway")
CITIZENS = 6
PAUSE = 1.0
"""Seconds between two messages of a citizen; who writes much faster is told to wait after a while."""


class Writer:
    """A citizen who writes at a steady rate. A post whose connection broke is repeated with the same id, as the page does."""

    def __init__(self, base: str) -> None:
        self.browser = Browser(base)
        self.said: list[str] = []
        self.repeated = 0
        self.over = threading.Event()

    def write(self) -> None:
        """Writes until told to stop. Raises where the gateway refuses."""
        while not self.over.wait(PAUSE):
            text = f"câu {len(self.said)}"
            body = {"client_id": str(uuid4()), "text": text}
            while not self._accepted(body):
                self.repeated += 1
            self.said.append(text)

    def _accepted(self, body: dict[str, str]) -> bool:
        try:
            answer = self.browser.http.post("/webchat/messages", json=body, headers=self.browser.headers)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            # A kept connection that ended just as it was used again; a refused one is no such thing.
            return False
        assert answer.status_code in (200, 202), answer.text
        return True

    def heard_all(self) -> bool:
        """Whether every message has its answer, each once and in order."""
        replies = self.browser.replies()
        expected = [f"Trả lời: {text}" for text in self.said]
        assert replies == expected[: len(replies)]
        return len(replies) == len(expected)


def wait_for_more(writers: list[Writer], writing: list[Future[None]]) -> None:
    """Waits until each has written two messages more, or one was refused."""
    counts = [len(writer.said) for writer in writers]
    wait_for(
        lambda: any(one.done() for one in writing) or all(len(w.said) > n + 1 for w, n in zip(writers, counts, strict=True)),
        seconds=60,
        what="more messages of everyone",
    )


@ON_A_SERVER
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("database")
def test_gateway_and_worker_are_renewed_while_citizens_write(
    settings: Settings, engine: FakeEngine, database: Database, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"gateway_port": free_port(), "var_dir": tmp_path})
    told: list[str] = []
    specs = [spec for spec in product_processes(own) if spec.name in RENEWED]
    supervisor = Supervisor(specs, tmp_path, child_environment(own), told.append)
    supervisor.start()
    try:
        supervisor.wait_healthy()
        base = f"http://127.0.0.1:{own.gateway_port}"
        before = dict(supervisor.pids())
        writers = [Writer(base) for _ in range(CITIZENS)]
        with ThreadPoolExecutor(CITIZENS) as threads:
            writing = [threads.submit(writer.write) for writer in writers]
            try:
                wait_for_more(writers, writing)
                assert supervisor.renew(), told
                wait_for_more(writers, writing)
            finally:
                for writer in writers:
                    writer.over.set()
        for writer, written in zip(writers, writing, strict=True):
            written.result()
            wait_for(writer.heard_all, seconds=60, every=0.5, what="every answer")
            writer.browser.close()
    finally:
        supervisor.stop()
    assert all(supervisor.pids()[name] != before[name] for name in RENEWED)
    said = sum(len(writer.said) for writer in writers)
    assert len(engine.asked()) == said, "every message was one turn"
    with database.sessions() as session:
        assert session.scalars(select(Inbound.outcome)).all() == ["answered"] * said
