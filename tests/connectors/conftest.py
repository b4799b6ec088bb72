"""A gateway, an engine, a worker and a browser."""

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from bot.storage.database import Database
from connectors.gateway.app import create_app
from tests.connectors.fake_engine import FakeEngine, running_engine
from tests.connectors.harness import Browser, browsing, served, settings_for, working
from tests.databases import database, database_url

__all__ = ["database", "database_url"]


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    with running_engine() as running:
        yield running


@pytest.fixture
def settings(database: Database, database_url: str, engine: FakeEngine) -> Settings:  # noqa: ARG001 (the tables must exist)
    return settings_for(database_url, engine.port)


@pytest.fixture
def gateway(settings: Settings) -> Iterator[str]:
    with served(create_app(settings)) as base:
        yield base


@pytest.fixture
def worker(database: Database, engine: FakeEngine, gateway: str) -> Iterator[None]:  # noqa: ARG001 (stops first)
    with working(database, engine):
        yield


@pytest.fixture
def browser(gateway: str) -> Iterator[Browser]:
    with browsing(gateway) as one:
        yield one
