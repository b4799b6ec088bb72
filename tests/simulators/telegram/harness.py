"""The simulator as a bot and as a tester meet it: over HTTP only."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from simulators.messaging.serving import serving
from simulators.telegram.api import api_app
from simulators.telegram.control import telegram_control_app
from simulators.telegram.knobs import Knobs
from simulators.telegram.platform import TelegramPlatform
from tests.simulators.messaging.receiver import Receiver

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@dataclass
class Telegram:
    """Both ports."""

    api_url: str
    control_url: str
    http: httpx.AsyncClient

    async def call(self, method: str, token: str = TOKEN, **request: Any) -> httpx.Response:
        """Any request to a method."""
        return await self.http.post(f"{self.api_url}/bot{token}/{method}", **request)

    async def api(self, method: str, **parameters: Any) -> Any:
        """The result of a method that must succeed."""
        answer = await self.call(method, json=parameters)
        assert answer.status_code == 200, answer.text
        assert answer.json()["ok"] is True
        return answer.json()["result"]

    async def refused(self, method: str, code: int, **parameters: Any) -> str:
        """The description of a refusal."""
        answer = await self.call(method, json=parameters)
        body = answer.json()
        assert (answer.status_code, body["ok"], body["error_code"]) == (code, False, code), answer.text
        return str(body["description"])

    async def order(self, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        """An order to the control plane."""
        answer = await self.http.post(f"{self.control_url}/_sim{path}", json=body)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def ask(self, path: str) -> dict[str, Any]:
        """A question to the control plane."""
        answer = await self.http.get(f"{self.control_url}/_sim{path}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def citizen(self, **order: Any) -> "Citizen":
        """A new citizen."""
        made = await self.order("/users", {"name": "Nguyễn Thị Hoa", "phone": "0912345678"} | order, 201)
        return Citizen(self, made["id"], made["extra"]["chat_id"])

    async def updates(self) -> list[dict[str, Any]]:
        """What getUpdates gives, and confirms it."""
        updates: list[dict[str, Any]] = await self.api("getUpdates")
        if updates:
            await self.api("getUpdates", offset=updates[-1]["update_id"] + 1)
        return updates

    async def webhook(self, receiver: Receiver, **settings: Any) -> None:
        """Sets the webhook to the receiver."""
        await self.api("setWebhook", url=receiver.url, **settings)


@dataclass
class Citizen:
    """A simulated citizen."""

    telegram: Telegram
    id: str
    chat_id: int

    async def act(self, act: str, status: int = 200, **order: Any) -> dict[str, Any]:
        """Does something."""
        return await self.telegram.order(f"/users/{self.id}/{act}", order, status)

    async def send_file(self, name: str, content: bytes, kind: str, content_type: str, **form: Any) -> httpx.Response:
        """Sends a file."""
        fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in form.items()}
        url = f"{self.telegram.control_url}/_sim/users/{self.id}/send_file"
        return await self.telegram.http.post(url, files={"file": (name, content, content_type)}, data={"kind": kind} | fields)

    async def screen(self) -> list[dict[str, Any]]:
        """What this citizen sees."""
        messages: list[dict[str, Any]] = (await self.telegram.ask(f"/users/{self.id}/transcript"))["messages"]
        return messages


@asynccontextmanager
async def running_telegram(knobs: Knobs | None = None) -> AsyncIterator[Telegram]:
    platform = TelegramPlatform(TOKEN, knobs=knobs or Knobs(rates=False))
    api, control = api_app(platform.bot, platform.faults), telegram_control_app(platform)
    async with platform, serving(api, control) as served, httpx.AsyncClient(trust_env=False) as http:
        yield Telegram(served.api_url, served.control_url, http)


def event(receiver: Receiver, position: int = -1) -> dict[str, Any]:
    """An update that the webhook got."""
    update: dict[str, Any] = json.loads(receiver.posts[position].body)
    return update
