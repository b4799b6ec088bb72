"""The gateway without an engine, platforms or a server, on a clock that tests move: for pages that citizens open by a link."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from fastapi.testclient import TestClient

from bot.settings import Settings
from bot.storage.database import Database
from connectors.gateway.app import create_app
from tests.moving_clock import MovingClock

KEY = Fernet.generate_key().decode()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def client(database: Database, database_url: str, clock: MovingClock) -> Iterator[TestClient]:
    settings = Settings(
        database_url=database_url,
        engine_secret="x",
        ledger_key=KEY,
        web_session_secret="x" * 40,
        channels="",
        platform_simulators=False,
    )
    with TestClient(create_app(settings, clock=clock, database=database), raise_server_exceptions=False) as client:
        yield client
