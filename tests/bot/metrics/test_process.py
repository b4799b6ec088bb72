"""A process under observation tells its release, its state and its connections."""

import re

import httpx
import pytest
from cryptography.fernet import Fernet
from prometheus_client import REGISTRY

from bot import __version__
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import Readiness
from bot.settings import Settings
from bot.storage.database import Database
from motcua.stack import free_ports


@pytest.fixture
def settings() -> Settings:
    return Settings(
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x",
        metrics_port=free_ports(1)[0],
        build_commit="0123456789abcdef",
    )


def test_the_page_tells_release_state_and_connections(settings: Settings, database: Database) -> None:
    with observed(settings, "gateway", Pulse(), lambda: Readiness("engine")), database.engine.connect():
        page = httpx.get(f"http://127.0.0.1:{settings.metrics_port}/metrics", trust_env=False).text
    assert f'motcua_build_info{{commit="0123456789ab",program="gateway",version="{__version__}"}} 1.0' in page
    assert "motcua_ready 0.0" in page
    assert "motcua_alive 1.0" in page
    assert float(re.findall(r'motcua_database_pool_connections\{state="in_use"\} (\S+)', page)[0]) >= 1
    assert "_created" not in page
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{settings.metrics_port}/metrics", trust_env=False)
    assert REGISTRY.get_sample_value("motcua_ready") is None


def test_nothing_listens_where_no_port_is_set(settings: Settings) -> None:
    def never() -> Readiness:
        raise AssertionError

    with observed(settings.model_copy(update={"metrics_port": 0}), "gateway", Pulse(), never):
        assert REGISTRY.get_sample_value("motcua_ready") is None
