"""Values that no database can hold, in every address of the gateway: refused or not found, never a fault."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from bot.storage.database import Database
from connectors.gateway import sources
from connectors.gateway.app import create_app
from connectors.gateway.rate_limit import Rate
from console.access import declared_routes
from tests.connectors.harness import served, settings_for
from tests.connectors.platform_accounts import PLATFORM_ACCOUNTS

FaultsOf = Callable[[str], list[tuple[str, str, int]]]


@pytest.fixture
def faults_of(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultsOf]:
    monkeypatch.setattr(sources, "OF_A_SOURCE", Rate(100_000, 1_000))
    app = create_app(settings_for(database.engine.url.render_as_string(hide_password=False), 1, **PLATFORM_ACCOUNTS))
    app.middleware_stack = app.build_middleware_stack()
    asked = [(method, path) for method, path in declared_routes(app) if method in ("GET", "POST") and "{" in path]
    with served(app) as base, httpx.Client(base_url=base, trust_env=False, timeout=20) as client:

        def faults(value: str) -> list[tuple[str, str, int]]:
            found = [(method, path, client.request(method, re.sub(r"{.*?}", value, path)).status_code) for method, path in asked]
            assert len(found) > 10
            return [one for one in found if one[2] >= 500]

        yield faults


@pytest.mark.parametrize("value", ["a%00b", "9" * 30, "%00"])
def test_no_address_leads_to_a_fault(faults_of: FaultsOf, value: str) -> None:
    assert faults_of(value) == []
