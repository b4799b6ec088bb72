"""Processes that run on other hosts are found there; a product of its own on this machine never finds them."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from connectors.gateway.service_probes import Addresses
from motcua import stack
from motcua.preparation import child_environment

SECRETS = {"engine_secret": "x", "ledger_key": "x", "web_session_secret": "x"}
ELSEWHERE = {"ACTIONS_URL": "http://actions:5055/", "GATEWAY_URL": "http://gateway:8080"}


@pytest.fixture
def split(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of one process of a product that is spread over hosts."""
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    return Settings(**SECRETS)


def test_the_looks_at_the_service_go_to_the_hosts_that_are_named(split: Settings) -> None:
    places = Addresses.of(split)
    assert (places.gateway, places.actions) == ("http://gateway:8080/health", "http://actions:5055/health")


@pytest.mark.parametrize("spelled", ["http://actions:5055", "http://actions:5055/", "http://actions:5055/webhook"])
def test_one_spelling_of_the_action_server_serves_the_engine_and_the_workers(spelled: str) -> None:
    assert Settings(**SECRETS, actions_url=spelled).actions_address == "http://actions:5055"


def test_nothing_named_is_this_machine() -> None:
    settings = Settings(**SECRETS, actions_port=1, gateway_port=2)
    assert (settings.actions_address, settings.gateway_address) == ("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_a_product_of_its_own_finds_none_of_the_addresses_around_it(
    split: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKER_URL", "postgresql://production/tracker")
    monkeypatch.setenv("ZALO_OA_ID_FILE", str(tmp_path / "not there"))  # set after the settings were read: not in force
    own = stack.private_settings(
        split.model_copy(update={"bind_host": "0.0.0.0", "portal_client_secret": SecretStr("of the real portal")}), tmp_path
    )
    environment = child_environment(own)
    assert own.bind_host == "127.0.0.1"
    assert environment["PORTAL_CLIENT_SECRET"] not in ("", "of the real portal")
    assert environment["PORTAL_LGSP_PASSWORD"]
    assert not {*ELSEWHERE, "TRACKER_URL", "ZALO_OA_ID_FILE"} & set(environment)
    assert environment["GATEWAY_PORT"] == str(own.gateway_port)
