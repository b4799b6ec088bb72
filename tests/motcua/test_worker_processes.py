"""How many workers and senders `motcua run` starts."""

from typing import Any

from pydantic import SecretStr

from bot.settings import Settings
from motcua.processes import product_processes


def started(**more: Any) -> list[str]:
    secret = SecretStr("x")
    values: dict[str, Any] = {"engine_secret": secret, "ledger_key": secret, "web_session_secret": secret, "channels": "zalo"}
    names = [spec.name for spec in product_processes(Settings(**(values | more)))]
    return [name for name in names if name.startswith(("worker", "sender"))]


def test_one_of_each_unless_the_settings_say_otherwise() -> None:
    assert started() == ["worker", "sender"]
    assert started(worker_processes=3, sender_processes=2) == ["worker", "worker-2", "worker-3", "sender", "sender-2"]


def test_without_a_platform_there_is_nothing_to_send() -> None:
    assert started(channels="", sender_processes=2) == ["worker"]
