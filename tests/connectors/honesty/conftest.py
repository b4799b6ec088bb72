"""One assistant per module and kind of database, the platforms' stand-ins for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.honesty.assistant import Assistant, running_assistant
from tests.connectors.honesty.stands import Citizen, Stand, running_stands
from tests.databases import migrated_postgres, migrated_sqlite


@pytest.fixture(scope="module")
def stands() -> Iterator[dict[str, Stand]]:
    with running_stands() as running:
        yield running


@pytest.fixture(scope="module")
def ledger_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SQLite, unless the module names kinds: ``pytestmark = on_both``."""
    folder: Path = tmp_path_factory.mktemp("ledger")
    if getattr(request, "param", "sqlite") == "sqlite":
        yield migrated_sqlite(folder / "ledger.sqlite3")
        return
    with migrated_postgres.lent() as url:
        yield url


@pytest.fixture(scope="module")
def running(ledger_url: str, stands: dict[str, Stand]) -> Iterator[Assistant]:
    with running_assistant(ledger_url, stands) as one:
        yield one


@pytest.fixture
def assistant(running: Assistant) -> Iterator[Assistant]:
    yield running
    running.settle()


@pytest.fixture
def citizen(assistant: Assistant, channel: str) -> Citizen:
    return assistant.stands[channel].citizen()
