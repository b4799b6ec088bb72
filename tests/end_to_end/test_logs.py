"""The log of every process over a whole talk: one JSON object a line, and nothing of anybody in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos.phones import Phones
from bot.settings import Settings
from motcua.webchat_client import WebchatClient
from tests.waiting import wait_for

pytestmark = pytest.mark.engine

PRIVATE = (
    "0976543210",
    "027185003456",
    "tranthimai.rieng@example.vn",
    "9704 0512 3456 7890",
    "Trần Thị Mai",
    "hôn nhân trước đây",
)
TALK = (
    f"em là {PRIVATE[4]}, sđt {PRIVATE[0]}, cccd {PRIVATE[1]}",
    f"mail em {PRIVATE[2]}, thẻ {PRIVATE[3]}; {PRIVATE[5]} thì đăng ký kết hôn cần gì",
)
EVENTS = ("webhook.taken", "turn.concluded", "delivery.ended")


def lines_of(product: Settings) -> dict[str, list[str]]:
    logs = Path(product.var_dir / "log").glob("*.log")
    ours = [path for path in logs if not path.stem.endswith("simulator") and path.stem != "portal"]
    return {path.stem: path.read_text(encoding="utf-8").splitlines() for path in ours}


def parsed(product: Settings, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(product)[name]]


@pytest.fixture
def talked(product: Settings, new_client: Callable[[], WebchatClient]) -> None:
    """The same words on the web page and on Zalo."""
    client = new_client()
    for words in TALK:
        client.say(words)
    with Phones(product) as phones:
        citizen = phones.join("zalo")
        phones.write(citizen, TALK[1], 0)
        wait_for(lambda: next(iter(phones.citizens())).shown, what="the answer on the phone")


@pytest.mark.usefixtures("talked")
def test_every_line_is_one_object_with_the_same_fields_and_says_nothing_of_anybody(product: Settings) -> None:
    held = [value.get_secret_value() for _, value in product if hasattr(value, "get_secret_value")]
    hidden = [*PRIVATE, *(word.replace(" ", "") for word in PRIVATE), *(secret for secret in held if secret)]
    logs = lines_of(product)
    assert {"gateway", "worker", "sender", "actions", "engine"} <= set(logs)
    assert not [(name, line) for name, lines in logs.items() for line in lines if not line.startswith("{")]
    for name, lines in logs.items():
        for line in lines:
            assert {"ts", "level", "event", "process"} <= set(json.loads(line)), (name, line)
            assert not [word for word in hidden if word in line], name


@pytest.mark.usefixtures("talked")
def test_a_message_is_followed_from_log_to_log_by_its_trace(product: Settings) -> None:
    def met() -> set[str]:
        lines = [line for name in ("gateway", "worker", "sender") for line in parsed(product, name) if line["event"] in EVENTS]
        sent = {line["trace_id"] for line in lines if line["process"] == "sender" and "trace_id" in line}
        return {line["process"] for line in lines if line.get("trace_id") in sent}

    wait_for(lambda: met() == {"gateway", "worker", "sender"}, what="one trace in three logs")
