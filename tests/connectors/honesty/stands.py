"""The three platforms' stand-ins behind one face: what citizens do there, and what they see."""

import asyncio
import hashlib
import json
import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from bot.texts import say
from simulators.messaging.serving import serving
from simulators.messenger.signatures import signature_headers
from simulators.telegram.api import api_app
from simulators.telegram.control import telegram_control_app
from simulators.telegram.platform import TelegramPlatform
from tests.simulators.messenger import harness as messenger_harness
from tests.simulators.zalo import harness as zalo_harness
from tests.waiting import SHORT_KEPT, wait_for

CHANNELS = ("zalo", "facebook", "telegram")
SOON = 45.0
"""Seconds that a test waits at most; a busy machine is no fault of the code."""

Message = dict[str, Any]
T = TypeVar("T")


def soon(condition: Callable[[], T], what: str = "the condition") -> T:
    """The condition's first true value. It is looked for over HTTP, so not too often."""
    return wait_for(condition, seconds=SOON, what=what, every=0.05)


def plain(text: str) -> str:
    """A text with all white space alike."""
    return " ".join(text.split())


class Stand(ABC):
    """A platform. ``sends``: the fault name of its interface for messages; ``port``: where its API is."""

    name: str
    sends: str

    def __init__(self, api_url: str, control: httpx.Client) -> None:
        self.api_url, self.control = api_url, control

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What the assistant must know of this platform."""

    @abstractmethod
    def connect(self, gateway: str) -> None:
        """Registers the assistant's webhook."""

    @abstractmethod
    def signature_of(self, body: bytes) -> dict[str, str]:
        """The headers by which the platform vouches for these bytes."""

    @abstractmethod
    def rate_refusal(self, seconds: int) -> dict[str, Any]:
        """The fault in which the platform says "too many, wait so long"."""

    def order(self, path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        """An order to the control plane, which must be carried out."""
        answer = self.control.request(method, f"/_sim{path}", json=body)
        assert answer.status_code < 300, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def knobs(self, **changes: Any) -> None:
        """Turns knobs."""
        self.order("/knobs", changes)

    def fault(self, mode: str, **more: Any) -> None:
        """Arms a fault of the interface for messages, or of another ``method``."""
        self.order("/faults", {"method": self.sends, "mode": mode} | more)

    def citizen(self, **about: Any) -> "Citizen":
        """A new citizen, who has not written yet."""
        name = about.pop("name", "Nguyễn Thị Hoàng Anh")
        phone = f"09{secrets.randbelow(10**8):08}"
        made = self.order("/users", {"name": name, "phone": phone} | about)
        return Citizen(self, str(made["id"]), phone)

    def raw(self, body: bytes | str, signature: str = "right", **headers: str) -> int:
        """Posts these bytes to the webhook; the status of the answer."""
        text = body if isinstance(body, str) else body.decode()
        return int(self.order("/raw", {"body": text, "signature": signature, "headers": headers})["status"])

    def deliveries(self, citizen: "Citizen | None" = None) -> list[dict[str, Any]]:
        """The events on their way."""
        query = f"?user={citizen.id}" if citizen is not None else ""
        listed: list[dict[str, Any]] = self.order(f"/deliveries{query}", method="GET")["deliveries"]
        return listed

    def wait_delivered(self, citizen: "Citizen") -> list[dict[str, Any]]:
        """All of the citizen's events, once none is on its way any more."""

        def settled() -> list[dict[str, Any]] | None:
            found = self.deliveries(citizen)
            return found if found and all(one["state"] not in ("waiting", "posting", "held") for one in found) else None

        return soon(settled, what="the end of all deliveries")

    def event_never_posted(self, citizen: "Citizen", text: str) -> bytes:
        """The body of a true event that got lost on its way."""
        citizen.say(text, drop=True)
        lost = [one for one in self.deliveries(citizen) if one["state"] == "dropped"]
        return str(lost[-1]["body"]).encode()


@dataclass(frozen=True)
class Citizen:
    """A person with the platform's app on their phone."""

    stand: Stand
    id: str
    phone: str
    greetings: frozenset[str] = field(default_factory=lambda: frozenset({plain(say("introduction")), plain(say("greeting"))}))

    def does(self, act: str, **order: Any) -> dict[str, Any]:
        """An act."""
        return self.stand.order(f"/users/{self.id}/{act}", order)

    def say(self, text: str, **delivery: Any) -> dict[str, Any]:
        """Writes."""
        return self.does("say", text=text, delivery=delivery)

    def send_file(self, name: str, content: bytes, kind: str, media_type: str, **fields: str) -> None:
        """Sends a file."""
        answer = self.stand.control.post(
            f"/_sim/users/{self.id}/send_file", files={"file": (name, content, media_type)}, data={"kind": kind} | fields
        )
        assert answer.status_code == 200, answer.text

    def tap(self, message: Message, title: str) -> None:
        """Taps a button of a message on the screen."""
        self.does("tap", message_id=message["id"], title=title)

    def screen(self) -> list[Message]:
        """Everything on the phone, and what the platform refused to show."""
        messages: list[Message] = self.stand.order(f"/users/{self.id}/transcript", method="GET")["messages"]
        return messages

    def shown(self) -> list[Message]:
        """What came from our side and was shown, without the first greeting."""
        ours = [m for m in self.screen() if m["author"] == "bot" and m["refused"] is None]
        return [m for m in ours if plain(m["text"]) not in self.greetings]

    def heard(self) -> list[str]:
        """The texts of ``shown``."""
        return [m["text"] for m in self.shown()]

    def refused(self) -> list[str]:
        """Why the platform refused messages of ours."""
        return [m["refused"] for m in self.screen() if m["refused"] is not None]

    def wait_heard(self, count: int) -> list[str]:
        """What was heard, once it is so many messages; more fail the test."""
        heard = soon(lambda: h if len(h := self.heard()) >= count else None, what=f"{count} messages")
        assert len(heard) == count, heard
        return heard


class ZaloStand(Stand):
    """``simulators.zalo``. Every exchange of a token is counted."""

    name = "zalo"
    sends = "v3.0/oa/message/cs"

    def __init__(self, running: zalo_harness.Zalo) -> None:
        super().__init__(str(running.api.base_url).rstrip("/"), running.control)
        self.account = running.account
        self.exchanges: list[str] = []
        self.granted: list[str] = []
        exchange = self.account.tokens.exchange

        def counted(secret_key: str, form: Mapping[str, str]) -> dict[str, str]:
            self.exchanges.append(form.get("grant_type", ""))
            pair = exchange(secret_key, form)
            self.granted += [pair["access_token"], pair["refresh_token"]]
            return pair

        self.account.tokens.exchange = counted  # type: ignore[method-assign]

    def settings(self) -> dict[str, Any]:
        about = self.account.credentials
        return {
            "zalo_app_id": about.app_id,
            "zalo_app_secret": about.app_secret,
            "zalo_oa_id": about.oa_id,
            "zalo_oa_secret_key": about.oa_secret,
            "zalo_api_url": self.api_url,
            "zalo_oauth_url": self.api_url,
        }

    def connect(self, gateway: str) -> None:
        self.order("/webhook", {"url": f"{gateway}/webhooks/zalo"})

    def signature_of(self, body: bytes) -> dict[str, str]:
        about = self.account.credentials
        signed = about.app_id.encode() + body + str(json.loads(body)["timestamp"]).encode() + about.oa_secret.encode()
        return {"X-ZEvent-Signature": f"mac={hashlib.sha256(signed).hexdigest()}"}

    def rate_refusal(self, seconds: int) -> dict[str, Any]:
        return {"status": 200, "body": {"error": -32, "message": "limit"}, "headers": {"Retry-After": str(seconds)}}

    def new_tokens(self) -> dict[str, str]:
        """A pair, as if an administrator had consented."""
        pair = self.order("/tokens")
        self.granted += [pair["access_token"], pair["refresh_token"]]
        return pair


class MessengerStand(Stand):
    """``simulators.messenger``."""

    name = "facebook"
    sends = "messages"

    def __init__(self, running: messenger_harness.Messenger) -> None:
        super().__init__(str(running.api.base_url).rstrip("/"), running.control)
        self.credentials = running.sim.page.credentials

    def settings(self) -> dict[str, Any]:
        about = self.credentials
        return {
            "facebook_page_id": about.page_id,
            "facebook_app_id": about.app_id,
            "facebook_app_secret": about.app_secret,
            "facebook_page_token": about.page_token,
            "facebook_verify_token": about.verify_token,
            "facebook_graph_url": self.api_url,
        }

    def connect(self, gateway: str) -> None:
        self.order("/webhook", {"url": f"{gateway}/webhooks/facebook"})

    def signature_of(self, body: bytes) -> dict[str, str]:
        return signature_headers(self.credentials.app_secret, body)

    def rate_refusal(self, seconds: int) -> dict[str, Any]:
        error = {"message": "Application request limit reached", "type": "OAuthException", "code": 4, "error_subcode": 2018022}
        return {"status": 403, "body": {"error": error}, "headers": {"Retry-After": str(seconds)}}


class TelegramStand(Stand):
    """``simulators.telegram``."""

    name = "telegram"
    sends = "sendMessage"
    secret = "a-word_for-the-webhook"

    def __init__(self, platform: TelegramPlatform, api_url: str, control: httpx.Client) -> None:
        super().__init__(api_url, control)
        self.token = platform.bot.token

    def settings(self) -> dict[str, Any]:
        return {
            "telegram_bot_token": self.token,
            "telegram_webhook_secret": self.secret,
            "telegram_api_url": self.api_url,
        }

    def api(self, method: str, **parameters: Any) -> Any:
        """A call of the Bot API, which must succeed."""
        answer = httpx.post(f"{self.api_url}/bot{self.token}/{method}", json=parameters, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def connect(self, gateway: str) -> None:
        self.api("setWebhook", url=f"{gateway}/webhooks/telegram", secret_token=self.secret)

    def signature_of(self, body: bytes) -> dict[str, str]:  # noqa: ARG002 (the same for every body)
        return {"X-Telegram-Bot-Api-Secret-Token": self.secret}

    def rate_refusal(self, seconds: int) -> dict[str, Any]:
        body = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": seconds}}
        return {"status": 429, "body": body}


@contextmanager
def running_telegram() -> Iterator[TelegramStand]:
    """The Telegram stand-in in a thread of its own."""
    started, stopped = threading.Event(), threading.Event()
    found: list[TelegramStand] = []
    token = f"110201543:{secrets.token_urlsafe(26)}"

    async def serve() -> None:
        platform = TelegramPlatform(token)
        async with (
            platform,
            serving(api_app(platform.bot, platform.faults), telegram_control_app(platform)) as served,
        ):
            control = httpx.Client(base_url=served.control_url, trust_env=False, timeout=30, limits=SHORT_KEPT)
            found.append(TelegramStand(platform, served.api_url, control))
            started.set()
            await asyncio.to_thread(stopped.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(20), "the stand-in did not start"
        yield found[0]
        found[0].control.close()
    finally:
        stopped.set()
        thread.join(20)


@contextmanager
def running_stands() -> Iterator[dict[str, Stand]]:
    """All three, by channel."""
    with ExitStack() as stack:
        zalo = ZaloStand(stack.enter_context(zalo_harness.running_zalo()))
        messenger = MessengerStand(stack.enter_context(messenger_harness.running_messenger()))
        yield {"zalo": zalo, "facebook": messenger, "telegram": stack.enter_context(running_telegram())}
