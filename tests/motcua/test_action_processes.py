"""Several action servers of `motcua run`: one address, one socket, each with a port of metrics of its own."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.handover import LISTEN_FD, METRICS_FD
from bot.settings import Settings
from bot.storage.connections import shares
from motcua.processes import ProcessSpec, product_processes
from motcua.stack import private_settings


def settings(**more: Any) -> Settings:
    secret = SecretStr("x")
    values: dict[str, Any] = {"engine_secret": secret, "ledger_key": secret, "web_session_secret": secret, "channels": ""}
    return Settings(**(values | more))


def action_servers(found: Settings) -> list[ProcessSpec]:
    return [spec for spec in product_processes(found) if spec.name.startswith("actions")]


def test_one_unless_the_settings_say_otherwise() -> None:
    assert [spec.name for spec in action_servers(settings())] == ["actions"]
    assert [spec.name for spec in action_servers(settings(actions_processes=3))] == ["actions", "actions-2", "actions-3"]


def test_all_accept_at_one_address_and_hand_over_one_after_the_other() -> None:
    found = action_servers(settings(actions_processes=2, actions_port=6055))
    assert {spec.listens_on[LISTEN_FD] for spec in found} == {("127.0.0.1", 6055)}
    assert [spec.environment["METRICS_PORT"] for spec in found] == ["9104", "9114"]
    assert [spec.listens_on[METRICS_FD][1] for spec in found] == [9104, 9114]
    assert all(spec.hands_over for spec in found)


def test_a_further_one_is_asked_where_no_other_can_answer_for_it() -> None:
    first, second = action_servers(settings(actions_processes=2))
    assert (first.health_url, first.port) == ("http://127.0.0.1:5055/health", 5055)
    assert (second.health_url, second.port) == ("http://127.0.0.1:9114/readyz", 9114)
    elsewhere = action_servers(settings(actions_processes=2, metrics_host="fd00::5"))[1]
    assert elsewhere.health_url == "http://[fd00::5]:9114/readyz"
    assert action_servers(settings(actions_processes=2, metrics_host="0.0.0.0"))[1].health_url == second.health_url
    assert action_servers(settings(actions_processes=2, metrics_port_base=0))[1].health_url is None


def test_each_counts_where_connections_are_counted() -> None:
    one, three = shares(settings()), shares(settings(actions_processes=3))
    assert three["actions"] == 3 * one["actions"]
    assert {name: three[name] for name in three if name != "actions"} == {name: one[name] for name in one if name != "actions"}


def test_a_product_beside_the_running_one_has_one(tmp_path: Path) -> None:
    assert len(action_servers(private_settings(settings(actions_processes=2), tmp_path))) == 1
