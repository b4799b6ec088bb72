"""The real simulator on a free port, and the real client towards it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import uvicorn

from bot.portal.http_portal import HttpPortal
from bot.portal.lgsp_portal import LgspPortal
from bot.portal.lgsp_service import LgspAccount
from bot.portal.oauth import ClientCredentials
from simulators.portal.accounts import Accounts
from simulators.portal.app import create_app, vietnam_now
from simulators.portal.demo_dossiers import DemoDossier, demo_dossiers
from simulators.portal.store import DossierStore

SECRET = "a-client-secret-for-tests"
WEBHOOK_SECRET = "a-webhook-secret-for-tests"
ACCOUNTS = Accounts("motcua", SECRET, WEBHOOK_SECRET, "motcua", "an-lgsp-password-for-tests")


@dataclass
class RunningPortal:
    """The running simulator as a test sees it."""

    url: str
    by_counter: dict[str, DemoDossier]
    clients: list[HttpPortal | LgspPortal] = field(default_factory=list)

    def client(self, total_seconds: float = 10.0, secret: str = SECRET) -> HttpPortal:
        made = HttpPortal(self.url, ClientCredentials("motcua", secret), total_seconds=total_seconds)
        self.clients.append(made)
        return made

    def lgsp_client(self, total_seconds: float = 10.0, password: str = ACCOUNTS.lgsp_password) -> LgspPortal:
        account = LgspAccount("motcua", password, "000.00.00.H05", "dvcqg")
        made = LgspPortal(f"{self.url}/lgsp", account, total_seconds=total_seconds, refusal_seconds=0.05)
        self.clients.append(made)
        return made

    def control(self, path: str, order: Any = None) -> Any:
        """Orders something of the control plane (reads where there is no order)."""
        method = "GET" if order is None else "POST"
        answer = requests.request(method, f"{self.url}/_control/{path}", json=order, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def browse(self, url: str, **form: str) -> requests.Response:
        """What the citizen's browser gets: the page, or the answer to its form."""
        return requests.post(url, data=form, timeout=10) if form else requests.get(url, timeout=10)

    def fault(self, mode: str, seconds: float = 5, count: int | None = None) -> None:
        order = {"mode": mode, "seconds": seconds, "count": count}
        requests.post(f"{self.url}/_control/faults", json=order, timeout=10).raise_for_status()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        threading.Event().wait(0.01)


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    day = vietnam_now().date()
    dossiers = list(demo_dossiers(day))
    with (
        DossierStore(tmp_path_factory.mktemp("portal") / "portal.sqlite3", dossiers) as store,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        config = uvicorn.Config(create_app(store, ACCOUNTS), log_level="error", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)
        by_counter = {dossier.code[:4] + dossier.code.rpartition("-")[2]: dossier for dossier in dossiers}
        yield RunningPortal(f"http://127.0.0.1:{listener.getsockname()[1]}", by_counter)
        server.should_exit = True
        thread.join()


@pytest.fixture
def portal(simulator: RunningPortal) -> Iterator[RunningPortal]:
    """The simulator as after its start."""
    requests.post(f"{simulator.url}/_control/start-over", timeout=10).raise_for_status()
    yield simulator
    for client in simulator.clients:
        client.close()
    simulator.clients.clear()
