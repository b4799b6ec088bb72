"""Each platform's files come from the platform's own hosts, or from servers that the operator named."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot.settings import MissingSettingError, Settings
from connectors.gateway.attachments.fetching import Fetcher
from connectors.gateway.attachments.sources import attachment_sources


def settings(**more: Any) -> Settings:
    values: dict[str, Any] = {
        "portal_token": "x",
        "engine_secret": "x",
        "ledger_key": Fernet.generate_key().decode(),
        "web_session_secret": "x" * 40,
        "channels": "zalo,facebook,telegram",
        "platform_simulators": False,
        "telegram_bot_token": "7700001:AA",
    }
    return Settings(**(values | more))


def test_in_production_only_the_platforms_hosts_over_https() -> None:
    sources = attachment_sources(settings(), Fetcher())
    assert {name: source.rules.local for name, source in sources.items()} == dict.fromkeys(sources, frozenset())
    assert sources["zalo"].rules.allow("f23-zpc.zdn.vn")
    assert sources["facebook"].rules.allow("lookaside.fbsbx.com")
    assert sources["facebook"].rules.allow("scontent.fhan1-1.fna.fbcdn.net")
    assert sources["telegram"].rules.allow("api.telegram.org")
    assert not any(source.rules.allow("evil.example") for source in sources.values())
    assert not sources["zalo"].rules.allow("api.telegram.org")


def test_simulators_are_allowed_where_they_run_and_only_for_their_platform() -> None:
    sources = attachment_sources(settings(platform_simulators=True, zalo_sim_port=18091), Fetcher())
    assert "127.0.0.1:18091" in sources["zalo"].rules.local
    assert "127.0.0.1:18091" not in sources["facebook"].rules.local


def test_a_bot_api_server_of_our_own_may_be_plain_http() -> None:
    sources = attachment_sources(settings(telegram_api_url="http://bot-api:8081"), Fetcher())
    assert sources["telegram"].rules.local == {"bot-api:8081"}


def test_a_channel_that_is_off_has_no_source() -> None:
    assert set(attachment_sources(settings(channels="zalo", telegram_bot_token=None), Fetcher())) == {"zalo"}


def test_telegram_without_a_token_stops_the_start_by_name() -> None:
    with pytest.raises(MissingSettingError, match="TELEGRAM_BOT_TOKEN"):
        attachment_sources(settings(telegram_bot_token=None), Fetcher())
