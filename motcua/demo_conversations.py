"""Conversations of a local trial: made-up citizens write through the platforms' stand-ins and the web chat, once, so that the
console has people waiting, talks to read and messages to label.

They go the way of every citizen's message (webhook, ledger, worker, engine); nothing is written into the ledger by hand.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from bot.settings import Settings
from motcua.platforms import SIMULATOR_PORTS
from motcua.processes import local_url
from motcua.webchat_client import ChatError, WebchatClient

_FILE = Path(__file__).with_suffix(".yml")
ANSWER_SECONDS = 20.0
"""A message whose answer does not come by then is followed by the next all the same, as people do."""


@dataclass(frozen=True)
class DemoConversation:
    """One made-up citizen. ``name``: as the platform shows it; the web chat knows none."""

    channel: str
    says: tuple[str, ...]
    name: str | None = None


def read_demo_conversations(path: Path = _FILE) -> list[DemoConversation]:
    """The conversations of the file, in its order."""
    entries = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return [DemoConversation(entry["channel"], tuple(entry["says"]), entry.get("name")) for entry in entries]


def hold_demo_conversations(settings: Settings, conversations: Sequence[DemoConversation], say: Callable[[str], None]) -> int:
    """Has them all, those of one channel one after the other; how many came to their end. What does not work is told, and the
    product goes on without it."""
    channels = [name for name in ("webchat", *settings.enabled_channels) if any(one.channel == name for one in conversations)]

    def hold_all(channel: str) -> int:
        return sum(_held(settings, one, say) for one in conversations if one.channel == channel)

    with ThreadPoolExecutor(max(len(channels), 1), thread_name_prefix="demo") as lines:
        return sum(lines.map(hold_all, channels))


def _held(settings: Settings, conversation: DemoConversation, say: Callable[[str], None]) -> bool:
    try:
        if conversation.channel == "webchat":
            _hold_on_the_web(local_url(settings.gateway_port), conversation)
        else:
            _control, port = SIMULATOR_PORTS[conversation.channel]
            _hold_on_a_phone(local_url(getattr(settings, port)), conversation)
    except (httpx.HTTPError, ChatError, KeyError) as error:
        say(f"  ! cuộc trò chuyện mẫu ({conversation.channel}): {type(error).__name__}")
        return False
    return True


def _hold_on_the_web(url: str, conversation: DemoConversation) -> None:
    client = WebchatClient(url, patience=ANSWER_SECONDS)
    try:
        for text in conversation.says:
            client.say(text)
    finally:
        client.close()


def _hold_on_a_phone(control: str, conversation: DemoConversation) -> None:
    with httpx.Client(base_url=control, timeout=10, trust_env=False) as phone:
        made = phone.post("/_sim/users", json={"name": conversation.name})
        user = made.raise_for_status().json()["id"]
        for text in conversation.says:
            phone.post(f"/_sim/users/{user}/say", json={"text": text}).raise_for_status()
            _await_answer(phone, user)


def _await_answer(phone: httpx.Client, user: str) -> None:
    """Waits until the last thing on the screen is no longer the citizen's own."""
    for _ in _until(ANSWER_SECONDS):
        shown: list[dict[str, Any]] = phone.get(f"/_sim/users/{user}/transcript").raise_for_status().json()["messages"]
        if shown and shown[-1]["author"] != "user":
            return


def _until(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.2)
