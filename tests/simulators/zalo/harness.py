"""The Zalo stand-in on real loopback ports in a thread of its own, and a webhook receiver that is a real HTTP server."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from simulators.messaging.posting import KeptPosts
from simulators.messaging.serving import serving
from simulators.zalo.account import Account, Credentials
from simulators.zalo.api import api_app
from simulators.zalo.control import zalo_control_app
from simulators.zalo.platform import ZaloPlatform
from tests.waiting import SHORT_KEPT, wait_for

CREDENTIALS = Credentials("360846524940903967", "app secret", "388613280878808645", "OA_SECRET_FOR_TESTS")
CS = "/v3.0/oa/message/cs"
NOON = "2026-11-23T12:00:00+07:00"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64
PDF = b"%PDF-1.7\n" + b"0" * 64


@dataclass
class Post:
    """One request that the webhook got; header names in lower case."""

    body: bytes
    headers: dict[str, str]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """The application's webhook. ``status`` is what it answers; ``gate`` holds answers back while it is not set."""

    posts: list[Post] = field(default_factory=list)
    status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def named(self, *names: str) -> list[Post]:
        return [post for post in self.posts if post.body != b"{}" and post.event.get("event_name") in names]

    def wait_named(self, name: str, count: int = 1) -> list[Post]:
        return wait_for(lambda: found if len(found := self.named(name)) >= count else None, what=f"{count} × {name}")


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.posts.append(Post(body, {name.lower(): value for name, value in self.headers.items()}))
            receiver.gate.wait(30)
            try:
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                return  # the platform no longer waited

        def log_message(self, *_args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Zalo:
    """The running stand-in, its control plane, and an application with tokens."""

    def __init__(self, account: Account, api_url: str, control_url: str) -> None:
        self.account, self._loop = account, asyncio.get_running_loop()
        self.api = httpx.Client(base_url=api_url, trust_env=False, timeout=30, limits=SHORT_KEPT)
        self.control = httpx.Client(base_url=control_url, trust_env=False, timeout=30, limits=SHORT_KEPT)
        self.access_token = ""

    def in_loop(self, do: Callable[[], None]) -> None:
        """Calls in the stand-in's own thread."""
        self._loop.call_soon_threadsafe(do)

    def order(self, path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        answer = self.control.request(method, f"/_sim{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def grant(self) -> dict[str, Any]:
        pair = self.order("/tokens")
        self.access_token = pair["access_token"]
        return pair

    def register(self, receiver: Receiver) -> None:
        """As often as somebody would press the button: on a busy machine the receiver may need more than Zalo's two seconds."""
        for _ in range(5):
            answer = self.control.post("/_sim/webhook", json={"url": receiver.url})
            if answer.status_code < 300:
                return
        raise AssertionError(answer.text)

    def knobs(self, **changes: Any) -> None:
        self.order("/knobs", changes)

    def advance(self, **by: float) -> None:
        seconds = by.get("seconds", 0) + 60 * by.get("minutes", 0) + 3600 * by.get("hours", 0) + 86400 * by.get("days", 0)
        self.order("/clock", {"advance": seconds})

    def person(self, user: str = "246845883529197922", **fields: Any) -> str:
        return str(self.order("/users", {"id": user, "name": "Nguyễn Thị Hoàng Anh", **fields})["id"])

    def does(self, user: str, act: str, **order: Any) -> dict[str, Any]:
        return self.order(f"/users/{user}/{act}", order)

    def post(self, path: str, body: Any, **headers: str) -> dict[str, Any]:
        answer = self.api.post(path, json=body, headers={"access_token": self.access_token, **headers})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        told = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in query.items()}
        answer = self.api.get(path, params=told, headers={"access_token": self.access_token})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, kind: str, name: str, content: bytes) -> dict[str, Any]:
        files = {"file": (name, content)}
        return self.api.post(f"/v2.0/oa/upload/{kind}", files=files, headers={"access_token": self.access_token}).json()

    def send(self, user: str, **message: Any) -> dict[str, Any]:
        return self.post(CS, {"recipient": {"user_id": user}, "message": message})

    def screen(self, user: str) -> list[dict[str, Any]]:
        return self.order(f"/users/{user}/transcript", method="GET")["messages"]


@contextmanager
def running_zalo() -> Iterator[Zalo]:
    started, stopped = threading.Event(), threading.Event()
    found: list[Zalo] = []

    async def serve() -> None:
        async with httpx.AsyncClient(transport=KeptPosts()) as client:
            account = Account(CREDENTIALS, client, "")
            try:
                async with serving(api_app(account), zalo_control_app(ZaloPlatform(account))) as served:
                    account.files.base_url = served.api_url
                    found.append(Zalo(account, served.api_url, served.control_url))
                    started.set()
                    await asyncio.to_thread(stopped.wait)
            finally:
                await account.webhook.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(20), "the stand-in did not start"
        zalo = found[0]
        zalo.order("/clock", {"now": NOON})
        zalo.grant()
        yield zalo
        zalo.api.close()
        zalo.control.close()
    finally:
        stopped.set()
        thread.join(20)
