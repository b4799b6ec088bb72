"""How many engine processes `motcua run` starts, and where they listen."""

import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from motcua.processes import engine_slots, product_processes
from motcua.stack import PortTakenError, check_ports, free_ports, private_settings


def settings(**more: Any) -> Settings:
    secret = SecretStr("x")
    values: dict[str, Any] = {"engine_secret": secret, "ledger_key": secret, "web_session_secret": secret, "channels": ""}
    return Settings(**(values | more))


def named(found: Settings) -> dict[str, int | None]:
    return {spec.name: spec.port for spec in engine_slots(found)}


def test_each_slot_gets_so_many_processes_with_ports_of_their_own() -> None:
    assert named(settings()) == {"engine": 5005, "engine-b": 5006}
    found = settings(engine_processes=3)
    assert named(found) == {
        "engine": 5005, "engine-2": 5105, "engine-3": 5205, "engine-b": 5006, "engine-b-2": 5106, "engine-b-3": 5206,
    }  # fmt: skip
    assert {spec.environment["ENGINE_SLOT"] for spec in engine_slots(found) if spec.name.startswith("engine-b")} == {"b"}
    assert all(spec.environment["ENGINE_PORT"] == str(spec.port) for spec in engine_slots(found))


def test_a_slot_whose_processes_others_start_gets_none() -> None:
    assert named(settings(engine_urls="http://one:5005,http://two:5005")) == {"engine-b": 5006}


def test_the_port_of_a_further_process_is_looked_at_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        others = dict(zip(("gateway", "engine_b", "model_server", "actions", "portal", "console"), free_ports(6), strict=True))
        ports = {f"{name}_port": number for name, number in others.items()}
        with pytest.raises(PortTakenError, match=str(port)):
            check_ports(settings(engine_port=port - 100, engine_processes=2, platform_simulators=False, **ports))


def test_a_product_beside_the_running_one_has_one_process_of_its_own(tmp_path: Path) -> None:
    found = settings(engine_processes=2, engine_b_urls="http://one:5005")
    assert list(named(private_settings(found, tmp_path))) == ["engine", "engine-b"]


def test_each_engine_process_has_a_metrics_port_of_its_own() -> None:
    found = settings(engine_processes=2)
    ports = {spec.name: spec.environment["METRICS_PORT"] for spec in product_processes(found)}
    wanted = {"gateway": "9101", "engine": "9108", "engine-b": "9109", "engine-2": "9118", "engine-b-2": "9119", "portal": "0"}
    assert {name: ports[name] for name in wanted} == wanted
    assert {spec.environment["METRICS_PORT"] for spec in product_processes(settings(metrics_port_base=0))} == {"0"}
